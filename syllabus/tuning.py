"""Searches better parameters for one candidate, starting from the declared ones."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from syllabus import architectures, frames
from syllabus import folds as folding
from syllabus.models import Model
from syllabus.progress import Progress
from syllabus.search import BEHIND, Score, Search
from syllabus.studies import Study, Trial, opened
from syllabus.training import Curve, Prepared

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from syllabus.folds import Folds
    from syllabus.settings import Tuning


@dataclass(frozen=True)
class Tuned:
    """What a search found.

    Args:
        model: the best model on validation: the declared one, or the best trial's parameters fitted again in full.
        curve: its learning curve.
        improved: whether it is the trial's.
        declared: the declared model's score.
        score: the best model's.
        trials: a line for each finished trial, in order.
        importance: for each parameter, its share of what the scores differ by.
        out_of_fold: what the folds answered, declared and tuned; nothing where there were none.
        folds: how many there were.
        again: what the best trial's parameters score when fitted again in full; None where none were.
    """

    model: Model
    curve: Curve
    improved: bool
    declared: float
    score: float
    trials: list[dict[str, Any]]
    importance: dict[str, float]
    out_of_fold: dict[str, NDArray[Any]] = field(default_factory=dict)
    folds: int = 0
    again: float | None = None

    def report(self) -> dict[str, Any]:
        """Return what the examination says of the search."""
        states = [trial["state"] for trial in self.trials]
        return {
            "improved": self.improved,
            "declared": self.declared,
            "score": self.score,
            "again": self.again,
            "best": self.curve.best,
            "trials": {"complete": states.count("complete"), "pruned": states.count("pruned")},
            "importance": self.importance,
            "folds": self.folds,
        }

    def summary(self, metric: str) -> str:
        """Return what came of it in one sentence."""
        pruned = sum(trial["state"] == "pruned" for trial in self.trials)
        came = f"{metric} {self._where} {abs(self.declared):.4f} as declared, {abs(self.score):.4f} at the best"
        return f"{len(self.trials)} trials, {pruned} pruned; {came}"

    @property
    def _where(self) -> str:
        return f"in {self.folds} folds" if self.folds else "on validation"

    def save(self, directory: Path) -> None:
        """Write the model, its curve, the trials and what the plots need."""
        self.model.save(directory / "model")
        self.curve.save(directory / "curve.csv")
        folding.save(self.out_of_fold, directory / "out_of_fold.safetensors")
        complete = [trial for trial in self.trials if trial["score"] is not None]
        best = np.maximum.accumulate([trial["score"] for trial in complete]).tolist()
        history = [
            {"trial": trial["trial"], "score": trial["score"], "best": so_far}
            for trial, so_far in zip(complete, best, strict=True)
        ]
        importance = [{"parameter": name, "importance": share} for name, share in self.importance.items()]
        _write_csv(self.trials, directory / "trials.csv")
        _write_csv(history, directory / "history.csv")
        _write_csv(importance or [{"parameter": "none", "importance": 0.0}], directory / "importance.csv")


def tune(
    declared: Model,
    curve: Curve,
    prepared: Prepared,
    tuning: Tuning,
    score: Score,
    *,
    seed: int,
    studies: Path,
    folds: Folds | None = None,
) -> Tuned:
    """Try so many sets of parameters on the same examples; pruned by the curve, resumed where it was cut off.

    Every trial draws from its own seed and learns from trials that its number names, so a search that was killed and
    resumed, or ran on more cores, ends as one that did not.

    Args:
        declared: the model fitted with the declared parameters: the first trial.
        curve: its learning curve.
        prepared: the examples, shared by all trials.
        tuning: the budget.
        score: judges a model.
        seed: of the search and of every fit.
        folds: where rows are few, what judges parameters in place of `score`.
        studies: a folder that outlasts the run, for the study's file; `forget` removes it once the results are written.
    """
    architecture = architectures.load(declared.architecture)
    known = folds.answers(architecture, declared.params) if folds else None
    first = score(declared) if folds is None or known is None else folds.judge(known)
    search = Search(architecture, declared, prepared, score, first, seed, folds)
    budget = tuning.trials if isinstance(tuning.trials, int) else tuning.trials[declared.architecture]
    with opened(studies / f"{declared.architecture}-{search.digest()}.db") as study:
        _run(search, study, budget, tuning.seconds)
        trials = [study.trials[number] for number in sorted(study.trials) if number < budget]
    again = search.refitted(trials)
    better = again is not None and again[2] > search.first
    model, best_curve, reached = again if again is not None and better else (declared, curve, search.first)
    lines = [{"trial": trial.number, "state": trial.state, "score": trial.score, **trial.params} for trial in trials]
    lines[0] |= {name: declared.params[name] for name in trials[0].params if name in declared.params}
    importance, second = search.importance(trials), None if again is None else again[2]
    tuned = Tuned(model, best_curve, better, search.first, reached, lines, importance, again=second)
    if folds is None or known is None:
        return tuned
    out_of_fold = {"declared": known} | ({"tuned": folds.answers(architecture, model.params)} if tuned.improved else {})
    return replace(tuned, out_of_fold=out_of_fold, folds=len(folds.each))


def forget(studies: Path, architecture: str) -> None:
    """Remove the studies of an architecture: of the search that has ended, and of earlier ones that never did."""
    for file in studies.glob(f"{architecture}-*.db*"):
        file.unlink()


def _run(search: Search, study: Study, budget: int, seconds: float | None) -> None:
    """Finish the trials that the study lacks, side by side where the architecture allows."""
    if 0 not in study.trials:
        study.add(search.declared_trial())
    began, cores = time.monotonic(), architectures.threads()
    workers = min(cores, BEHIND + 1) if search.architecture.SIDE_BY_SIDE else 1
    progress = Progress(f"tune {search.declared.architecture}", unit="trial", total=None if seconds else budget)
    running: dict[Future[Trial], int] = {}

    def startable() -> Iterator[int]:
        known = next(number for number in count() if number not in study.trials)
        for number in range(known, min(budget, known + BEHIND + 1)):
            if len(running) == workers or (seconds is not None and time.monotonic() - began > seconds):
                return
            if number not in study.trials and number not in running.values():
                yield number

    def fit(number: int, *chosen: Any) -> Trial:
        with architectures.sharing(cores // workers):
            return search.trial(number, *chosen)

    with ThreadPoolExecutor(workers) as pool:
        try:
            while True:
                for number in startable():
                    seen = [study.trials[before] for before in range(max(1, number - BEHIND))]
                    # A thread does not know by itself what this one was told, such as where checkpoints are kept.
                    trial = partial(copy_context().run, fit, number, *search.choose(number, seen), seen)
                    running[pool.submit(trial)] = number
                if not running:
                    return
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    del running[future]
                    study.add(future.result())
                best = max(trial.score for trial in study.trials.values() if trial.score is not None)
                progress.at(len(study.trials), f"best {abs(best):.4f}")
        finally:
            search.stopped.set()


def _write_csv(rows: Iterable[Mapping[str, Any]], path: Path) -> None:
    lines = io.StringIO()
    names = dict.fromkeys(name for row in rows for name in row)
    writer = csv.DictWriter(lines, list(names), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    frames.write_text(lines.getvalue(), path)
