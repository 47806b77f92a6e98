"""What chance does where rows are few: questions of drift alarm no more often than they say."""

from __future__ import annotations

from collections import Counter

import numpy as np
import polars as pl
import pytest
from scipy.stats import betabinom

from syllabus.monitoring import distributions, drift, performance, units
from syllabus.monitoring.distributions import Distribution, Numbers
from syllabus.monitoring.drift import Evidence
from syllabus.monitoring.tally import Tally


def found(of: Distribution, values: pl.Series) -> dict[str, drift.Test]:
    tally = Tally(of)
    tally.add(values, np.ones(len(values), dtype=bool))
    return {test.kind: test for test in drift.of("x", tally)}


def below(kind: str, reference: list[str], rows: int, level: float = 0.01, batches: int = 400) -> float:
    """Return how often fresh batches of one source get a p-value below a level."""
    draw = np.random.default_rng(3)
    names, shares = zip(*Counter(reference).items(), strict=True)
    chances = np.array(shares) / sum(shares)
    of = distributions.of(pl.Series("x", draw.choice(names, len(reference), p=chances)))
    drawn = (pl.Series("x", draw.choice(names, rows, p=chances)) for _ in range(batches))
    return float(np.mean([found(of, one)[kind].p < level for one in drawn]))


@pytest.mark.parametrize("rows", [12, 60])
@pytest.mark.parametrize(
    "source",
    [
        ["often"] * 990 + ["seldom"] * 10,
        ["often"] * 500 + ["other"] * 490 + ["seldom"] * 6 + ["once"] * 4,
        [f"v{at}" for at in range(30) for _ in range(20)],
    ],
    ids=["two values", "rare values", "thirty values"],
)
def test_rare_categories_drift_no_more_often_than_chance_allows(source: list[str], rows: int) -> None:
    assert below("values", source, rows) <= 0.025


def test_of_two_values_with_few_rows_a_change_is_still_found() -> None:
    of = distributions.of(pl.Series("x", ["often"] * 950 + ["seldom"] * 50))
    assert found(of, pl.Series("x", ["often"] * 20 + ["seldom"] * 20))["values"].p < 1e-6


def test_where_many_values_stand_once_new_ones_are_no_news() -> None:
    draw = np.random.default_rng(5)
    source = [f"street {at}" for at in draw.zipf(1.3, 5_000).clip(max=10**6)]
    of = distributions.of(pl.Series("x", source[:450]))
    assert isinstance(of, distributions.Categories)
    assert of.complete
    fresh = [found(of, pl.Series("x", source[start : start + 100]))["new"] for start in range(450, 4_950, 100)]
    assert max(test.effect for test in fresh) > 0.01  # each batch holds some
    assert sum(test.p < 0.01 for test in fresh) <= 2
    other = pl.Series("x", [*source[450:500], *(f"road {at}" for at in range(50))])
    assert found(of, other)["new"].p < 1e-6


@pytest.mark.parametrize(("some", "rows", "known"), [(1, 30, 500), (3, 100, 5_000), (40, 100, 60), (0, 9, 9)])
def test_how_many_lie_beyond_is_told_by_their_ranks(some: int, rows: int, known: int) -> None:
    assert drift.outside(some, rows, known) == pytest.approx(betabinom.sf(some - 1, rows, 2, known - 1), rel=1e-6)


def test_a_large_batch_beyond_a_small_reference_is_no_news() -> None:
    draw = np.random.default_rng(8)
    certain = 0
    for _ in range(200):
        of = distributions.of(pl.Series("x", draw.standard_cauchy(40)))
        certain += found(of, pl.Series("x", draw.standard_cauchy(5_000)))["beyond"].p < 0.01
    assert certain <= 6


def test_the_largest_numbers_of_all_are_counted_and_are_of_no_unit() -> None:
    of = distributions.of(pl.Series("x", np.random.default_rng(1).normal(20, 4, 500)))
    assert isinstance(of, Numbers)
    huge = np.full(40, 1.7e308)
    assert found(of, pl.Series("x", huge))["beyond"].effect == 1
    assert units.guess(of, huge) is None


def test_what_is_lost_from_no_error_at_all_is_worse() -> None:
    def measured(value: float, low: float, high: float) -> dict[str, object]:
        return {
            "rows": 500,
            "pieces": 500,
            "metrics": {"mae": {"value": value, "low": low, "high": high}},
            "slices": [],
        }

    (row,) = performance.compare(measured(0, 0, 0), measured(2, 1.8, 2.2), "mae", 0.01)["metrics"]
    assert row["worse"]
    assert row["loss"] == 1
    (row,) = performance.compare(measured(0, 0, 0), measured(0, 0, 0), "mae", 0.01)["metrics"]
    assert not row["worse"]


def test_rows_that_go_together_count_as_one() -> None:
    draw = np.random.default_rng(4)
    reference, users = pl.Series("x", draw.normal(0, 1, 3_000)), draw.normal(0, 1, 40)
    of = distributions.of(reference)
    batch = Tally(of)
    batch.add(pl.Series("x", np.repeat(users, 50)), np.ones(2_000, dtype=bool))
    alone = {test.kind: test for test in drift.of("x", batch)}
    together = {test.kind: test for test in drift.of("x", batch, Evidence(batch=40 / 2_000))}
    assert alone["values"].p < 1e-6
    assert together["values"].p > 0.05
    assert together["values"].effect == alone["values"].effect
    assert found(of, pl.Series("x", users))["values"].p == pytest.approx(together["values"].p, rel=0.1)
