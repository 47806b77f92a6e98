"""The contest of the candidates: the winner is chosen on validation and examined once on test."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from syllabus import examination, folds, frames, models, scoring, training
from syllabus.examination import fit, intervals, mitigation
from syllabus.examination.answers import examiner
from syllabus.examples import Examples
from syllabus.frames import ROW
from syllabus.models import Model
from syllabus.splitting import PARTS
from syllabus.training import Curve

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from syllabus.examination import Examination
    from syllabus.examination.answers import Answers
    from syllabus.settings import Examination as Asked


@dataclass(frozen=True)
class Entry:
    """One model in the contest.

    Args:
        candidate: its architecture's name.
        variant: declared, or tuned where tuning found something better.
        model: as fitted on train.
        curve: of its losses.
        out_of_fold: where rows are few, what it answered on train and validation without having seen the row.
    """

    candidate: str
    variant: str
    model: Model
    curve: Curve
    out_of_fold: NDArray[Any] | None = None

    @property
    def name(self) -> str:
        """What reports call it."""
        return f"{self.candidate} ({self.variant})"


@dataclass(frozen=True)
class Part:
    """A part of the rows, as models read it.

    Args:
        table: the part as split left it.
        examples: its rows, read once for all entries, since all learned their encoding from the same train.
    """

    table: pl.LazyFrame
    examples: Examples

    def frame(self, columns: Iterable[str]) -> pl.DataFrame:
        """Return the raw columns of these that there are, for slices and fairness; an example may hold much more."""
        import polars as pl

        there = self.table.collect_schema()
        held = self.table.select(ROW, *(name for name in dict.fromkeys(columns) if name in there)).collect()
        if self.examples.rows is None:
            return held
        return pl.DataFrame({ROW: self.examples.rows}).join(held, on=ROW, how="left", maintain_order="left")


@dataclass(frozen=True)
class Result:
    """What came of the contest.

    Args:
        winner: the entry that validation likes best.
        rows: for each entry, its metrics on validation and on test.
        test: the winner examined on test.
        baseline: the metrics on test of a model that knows no column.
        verdict: on the winner's fit.
        learned: what was learned of the winner's answers, such as a threshold, by the names of the files beside it.
        crossed: how many rows stand for validation, each answered by a model that had not seen it; 0 where none.
    """

    winner: Entry
    rows: list[dict[str, Any]]
    test: Examination
    baseline: dict[str, float | None]
    verdict: fit.Fit
    learned: dict[str, Any]
    crossed: int = 0

    def metrics(self) -> dict[str, Any]:
        """Return the figures for `dvc metrics show`."""
        known = next(row["validation"] for row in self.rows if row["name"] == self.winner.name)
        return {
            "winner": self.winner.name,
            "test": self.test.values,
            "validation": {name: measured["value"] for name, measured in known.items()},
            "baseline": self.baseline,
            "fairness": self.test.gaps,
            "fit": self.verdict.verdict,
        }

    def report(self) -> dict[str, Any]:
        """Return everything that the report page and the gates read."""
        return {
            "winner": {
                "name": self.winner.name,
                "candidate": self.winner.candidate,
                "variant": self.winner.variant,
                "params": dict(self.winner.model.params),
            },
            "candidates": self.rows,
            "crossed": self.crossed,
            "baseline": self.baseline,
            "test": self.test.report(),
            "gaps": self.test.gaps,
            "fit": self.verdict.report(),
        }


def drop(folders: list[Path], candidates: tuple[str, ...]) -> None:
    """Remove the results of candidates that compete no longer.

    DVC leaves them where they are, and would count them into the hash of the folder that the contest depends on: the
    same project in a fresh clone would have another hash.
    """
    for folder in folders:
        for left in folder.iterdir():
            # Whatever else stands there was not made by a stage: a wrong path must not cost a user's files.
            if left.name not in candidates and (left / "model").is_dir() and (left / "report.json").is_file():
                shutil.rmtree(left)


def entries(trained: Path, tuned: Path, candidates: tuple[str, ...]) -> Iterator[Entry]:
    """Yield each candidate as declared, and tuned where tuning found something better."""
    for name in candidates:
        for folder, variant in ((trained / name, "declared"), (tuned / name, "tuned")):
            if variant == "declared" or frames.read_json(folder / "report.json")["improved"]:
                curve = training.load_curve(folder / "curve.csv")
                crossed = folds.load(tuned / name / "out_of_fold.safetensors").get(variant)
                yield Entry(name, variant, models.load(folder / "model"), curve, crossed)


def hold(competing: list[Entry], parts: Path, asked: Asked, *, seed: int) -> Result:
    """Choose the winner on validation by the asked metric, and examine it on test.

    Every entry is measured on test as well, for the reader's eye; nothing is chosen by it.
    """
    first = competing[0].model
    held = {name: _part(parts, name, first) for name in PARTS}
    crossed = all(entry.out_of_fold is not None for entry in competing)
    whole = Part(folds.whole(parts), first.examples(folds.whole(parts))) if crossed else held["validation"]
    asking = examiner(held["train"].examples.task.kind)

    def answers(entry: Entry, part: str) -> Answers:
        found = given(entry, part)
        if asked.mitigation is None:
            return found
        of = whole if part == "validation" and crossed else held[part]
        return mitigation.told(found, of.frame([asked.mitigation.across]), asked.mitigation.across)

    def given(entry: Entry, part: str) -> Answers:
        if part == "validation" and crossed and entry.out_of_fold is not None:
            return scoring.answered(entry.out_of_fold, whole.examples, asked.threshold)
        return scoring.predictions(entry.model, held[part].examples, asked.threshold)

    finished = [asking.finished(partial(answers, entry), asked, seed) for entry in competing]
    on_validation, on_test = [known for known, _ in finished], [seen for _, seen in finished]
    scores = [scoring.signed(asked.metric, scoring.value(asked.metric, one)) for one in on_validation]
    best = int(np.argmax(scores))
    winner = competing[best]
    test = examination.examine(
        on_test[best],
        primary=asked.metric,
        frame=held["test"].frame((*asked.slices, *asked.sensitive)),
        slices=asked.slices,
        sensitive=asked.sensitive,
        min_group=asked.smallest_group,
        seed=seed,
    )
    rows = [
        {
            "name": entry.name,
            "candidate": entry.candidate,
            "variant": entry.variant,
            "validation": _measured(known, seed),
            # One figure has one interval, wherever it stands.
            "test": examination.plain(test.metrics) if entry is winner else _measured(seen, seed),
        }
        for entry, known, seen in zip(competing, on_validation, on_test, strict=True)
    ]
    verdict = fit.judge(
        {
            "train": answers(winner, "train").like(on_test[best]),
            "validation": on_validation[best],
            "test": on_test[best],
        },
        asking.prior(held["train"].examples),
        primary=asked.metric,
        curve=winner.curve.points,
        watched=scoring.predictions(winner.model, held["validation"].examples, 0.5),
        rivals={
            entry.name: known for entry, known in zip(competing, on_validation, strict=True) if entry is not winner
        },
    )
    parts_read = {name: part.examples for name, part in (held | {"validation": whole}).items()}
    baseline = examination.plain(asking.baseline(parts_read, asked))
    calibrated = replace(winner.model, calibration=getattr(on_test[best], "calibration", None))
    won = replace(winner, model=calibrated)
    return Result(won, rows, test, baseline, verdict, asking.learned(on_test[best]), len(whole.examples) * crossed)


def _part(parts: Path, name: str, model: Model) -> Part:
    return Part(frames.scan(parts / f"{name}.parquet"), models.examples(model.modality, model.encoding, parts, name))


def _measured(answers: Answers, seed: int) -> dict[str, Any]:
    measured: dict[str, Any] = examination.plain(intervals.measure(answers, resamples=200, seed=seed))
    return measured
