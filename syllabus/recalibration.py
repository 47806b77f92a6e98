"""Probabilities made true: what validation showed of how often a model is right, applied whenever it predicts.

Of two classes the log odds are moved along a line (Platt 1999), or, where rows are many, each probability becomes the
share of positives around it, in the model's order (isotonic regression, centred as by Oron and Flournoy 2017, so that
it never ties what the model tells apart). Of more classes the logarithms are scaled by one number, the temperature
(Guo et al. 2017). The order of examples stays what it was, and so does the likeliest class.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from syllabus import frames
from syllabus.errors import Unmet

Floats = NDArray[np.float64]
Method = Literal["auto", "none", "sigmoid", "isotonic"]
TINY = 1e-15
FOLDS = 5
FEWEST = 10
"""Rows of each class that must be there to learn from; with fewer, nothing is learned."""
ISOTONIC = 300
"""Rows of the rarer class from which auto tries the order alone: with fewer, steps follow chance."""


@dataclass(frozen=True)
class Calibration:
    """How probabilities are moved, as plain numbers.

    Args:
        method: sigmoid or isotonic.
        rows: how many rows said so.
        slope: what log odds, or of more classes logarithms, are multiplied by.
        shift: what is added to the log odds of the second of two classes.
        knots: probabilities of the second class, in increasing order, where the order alone counts.
        shares: the share of positives around each; straight lines between, and on to 0 and 1.
    """

    method: str
    rows: int
    slope: float = 1.0
    shift: float = 0.0
    knots: tuple[float, ...] = ()
    shares: tuple[float, ...] = ()

    def apply(self, probabilities: Floats) -> Floats:
        """Return true probabilities `(n, k)` for those that a model gave."""
        if self.knots:
            second = np.interp(probabilities[:, 1], (0.0, *self.knots, 1.0), (0.0, *self.shares, 1.0))
            return np.column_stack([1 - second, second])
        logs = self.slope * np.log(probabilities.clip(TINY, None))
        if logs.shape[1] == 2:
            logs[:, 1] += self.shift
        raised = np.exp(logs - logs.max(axis=1, keepdims=True))
        moved: Floats = raised / raised.sum(axis=1, keepdims=True)
        return moved

    def save(self, path: Path) -> None:
        """Write the numbers as JSON."""
        frames.write_json(asdict(self), path)


def load(path: Path) -> Calibration:
    """Read what `Calibration.save` wrote."""
    plain: dict[str, Any] = frames.read_json(path)
    return Calibration(**(plain | {name: tuple(plain[name]) for name in ("knots", "shares")}))


def fit(probabilities: Floats, target: NDArray[np.int64], method: Method, *, seed: int) -> Calibration | None:
    """Learn from the probabilities `(n, k)` that a model gave to rows it was not fitted on, and their classes `(n,)`.

    Returns:
        None where nothing is asked, rows are too few, or auto finds nothing better than what the model gave.

    Raises:
        Unmet: the order alone is asked of more than two classes.
    """
    classes = probabilities.shape[1]
    if method == "isotonic" and classes > 2:
        raise Unmet(f"examination.calibration: isotonic goes with two classes, this target has {classes}; take sigmoid")
    fewest = int(np.bincount(target, minlength=classes).min()) if classes == 2 else len(target) // classes
    if method == "none" or fewest < FEWEST:
        return None
    if method != "auto":
        return METHODS[method](probabilities, target)
    tried = ["sigmoid"] + ["isotonic"] * (classes == 2 and fewest >= ISOTONIC)
    best, best_gain = None, 0.0
    before = losses(probabilities, target)
    for name in tried:
        gains = before - losses(_crossed(METHODS[name], probabilities, target, seed), target)
        # What is not clearly better is left alone: chance would decide whether it is worse.
        if gains.mean() > max(best_gain, gains.std() / np.sqrt(len(gains))):
            best, best_gain = name, float(gains.mean())
    return METHODS[best](probabilities, target) if best else None


def losses(probabilities: Floats, target: NDArray[np.int64]) -> Floats:
    """Return `(n,)` log losses in nats."""
    found: Floats = -np.log(probabilities[np.arange(len(target)), target].clip(1e-6, None))
    return found


def _crossed(
    learn: Callable[[Floats, NDArray[np.int64]], Calibration],
    probabilities: Floats,
    target: NDArray[np.int64],
    seed: int,
) -> Floats:
    """Return what each fold becomes by what the others say."""
    moved = np.empty_like(probabilities)
    for known, held in _folds(target, seed):
        moved[held] = learn(probabilities[known], target[known]).apply(probabilities[held])
    return moved


def _folds(target: NDArray[np.int64], seed: int) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """Yield masks of known and held rows; every class stands in all folds alike."""
    shuffled = np.random.default_rng(seed).permutation(len(target))
    order = shuffled[np.argsort(target[shuffled], kind="stable")]
    fold = np.empty(len(target), dtype=np.int64)
    fold[order] = np.arange(len(target)) % FOLDS
    for one in range(FOLDS):
        yield fold != one, fold == one


def _line(probabilities: Floats, target: NDArray[np.int64]) -> Calibration:
    """Minimise the log loss over slope and shift by Newton's method, held to (1, 0) as if by a few rows."""
    logs = np.log(probabilities.clip(TINY, None))
    truth = np.eye(probabilities.shape[1])[target]
    shifts = truth.shape[1] == 2
    point, kept = np.array([1.0, 0.0]), np.array([1.0, 0.0])
    inputs = np.stack([logs, np.zeros_like(logs)])
    inputs[1, :, 1] = float(shifts)

    def value(at: Floats) -> float:
        scores = np.einsum("jnk,j->nk", inputs, at)
        top = scores.max(axis=1, keepdims=True)
        total = np.log(np.exp(scores - top).sum(axis=1)) + top[:, 0]
        return float((total - (scores * truth).sum(axis=1)).sum() + ((at - kept) ** 2).sum() / 2)

    for _ in range(50):
        scores = np.einsum("jnk,j->nk", inputs, point)
        raised = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares = raised / raised.sum(axis=1, keepdims=True)
        slope = np.einsum("jnk,nk->j", inputs, shares - truth) + (point - kept)
        means = np.einsum("jnk,nk->jn", inputs, shares)
        curvature = np.einsum("ink,jnk,nk->ij", inputs, inputs, shares) - means @ means.T + np.eye(2)
        step, length, here = np.linalg.solve(curvature, slope), 1.0, value(point)
        while length > 1e-6 and value(point - length * step) > here:
            length /= 2
        point = point - length * step
        if abs(length * step).max() < 1e-10:
            break
    # A model whose order is wrong is not turned around: its examination must show it.
    return Calibration("sigmoid", len(target), max(float(point[0]), 0.01), float(point[1]) if shifts else 0.0)


def _order(probabilities: Floats, target: NDArray[np.int64]) -> Calibration:
    """Pool neighbours until the shares of positives rise with the probability, each pool known by its centre."""
    from sklearn.isotonic import isotonic_regression

    given, place, counts = np.unique(probabilities[:, 1], return_inverse=True, return_counts=True)
    positives = np.bincount(place, target == 1)
    starts = np.flatnonzero(np.r_[True, np.diff(isotonic_regression(positives / counts, sample_weight=counts)) > 0])
    rows = np.add.reduceat(counts, starts)
    # Neither never nor always: as if half a row of the other class had been there.
    shares = (np.add.reduceat(positives, starts) / rows).clip(0.5 / (rows + 1), (rows + 0.5) / (rows + 1))
    knots = np.add.reduceat(given * counts, starts) / rows
    kept = np.r_[True, np.diff(np.maximum.accumulate(shares)) > 0] & (knots > 0) & (knots < 1)
    return Calibration("isotonic", len(target), knots=tuple(knots[kept].tolist()), shares=tuple(shares[kept].tolist()))


METHODS: dict[str, Callable[[Floats, NDArray[np.int64]], Calibration]] = {"sigmoid": _line, "isotonic": _order}
