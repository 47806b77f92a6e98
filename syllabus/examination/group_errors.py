"""Fairness of a regression: how large its errors are in each sensitive group, and to which side they fall.

A group's mean error says whether it is predicted too high or too low, its mean absolute error how well it is served. A
gap is given among all groups, and among those with `min_group` examples: a gate reads the second.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from syllabus.examination import groups
from syllabus.examination.fairness import Attribute
from syllabus.examination.gaps import Gap

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from syllabus.examination.groups import Groups
    from syllabus.examination.values import Values

    Floats = NDArray[np.float64]


def compute(answers: Values, frame: pl.DataFrame, attributes: Sequence[str], *, min_group: int = 50) -> list[Attribute]:
    """Audit every attribute, then every crossing of two.

    Raises:
        Unmet: an attribute is not in the frame, or cannot split it.
    """
    if not len(answers):
        return []
    splits = [groups.of(frame, name, len(answers)) for name in attributes]
    crossings = [groups.cross(left, right) for left, right in combinations(splits, 2)]
    return [
        *(_audit(answers, split, min_group, crossed=False) for split in splits),
        *(_audit(answers, split, min_group, crossed=True) for split in crossings),
    ]


def _audit(answers: Values, split: Groups, min_group: int, *, crossed: bool) -> Attribute:
    measured = {"mean_error": _means(answers.errors, split), "mae": _means(abs(answers.errors), split)}
    covered = _means(answers.held.astype(np.float64), split)[0] if answers.intervals else None
    actual = _means(answers.target, split)[0]
    rows: list[dict[str, Any]] = []
    for at, name in enumerate(split.names):
        row: dict[str, Any] = {"group": name, "n": int(split.n[at]), "share": float(split.n[at] / split.n.sum())}
        row |= {"actual": float(actual[at]), "coverage": None if covered is None else float(covered[at])}
        for measure, (means, errors) in measured.items():
            value, reach = float(means[at]), 1.96 * float(errors[at])
            bounds = {"low": value - reach, "high": value + reach} if split.n[at] > 1 else {"low": None, "high": None}
            row[measure] = {"value": value, **bounds, "small": bool(split.n[at] < min_group)}
        rows.append(row)
    everywhere, trusted = (_gaps(measured, split, least) for least in (1, min_group))
    return Attribute(split.column, crossed, rows, everywhere, trusted)


def _means(of: Floats, split: Groups) -> tuple[Floats, Floats]:
    """Return the mean of each group and its standard error; 0 for a group of one."""
    n = split.n
    means = np.bincount(split.codes, of, len(n)) / n
    squares = np.bincount(split.codes, (of - means[split.codes]) ** 2, len(n))
    return means, np.sqrt(squares / np.maximum(n - 1, 1) / n)


def _gaps(measured: dict[str, tuple[Floats, Floats]], split: Groups, least: int) -> dict[str, Gap]:
    """Return the widest gap of each kind between two groups with `least` examples."""
    large = np.flatnonzero(split.n >= least)
    found = {}
    for name, rate in (("mean_error_difference", "mean_error"), ("mae_difference", "mae"), ("mae_ratio", "mae")):
        if len(large) < 2:
            found[name] = Gap(None, rate=rate, reason=f"fewer than two groups have {least} examples")
            continue
        means, errors = (numbers[large] for numbers in measured[rate])
        pair = [int(means.argmin()), int(means.argmax())]
        between = (split.names[large[pair[0]]], split.names[large[pair[1]]])
        (low, high), (low_error, high_error) = means[pair], errors[pair]
        if name == "mae_ratio":
            # The standard error of the logarithm of a ratio (the delta method).
            reach = 1.96 * np.hypot(low_error / low, high_error / high) if low > 0 else np.nan
            value, bounds = high / low if low > 0 else np.nan, (np.exp(-reach), np.exp(reach))
            ends = [value * bound for bound in bounds]
        else:
            value, reach = high - low, 1.96 * np.hypot(low_error, high_error)
            ends = [value - reach, value + reach]
        known = [float(number) if np.isfinite(number) else None for number in (value, *ends)]
        found[name] = Gap(known[0], known[1], known[2], rate=rate, between=between)
    return found
