"""What models could have answered, made up for the tests."""

from __future__ import annotations

import numpy as np
import polars as pl

from syllabus.examination.predictions import Predictions


def binary(n: int, *, seed: int = 0, share: float = 0.3, skill: float = 1.5, digits: int | None = None) -> Predictions:
    """A calibrated binary model: the truth is drawn from the probabilities. Rounded, it gives ties."""
    rng = np.random.default_rng(seed)
    score = np.log(share / (1 - share)) + skill * rng.normal(size=n)
    p = 1 / (1 + np.exp(-score))
    target = (rng.random(n) < p).astype(int)
    p = p if digits is None else p.round(digits)
    return Predictions.of(target, np.column_stack([1 - p, p]), ("no", "yes"))


def several(n: int, k: int, *, seed: int = 0, digits: int | None = None) -> Predictions:
    """A calibrated model of k classes."""
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.full(k, 0.5), n)
    target = (rng.random((n, 1)) > p.cumsum(axis=1)).sum(axis=1).clip(0, k - 1)
    if digits is not None:
        p = p.round(digits) + 10.0**-digits
        p /= p.sum(axis=1, keepdims=True)
    return Predictions.of(target, p, tuple(f"class {code}" for code in range(k)))


def people(n: int, *, seed: int = 0) -> pl.DataFrame:
    """Raw columns with numbers, texts, missing values, and a group of a handful."""
    rng = np.random.default_rng(seed)
    region = rng.choice(["north", "south", "east", "islet"], n, p=[0.5, 0.3, 0.19, 0.01])
    age = np.where(rng.random(n) < 0.1, np.nan, rng.integers(18, 90, n))
    return pl.DataFrame({"sex": rng.choice(["F", "M"], n), "region": region, "age": pl.Series(age).fill_nan(None)})
