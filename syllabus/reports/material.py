"""What the sections tell of: the run, read where it stands."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syllabus import frames
from syllabus.settings import LOWER_IS_BETTER

if TYPE_CHECKING:
    from syllabus.registry import Run
    from syllabus.registry.gates import Decision
    from syllabus.settings import Settings


@dataclass(frozen=True)
class Material:
    """A run and the decision on it."""

    run: Run
    decision: Decision
    settings: Settings

    @property
    def metric(self) -> str:
        """The metric that chose the winner."""
        return self.settings.examination.metric

    @property
    def lower_is_better(self) -> bool:
        """Whether that metric is a loss."""
        return self.metric in LOWER_IS_BETTER

    @property
    def test(self) -> dict[str, Any]:
        """The winner's examination on test."""
        found: dict[str, Any] = self.run.evaluated["test"]
        return found

    @property
    def winner(self) -> dict[str, Any]:
        """Its name, candidate, variant and params."""
        found: dict[str, Any] = self.run.evaluated["winner"]
        return found

    @property
    def candidates(self) -> list[str]:
        """The architectures that competed, in the order of `params.yaml`."""
        return list(dict.fromkeys(entry["candidate"] for entry in self.run.evaluated["candidates"]))

    def folder(self, candidate: str, variant: str) -> Path:
        """Where a candidate stands, as declared or as tuned."""
        return self.run.folders["tune" if variant == "tuned" else "train"] / candidate

    def model(self, candidate: str, variant: str) -> dict[str, Any]:
        """Its parameters and its encoding."""
        found: dict[str, Any] = frames.read_json(self.folder(candidate, variant) / "model" / "model.json")
        return found

    def plot(self, name: str) -> list[dict[str, str]]:
        """Return the rows of one of the examination's plots; none where this task has no such plot."""
        path = self.run.folders["evaluate"] / "plots" / f"{name}.csv"
        return rows(path) if path.exists() else []


def rows(path: Path) -> list[dict[str, str]]:
    """Read a CSV file with a header."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
