"""How well a model does on rows whose labels are known, overall and on each slice, held against how it did on test.

Test and a batch are measured in one way, with bootstrap intervals. A metric is worse where its distance from test's is
more than chance, given both intervals and how many slices are looked at (Holm 1979), and more than the declared share.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from syllabus import examination
from syllabus.examination import blocks, intervals, metrics, mitigation
from syllabus.examination.thresholds import Choice

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from syllabus.examination.answers import Answers
    from syllabus.examples import Examples
    from syllabus.monitoring.columns import Judge
    from syllabus.monitoring.groups import Groups

FEWEST = 30
"""Rows of a batch or of a slice, or whose they are where several are one's, from which on a metric is judged; a module
of columns may say another number."""
RESAMPLES = 200
_WIDTH = 2 * 1.96


@dataclass(frozen=True, eq=False)
class Deciding:
    """How a package's answers are used.

    Args:
        threshold: as `threshold.json` holds it; None where a task has none.
        intervals: around the values of a regression or a forecast; None where there are none.
    """

    threshold: Mapping[str, Any] | None = None
    intervals: Any = None

    @property
    def across(self) -> str | None:
        """The column whose groups are decided apart."""
        return (self.threshold or {}).get("across")

    def answers(self, given: NDArray[Any], examples: Examples, frame: pl.DataFrame, judge: Judge) -> Answers:
        """Return what a model answered, decided as the package says, beside the truth.

        Args:
            given: `(n, k)` probabilities or `(n,)` values.
            examples: with their target.
            frame: the raw columns of the same rows, the one whose groups are decided apart among them.
            judge: what sets answers beside the truth, as `columns.judge` returns it.
        """
        found: Any = judge(given, examples)
        if self.threshold is not None:
            names = ("threshold", "by", "reached", "rows", "groups", "across")
            choice = Choice(**{name: self.threshold[name] for name in names}, curve={})
            cost = (choice.by or {}).get("cost")
            found = replace(found, costs=(cost["false_positive"], cost["false_negative"]) if cost else None)
            if choice.across:
                found = mitigation.told(found, frame, choice.across)
            found = found.deciding(choice)
        return found.within(self.intervals) if self.intervals is not None else found  # type: ignore[no-any-return]


def measure(
    answers: Answers,
    metric: str,
    groups: Sequence[Groups],
    codes: Sequence[NDArray[np.int64]],
    *,
    fewest: int = FEWEST,
    together: bool = False,
    seed: int = 0,
) -> dict[str, Any]:
    """Return every metric with its interval, and of each slice the one that matters.

    Args:
        answers: n examples.
        metric: by which slices are judged, and the whole first of all.
        groups: the columns that slice.
        codes: for each, `(n,)` the group of each example.
        fewest: from how many rows on a slice has an interval.
        together: whether blocks are counted for that, such as users, and not rows.
        seed: of the resamples.
    """
    whole = intervals.measure(answers, resamples=RESAMPLES, seed=seed)
    slices = []
    for one, held in zip(groups, codes, strict=True):
        for code, name in enumerate(one.names):
            rows = held == code
            if not rows.any():
                continue
            some = answers.rows(rows)
            asked = RESAMPLES if _pieces(some, together) >= fewest else 0
            found = intervals.measure(some, [metric], resamples=asked, seed=seed)[metric]
            group = {"column": one.column, "group": name, "rows": len(some), "pieces": _pieces(some, together)}
            slices.append(group | vars(found))
    told: dict[str, Any] = examination.plain(
        {"rows": len(answers), "pieces": _pieces(answers, together), "metrics": whole, "slices": slices}
    )
    return told


def _pieces(answers: Answers, together: bool) -> int:
    """Return how many independent pieces answers are: a user's rows are one."""
    codes = blocks.of(answers) if together else None
    return len(answers) if codes is None else int(codes.max()) + 1


def compare(
    reference: Mapping[str, Any],
    batch: Mapping[str, Any],
    metric: str,
    alpha: float,
    *,
    fewest: int = FEWEST,
    also: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the metrics of a batch beside those of test.

    Returns:
        `metric`; `metrics`, each with `test`, `batch` and how likely chance makes it so much worse, `p`; `slices`, the
        same of `metric`, where `p` is corrected for how many there are; `worse`: whether that is below alpha.
    """
    rows = [
        {"name": name, "test": reference["metrics"][name], "batch": one}
        for name, one in batch["metrics"].items()
        if name in reference["metrics"]
    ]
    known = {(one["column"], one["group"]): one for one in reference["slices"]}
    sliced = [
        {"column": one["column"], "group": one["group"], "test": known.get((one["column"], one["group"])), "batch": one}
        for one in batch["slices"]
    ]
    for row in rows:
        row["p"] = _chance(row["name"], row["test"], row["batch"], batch["pieces"] >= fewest)
    _holm([row for row in rows if row["name"] in (metric, *also) and row["p"] is not None])
    for row in sliced:
        row["p"] = _chance(metric, row["test"], row["batch"], row["batch"]["pieces"] >= fewest)
    _holm([row for row in sliced if row["p"] is not None])
    for row in (*rows, *sliced):
        row["loss"] = _loss(row.get("name", metric), row["test"], row["batch"])
        # The metric that chose the model decides, and few others beside it; the rest is shown.
        decides = row.get("name", metric) in (metric, *also) and row["p"] is not None
        row["worse"] = decides and row["p"] < alpha
    return {"metric": metric, "rows": batch["rows"], "metrics": rows, "slices": sliced}


def _chance(metric: str, test: Mapping[str, Any] | None, batch: Mapping[str, Any], enough: bool) -> float | None:
    """Return how often chance makes a batch so much worse than test; None where nobody can tell."""
    if test is None or not enough or None in (test["low"], test["high"], batch["low"], batch["high"]):
        return None
    error = math.hypot((test["high"] - test["low"]) / _WIDTH, (batch["high"] - batch["low"]) / _WIDTH)
    sign = 1 if metrics.get(metric).better == "higher" else -1
    lost = sign * (test["value"] - batch["value"])
    return 0.5 * math.erfc(lost / error / math.sqrt(2)) if error else float(lost <= 0)


def _loss(metric: str, test: Mapping[str, Any] | None, batch: Mapping[str, Any]) -> float | None:
    """Return by what share of test's value a batch is worse, below 0 where it is better."""
    if test is None or None in (test["value"], batch["value"]):
        return None
    sign = 1 if metrics.get(metric).better == "higher" else -1
    lost = sign * (test["value"] - batch["value"])
    # Where test is without any error, whatever is lost is all of it.
    return float(lost / abs(test["value"])) if test["value"] else float(np.sign(lost))


def _holm(rows: Sequence[dict[str, Any]]) -> None:
    """Correct the p-values for how many there are."""
    most = 0.0
    for place, row in enumerate(sorted(rows, key=lambda row: float(row["p"]))):
        most = max(most, min(1.0, row["p"] * (len(rows) - place)))
        row["p"] = most
