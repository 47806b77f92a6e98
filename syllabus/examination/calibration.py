"""Calibration: whether what is given a probability of 70 % happens in 70 % of the cases.

For two classes the probability of the positive one is held against how often it is positive. For more, the
probability of the class that was decided against how often that was right (Guo et al., 2017, "On Calibration
of Modern Neural Networks"). Bins are of equal width; an empty bin has no row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from syllabus.examination.predictions import Predictions

BINS = 10


def claims(predictions: Predictions) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the probability that each example was given, and whether what it speaks of came true."""
    if predictions.positive is None:
        rows = np.arange(len(predictions))
        return predictions.probabilities[rows, predictions.decided], predictions.decided == predictions.target
    positive = predictions.positive
    return predictions.probabilities[:, positive], predictions.target == positive


def binned(probability: NDArray[np.float64], bins: int = BINS) -> NDArray[np.int64]:
    """Return `(n,) int`, the bin of each probability; a bin includes its upper edge."""
    edges = np.linspace(0, 1, bins + 1)
    return np.searchsorted(edges[1:-1], probability).astype(np.int64)


def reliability(predictions: Predictions, bins: int = BINS) -> list[dict[str, Any]]:
    """Return a row for each bin: mean predicted probability, observed share with its 95 % interval, and n."""
    probability, came_true = claims(predictions)
    place = binned(probability, bins)
    n = np.bincount(place, minlength=bins)
    filled = np.flatnonzero(n)
    counts = n[filled]
    predicted = np.bincount(place, probability, bins)[filled] / counts
    hits = np.bincount(place, came_true, bins)[filled]
    low, high = wilson(hits, counts)
    return [
        {
            "bin": int(at),
            "predicted": float(predicted[i]),
            "observed": float(hits[i] / counts[i]),
            "low": float(low[i]),
            "high": float(high[i]),
            "n": int(counts[i]),
        }
        for i, at in enumerate(filled)
    ]


def expected_error(predictions: Predictions, bins: int = BINS) -> float:
    """Return the mean distance of observed from predicted over the bins, weighted by their examples."""
    rows = reliability(predictions, bins)
    return float(sum(abs(row["observed"] - row["predicted"]) * row["n"] for row in rows) / len(predictions))


def report(predictions: Predictions) -> dict[str, Any]:
    """Return the reliability bins, the expected and the largest error, and how far off the whole is."""
    if len(predictions) == 0:
        return {
            "bins": [],
            "expected_error": None,
            "largest_error": None,
            "predicted": None,
            "observed": None,
        }
    rows = reliability(predictions)
    probability, came_true = claims(predictions)
    return {
        "bins": rows,
        "expected_error": expected_error(predictions),
        "largest_error": max(abs(row["observed"] - row["predicted"]) for row in rows),
        "predicted": float(probability.mean()),
        "observed": float(came_true.mean()),
    }


def wilson(hits: NDArray[Any], n: NDArray[Any], z: float = 1.959964) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the bounds of Wilson's score interval of `hits` out of `n`; from 0 to 1 where n is 0."""
    trials = np.maximum(n, 1)
    share = np.where(n > 0, hits / trials, 0.5)
    middle = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    spread = z / (1 + z * z / trials) * np.sqrt(share * (1 - share) / trials + z * z / (4 * trials**2))
    return (
        np.where(n > 0, np.maximum(middle - spread, 0.0), 0.0),
        np.where(n > 0, np.minimum(middle + spread, 1.0), 1.0),
    )
