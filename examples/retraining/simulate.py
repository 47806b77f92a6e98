"""A year of flights, a month at a time: one model is never trained again, one every month, one when the data drift.

    python examples/retraining/simulate.py

Each month is answered before it is learned from. A policy that retrains splits all rows so far as the example `flights`
does, fits on train and validation, and lets champion and challenger answer the test rows, the newest: the challenger
takes the champion's place as `flows.retrain` decides. Whether data have drifted says `syllabus.monitoring`, of the
champion's package and the month with its labels, as `flows.monitor` asks it. Prints tables, and draws
`pictures/policies.svg`.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import drawing
import numpy as np
import packing
import polars as pl

from syllabus import modalities, params, parts, scoring, training
from syllabus.history import deciding, paired
from syllabus.models import Model
from syllabus.monitoring import findings, watching
from syllabus.monitoring.watching import Watched
from syllabus.serving.packages import Package
from syllabus.settings import Retraining, Settings

HERE = Path(__file__).resolve().parent
FLIGHTS = HERE.parent / "flights"
ARCHITECTURE = "lightgbm"
ASKED = Retraining()
"""What a challenger must show: be better, by more than chance may do."""
MONTHS = range(1, 13)


@dataclass(frozen=True, eq=False)
class Trained:
    """A model.

    Args:
        model: fitted on its train and validation.
        seconds: of the processor, that the fit took.
        test: the newest rows of those months, which it has not learned from.
        package: what `register` would write.
    """

    model: Model
    seconds: float
    test: pl.DataFrame
    package: Package


@dataclass
class Told:
    """What came of a policy.

    Args:
        scores: the metric on each month from the second on.
        trained: the months after which a challenger was fitted.
        promoted: those after which it won.
        seconds: of the processor, for all fits, the first one's too.
        watching: likewise, for looking whether a challenger is due.
    """

    scores: list[float] = field(default_factory=list)
    trained: list[int] = field(default_factory=list)
    promoted: list[int] = field(default_factory=list)
    seconds: float = 0.0
    watching: float = 0.0


class Year:
    """The flights of a year.

    Args:
        settings: of the example `flights`.
        scratch: a folder for the table and the parts.
    """

    def __init__(self, settings: Settings, scratch: Path) -> None:
        self.settings, self.scratch = settings, scratch
        self.modality = modalities.load(settings.data.modality)
        self.modality.read(settings.data, scratch / "table.parquet")
        self.by_month = _by_month(pl.read_parquet(scratch / "table.parquet"))
        for month, rows in _by_month(pl.read_parquet(str(settings.data.source))).items():
            rows.write_parquet(scratch / f"month {month}.parquet")

    @property
    def metric(self) -> str:
        """The metric that decides."""
        return ASKED.metric or self.settings.examination.metric

    def until(self, month: int) -> pl.DataFrame:
        """Return the rows of all months up to one."""
        return pl.concat([self.by_month[one] for one in MONTHS if one <= month])

    @cache  # noqa: B019  # policies that train on the same rows get the same model
    def trained(self, month: int) -> Trained:
        """Fit a model on all months up to one, split as the example's settings say."""
        rows, folder, seed = self.until(month).lazy(), self.scratch / str(month), self.settings.seed
        placed = self.modality.split(rows, self.settings.data, self.settings.split, seed=seed)
        folder.mkdir()
        written = parts.write(rows, placed, folder)
        known = training.prepare(self.settings.data, folder)
        begun = time.process_time()
        model, _ = training.fit(ARCHITECTURE, self.settings.architectures[ARCHITECTURE], known, seed=seed)
        seconds = time.process_time() - begun
        made = packing.packed(model, known, self.settings, folder)
        return Trained(model, seconds, written["test"].collect(), made)

    @cache  # noqa: B019  # a month is watched once for each champion
    def watched(self, champion: Trained, month: int) -> Watched:
        """Hold the rows of a month, with their labels, against what a champion was made of."""
        rows = self.scratch / f"month {month}.parquet"
        return watching.watch(champion.package, rows, suite=Path(self.settings.validation.suite))

    def answered(self, one: Trained, rows: pl.DataFrame) -> Any:
        """Return what a model answers on some rows."""
        return scoring.predictions(one.model, one.model.examples(rows.lazy()), 0.5)


def _by_month(rows: pl.DataFrame) -> dict[int, pl.DataFrame]:
    return {month: rows.filter(pl.col("date").dt.month() == month) for month in MONTHS}


def has_drifted(year: Year, champion: Trained, month: int) -> bool:
    """Say whether `flows.monitor` would send the event that starts a retraining."""
    alarms = year.watched(champion, month).alarms
    return bool(alarms) and not findings.broken(alarms)


@dataclass(frozen=True)
class Policy:
    """When a challenger is fitted, and whether it must be better to become the champion."""

    asks: Callable[[Year, Trained, int], bool]
    examined: bool = True


POLICIES = {
    "never": Policy(lambda *_: False),
    "every month": Policy(lambda *_: True),
    "on drift": Policy(has_drifted),
    "every month, unexamined": Policy(lambda *_: True, examined=False),
}


def followed(year: Year, policy: Policy) -> Told:
    """Live through the year by one policy."""
    champion = year.trained(MONTHS[0])
    told = Told(seconds=champion.seconds)
    for month in MONTHS[1:]:
        told.scores.append(scoring.value(year.metric, year.answered(champion, year.by_month[month])))
        if month == MONTHS[-1]:
            continue
        begun = time.process_time()
        asked = policy.asks(year, champion, month)
        told.watching += time.process_time() - begun
        if not asked:
            continue
        challenger = year.trained(month)
        told.trained.append(month)
        told.seconds += challenger.seconds
        if not policy.examined or better(year, champion, challenger):
            told.promoted.append(month)
            champion = challenger
    return told


def better(year: Year, champion: Trained, challenger: Trained) -> bool:
    """Decide as `flows.retrain` does: both answer the newest rows, which neither has learned from."""
    first, second = (year.answered(one, challenger.test) for one in (champion, challenger))
    rows = [asdict(row) for row in paired.differences(first, second, [year.metric])]
    found = {"unable": None, "metrics": rows, "test": {"rows": len(challenger.test)}}
    return deciding.decide(found, year.metric, ASKED).better


def summary(metric: str, every: dict[str, Told]) -> list[str]:
    """Return quality and cost of each policy."""
    never = every["never"].scores
    lines = [
        f"| policy | mean {metric} | months better than never | trainings | champions | seconds | watching |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, told in every.items():
        ahead = sum(one > other for one, other in zip(told.scores, never, strict=True))
        share = "" if name == "never" else f"{ahead} of {len(never)}"
        counts = f"{1 + len(told.trained)} | {1 + len(told.promoted)} | {told.seconds:.1f} | {told.watching:.1f}"
        lines.append(f"| {name} | {np.mean(told.scores):.3f} | {share} | {counts} |")
    return lines


def months(year: Year, every: dict[str, Told]) -> list[str]:
    """Return each month: the share that was late, what is told of January's model, what each policy reached."""
    lines = [f"| month | late | alarms | {' | '.join(every)} |", "|---|---|---|" + "---|" * len(every)]
    for at, month in enumerate(MONTHS[1:]):
        late = (year.by_month[month][year.settings.data.target] == "yes").mean()
        first = year.trained(MONTHS[0])
        alarms = ", ".join(f"{one.kind} {one.column}".strip() for one in year.watched(first, month).alarms)
        scores = " | ".join(f"{told.scores[at]:.3f}{_mark(told, month)}" for told in every.values())
        lines.append(f"| {month} | {late:.3f} | {alarms} | {scores} |")
    return lines


def _mark(told: Told, month: int) -> str:
    return " ↑" if month in told.promoted else " =" if month in told.trained else ""


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def main() -> None:
    """Print the tables and draw the picture."""
    # One core, and no spinning while others work: what is told of seconds can be held against another policy's.
    os.environ |= {"SYLLABUS_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
    os.chdir(FLIGHTS)
    with tempfile.TemporaryDirectory() as scratch:
        year = Year(params.read(Path("params.yaml")), Path(scratch))
        every = {name: followed(year, policy) for name, policy in POLICIES.items()}
        print("\n".join([*summary(year.metric, every), "", *months(year, every)]))
    scores = {name: told.scores for name, told in every.items()}
    promoted = {name: told.promoted for name, told in every.items()}
    costs = {
        name: f"{np.mean(told.scores):.3f}, trained {_times(1 + len(told.trained))}" for name, told in every.items()
    }
    picture = HERE / "pictures" / "policies.svg"
    picture.parent.mkdir(exist_ok=True)
    picture.write_text(drawing.lines(scores, promoted, costs, year.metric), encoding="utf-8")


if __name__ == "__main__":
    main()
