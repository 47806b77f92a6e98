"""A search with an architecture whose fits take no time, and what it writes."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import easy

from syllabus import tuning
from syllabus.modalities.tables import Encoding
from syllabus.models import Model
from syllabus.settings import Tuning
from syllabus.training import Curve, Prepared

TOY = '''
"""A curve that only depends on its parameters; `EVENTS` says what was done."""

from dataclasses import dataclass

import numpy as np

from syllabus import architectures

READS = frozenset({"numeric"})
TASKS = frozenset({"classification"})
SEARCH = {"fast": True}
SIDE_BY_SIDE = True
EVENTS = []
BEFORE = lambda params, iteration: None


class Params(architectures.Params):
    x: float = 0.9
    kind: str = "a"
    depth: int = 0
    fast: bool = False


def space(trial):
    chosen = {"x": trial.suggest_float("how far", 0.0, 1.0), "kind": trial.suggest_categorical("kind", ["a", "b"])}
    if chosen["kind"] == "b":
        chosen["depth"] = trial.suggest_int("depth", 1, 9, step=2)
    return chosen


@dataclass
class Fitted:
    params: Params

    def predict(self, examples):
        return np.full((len(examples), 2), 0.5)

    def save(self, directory):
        architectures.write(self.params.model_dump_json().encode(), directory / "model.json")


def fit(params, train, validation, *, seed, report):
    EVENTS.append(("fit", params))
    for iteration in range(1, 41):
        BEFORE(params, iteration)
        report(iteration, 1 / iteration, abs(params.x - 0.3) + 1 / iteration)
    EVENTS.append(("fitted", params))
    return Fitted(params)


def load(directory):
    return Fitted(Params.model_validate_json(architectures.read(directory / "model.json")))
'''


@dataclass
class Toy:
    """A search with an architecture whose fits take no time."""

    folder: Path
    architecture: Any
    params: dict[str, Any]

    def tune(self, trials: int = 12, out: str = "out", score: Any = None, **asked: Any) -> dict[str, bytes]:
        """Tune and save; return what was written."""
        score = score or (lambda model: -abs(model.params["x"] - 0.3))
        train, validation, _ = easy.problem("mixed columns, two classes", rows=20)
        prepared = Prepared("tables", Encoding("target", train.task, (), {}), train, validation)
        params = self.architecture.Params(**self.params)
        declared = Model("tables", "toy", params.model_dump(), prepared.encoding, self.architecture.Fitted(params))
        budget = Tuning(trials=trials, **{key: value for key, value in asked.items() if key == "seconds"})
        self.architecture.EVENTS.clear()
        self.found = tuning.tune(
            declared,
            Curve([(1, 1.0, 1.0)]),
            prepared,
            budget,
            score,
            seed=asked.get("seed", 3),
            studies=self.folder / "studies",
        )
        (self.folder / out).mkdir(exist_ok=True)
        self.found.save(self.folder / out)
        return contents(self.folder / out)

    def fitted(self) -> int:
        """Return how many fits began."""
        return sum(event == "fit" for event, _ in self.architecture.EVENTS)

    def study(self) -> Path:
        (file,) = (self.folder / "studies").glob("*.db")
        return file

    def forget(self) -> None:
        tuning.forget(self.folder / "studies", "toy")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def rows(toy: Toy, name: str) -> list[dict[str, str]]:
    with (toy.folder / "out" / name).open(newline="") as file:
        return list(csv.DictReader(file))
