"""The examiner of ratings: errors of values by rows, and what stands among the first ten by users.

`ndcg_at_10` is the gain of what a user liked among the first ten items, each by 1 / log2(1 + rank), as a share of the
best order (Järvelin and Kekäläinen 2002); `recall_at_10` the share of what the user liked that stands there;
`hit_rate_at_10` how often anything does. All items of train that a user has not seen in train are ranked, none are
sampled. An item that train does not have stands behind all, and counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from syllabus import frames, recommending
from syllabus.examination import metrics, rated
from syllabus.examination.rated import COLD, HIT, NDCG, RECALL, SHARE, TOP, Rated

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl
    from numpy.typing import NDArray

    from syllabus.examination.answers import Table
    from syllabus.examination.fairness import Attribute
    from syllabus.examination.metrics import Metric
    from syllabus.examples import Examples
    from syllabus.models import Model
    from syllabus.settings import Examination, Threshold

    Floats = NDArray[np.float64]

RANKS = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000)


def answered(given: NDArray[Any], examples: Examples, threshold: float | Threshold = 0.5) -> Rated:
    """Return values and ranks `(n, 2)` beside the truth."""
    return rated.of(given, examples)


def finished(answers: Callable[[str], Rated], asked: Examination, seed: int) -> tuple[Rated, Rated]:
    """Return the answers on validation and on test: there is nothing to learn of them."""
    return answers("validation"), answers("test")


def learned(answers: Rated) -> dict[str, Any]:
    """Return nothing."""
    return {}


def prior(train: Examples) -> tuple[float, ...]:
    """Return mean and variance of train's values."""
    return float(train.labels.mean()), float(train.labels.var()) or 1.0


def baseline(held: Mapping[str, Examples], asked: Examination) -> dict[str, float | None]:
    """Return the metrics on test of answering with train's mean, and ranking by how many users came to an item."""
    test = held["test"]
    given = np.column_stack([np.full(len(test), held["train"].labels.mean()), test.arrays["popular"]])
    return {name: one.value for name, one in metrics.measure(answered(given, test)).items()}


def shown(model: Model, parts: Path, asked: Examination, *, seed: int) -> dict[str, Any]:
    """Return what is recommended to users of test: who has rated few, many and most, and one who is new."""
    return {"recommended": recommending.samples(model, frames.scan(parts / "test.parquet"), TOP)}


def value(name: str, answers: Rated) -> float:
    """Return a metric's value."""
    return float(METRICS[name](answers, np.ones((1, len(answers))))[0])


def lacks(metric: Metric, answers: Rated) -> str | None:
    """Return what a part lacks for the metric to have a value, None where it lacks nothing."""
    if metric.needs == "liked items":
        return None if answers.gains[:, SHARE].any() else "no item was liked here"
    return None if answers.valued else "clicks have no value"


def weighted(answers: Rated, names: Iterable[str], weights: Floats) -> dict[str, Floats]:
    """Return `(b,)` values of each metric, one for each row of `weights`, `(b, n)`; NaN where there is none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return {name: METRICS[name](answers, weights) for name in names}


def audit(answers: Rated, frame: pl.DataFrame, sensitive: Sequence[str], *, min_group: int) -> list[Attribute]:
    """Return nothing: groups of users are slices."""
    return []


def findings(answers: Rated, frame: pl.DataFrame | None) -> dict[str, Any]:
    """Return how many users were asked about, and how well those and what train does not have are answered."""
    return {
        "users": len(np.unique(answers.blocks)),
        "ranked users": len(np.unique(answers.blocks[answers.gains[:, SHARE] > 0])),
        "clicks": not answers.valued,
        "cold": [_standing(answers.rows(answers.cold == code), name) for code, name in enumerate(COLD)],
    }


def plots(answers: Rated) -> dict[str, Table]:
    """Return which share of what was liked stands among the first ranks, and the same by popularity."""
    share = answers.gains[:, SHARE]
    total = share.sum()
    rows = [
        {
            "rank": top,
            "recall": round(float(share[answers.ranks <= top].sum() / total), 6),
            "popularity": round(float(share[answers.popular <= top].sum() / total), 6),
        }
        for top in (RANKS if total else ())
    ]
    return {"ranks": (rows, ["rank", "recall", "popularity"])}


def _standing(some: Rated, name: str) -> dict[str, Any]:
    told: dict[str, Any] = {"name": name, "rows": len(some)}
    measured = metrics.measure(some) if len(some) else {}
    return told | {metric: measured[metric].value if metric in measured else None for metric in METRICS}


def _mean(of: Floats, weights: Floats) -> Floats:
    mean: Floats = (weights @ of) / weights.sum(axis=1)
    return mean


def _mae(answers: Rated, weights: Floats) -> Floats:
    return _mean(abs(answers.errors), weights)


def _rmse(answers: Rated, weights: Floats) -> Floats:
    root: Floats = np.sqrt(_mean(answers.errors**2, weights))
    return root


def _of_users(place: int) -> Callable[[Rated, Floats], Floats]:
    def measure(answers: Rated, weights: Floats) -> Floats:
        found: Floats = (weights @ answers.gains[:, place]) / (weights @ answers.gains[:, SHARE])
        return found

    return measure


METRICS: Mapping[str, Callable[[Rated, Floats], Floats]] = {
    "mae": _mae,
    "rmse": _rmse,
    "ndcg_at_10": _of_users(NDCG),
    "recall_at_10": _of_users(RECALL),
    "hit_rate_at_10": _of_users(HIT),
}
