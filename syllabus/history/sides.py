"""One side of a comparison: a version, or what is registered in the working tree, with its data brought as needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from syllabus import frames
from syllabus.errors import Unmet
from syllabus.history import past, stored
from syllabus.history.git import artifact, lock_of, recorded
from syllabus.history.past import Version
from syllabus.registry import package as registered

HERE = "."
"""The name of what is registered in the working tree."""


@dataclass(frozen=True)
class Side:
    """What is compared.

    Args:
        name: what it is called.
        project: the folder that holds dvc.yaml.
        version: which one it is; None of the working tree.
        lock: what its `dvc.lock` holds.
        path: where its package stands in a project.
        scratch: a folder for what is brought.
    """

    name: str
    project: Path
    version: Version | None
    lock: Mapping[str, Any]
    path: str
    scratch: Path

    def held(self, path: str) -> Path:
        """Return where an output of its `dvc.lock` stands on disk, brought there from cache or remote if need be.

        Raises:
            Unmet: it is in neither.
        """
        if self.version is None:
            there = self.project / path
            if not there.exists():
                raise Unmet(f"{there} is missing: run `dvc repro`")
            return there
        digest = recorded(self.lock, path)
        out = self.scratch / digest
        if out.exists():
            return out
        return stored.bring(self.project, self.version.commit, path, digest, out)

    @property
    def stages(self) -> Mapping[str, Any]:
        """The stages of its `dvc.lock`."""
        found: Mapping[str, Any] = self.lock.get("stages") or {}
        return found

    @property
    def package(self) -> Path:
        """Its package on disk."""
        return self.held(self.path)

    @property
    def lineage(self) -> dict[str, Any]:
        """What it was made of."""
        found: dict[str, Any] = frames.read_json(self.package / "lineage.json")
        return found

    @property
    def split(self) -> str:
        """The hash of its train, validation and test together."""
        return recorded(self.lock, self._split)

    @property
    def parts(self) -> Path:
        """Its train, validation and test on disk."""
        return self.held(self._split)

    @property
    def _split(self) -> str:
        if not (outs := self.stages.get("split", {}).get("outs")):
            raise Unmet(f"{self.name}: its dvc.lock knows no stage split, so nobody knows its test rows")
        return str(outs[0]["path"])

    @property
    def report(self) -> dict[str, Any]:
        """What it showed."""
        found: dict[str, Any] = frames.read_json(self.held(past.report_of(self.stages)))
        return found


def find(project: Path, names: tuple[str, str], scratch: Path) -> tuple[Side, Side]:
    """Return both sides of a comparison.

    Args:
        project: the folder that holds dvc.yaml.
        names: of each a version, with or without its model's name; `champion`; or `HERE`.
        scratch: a folder for what is brought.

    Raises:
        Unmet: there is no such version, or it is not said of which model.
    """
    told = [name.rpartition("@") for name in names]
    named = list(dict.fromkeys(model for model, _, _ in told if model))
    if len(named) > 1:
        raise Unmet(
            f"{names[0]} and {names[1]} are of two models, which answer two questions: name two versions of one"
        )
    model, path = artifact(project, named[0] if named else None)
    package = path.relative_to(project).as_posix()

    def side(name: str) -> Side:
        if name == HERE:
            if not path.is_dir():
                raise Unmet(f"{path} is missing: no model is registered; run `dvc repro`")
            registered.verify(path)
            return Side("what is registered here", project, None, lock_of(project, None), package, scratch)
        one = past.version(project, model, package, name)
        return Side(one.tag, project, one, lock_of(project, one.commit), package, scratch)

    return side(told[0][2]), side(told[1][2])
