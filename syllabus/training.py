"""Fits one candidate with given parameters, and keeps its learning curve."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syllabus import architectures, frames, modalities, models
from syllabus.errors import Unmet
from syllabus.examples import Examples
from syllabus.models import Model
from syllabus.progress import Progress

if TYPE_CHECKING:
    from syllabus.settings import Data


@dataclass(frozen=True)
class Prepared:
    """Train and validation as arrays, with the encoding learned from train."""

    modality: str
    encoding: Any
    train: Examples
    validation: Examples


@dataclass
class Curve:
    """The loss on train and on validation after every iteration, from 1."""

    points: list[tuple[int, float, float]] = field(default_factory=list)

    def __call__(self, iteration: int, train: float, validation: float) -> None:
        """Take in a point: an architecture's `report`."""
        self.points.append((iteration, float(train), float(validation)))

    @property
    def best(self) -> int:
        """The iteration with the lowest loss on validation."""
        return min(self.points, key=lambda point: (point[2], point[0]))[0]

    def save(self, path: Path) -> None:
        """Write CSV with a line for each point."""
        lines = io.StringIO()
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(("iteration", "train", "validation"))
        writer.writerows(self.points)
        frames.write_text(lines.getvalue(), path)


def load_curve(path: Path) -> Curve:
    """Read what `Curve.save` wrote."""
    with path.open(encoding="utf-8", newline="") as file:
        return Curve([(int(line[0]), float(line[1]), float(line[2])) for line in list(csv.reader(file))[1:]])


def prepare(data: Data, parts: Path) -> Prepared:
    """Learn the encoding from `parts/train.parquet` and read train and validation with it."""
    modality = modalities.load(data.modality)
    encoding = modality.learn(frames.scan(parts / "train.parquet"), data)
    train, validation = (models.examples(data.modality, encoding, parts, name) for name in ("train", "validation"))
    return Prepared(data.modality, encoding, train, validation)


def fit(name: str, params: Mapping[str, Any], prepared: Prepared, *, seed: int) -> tuple[Model, Curve]:
    """Fit the architecture `name`, watched on validation, and show progress.

    Raises:
        Unmet: the architecture is incomplete, or needs arrays that the modality does not give.
    """
    architecture = architectures.load(name)
    if left_out := architectures.lacking(architecture):
        raise Unmet(f"architectures/{name}.py lacks {', '.join(left_out)}; one has {', '.join(architectures.CONTRACT)}")
    if said := architectures.unfit(architecture, name):
        raise Unmet(said)
    lacking = architecture.READS - modalities.given(prepared.modality, prepared.encoding)
    if lacking:
        raise Unmet(f"{name} reads {', '.join(sorted(lacking))}, which {prepared.modality} does not give")
    if prepared.train.task.kind not in architecture.TASKS:
        raise Unmet(f"{name} learns {' and '.join(sorted(architecture.TASKS))}, not {prepared.train.task.kind}")
    if prepared.train.task.weights is not None and not architectures.weighted(architecture):
        raise Unmet(
            f"data.class_weights: {name} does not learn from weights: leave them out, or let architectures/{name}.py "
            f"learn from Examples.weights, and say so by WEIGHTED = True"
        )
    checked = architecture.Params.model_validate(dict(params))
    curve = Curve()
    progress = Progress(f"fit {name}", unit="iteration", total=None)

    def report(iteration: int, train: float, validation: float) -> None:
        curve(iteration, train, validation)
        progress.at(iteration, f"loss {train:.4f} on train, {validation:.4f} on validation")

    fitted = architecture.fit(checked, prepared.train, prepared.validation, seed=seed, report=report)
    return Model(prepared.modality, name, checked.model_dump(mode="json"), prepared.encoding, fitted), curve
