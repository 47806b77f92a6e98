"""The examination of forecasts: what its metrics are, and what intervals promise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from syllabus.errors import Unmet
from syllabus.examination import bands, forecast, leads, metrics
from syllabus.examination.forecasts import Forecasts
from syllabus.examples import Column, Examples, Task

TASK = Task("forecast", quantiles=(0.05, 0.5, 0.95), season=7)


def examples(target: Any, naive_error: float = 2.0, series: Any = 0) -> Examples:
    target = np.asarray(target, np.float64)
    n, horizon = target.shape
    arrays = {
        "naive": np.zeros((n, horizon)),
        "scale": np.tile([0.0, 4.0], (n, 1)),
        "naive_error": np.full(n, naive_error),
        "series": np.broadcast_to(np.asarray(series), n),
        "origin": np.arange(n) * horizon,
        "moments": np.arange(n * horizon).reshape(n, horizon) * 86_400,
    }
    return Examples(TASK, arrays, target, {"series": (Column("series", ("Ulm", "Bern")),)})


def given(middle: Any, reach: float) -> Any:
    middle = np.asarray(middle, np.float64)
    return np.stack([middle - reach, middle, middle + reach], axis=2)


def test_metrics_are_what_they_are_called() -> None:
    answers = forecast.answered(given([[2.0, 5.0]], 1.0), examples([[1.0, 9.0]]))
    found = {name: forecast.value(name, answers) for name in ("mae", "rmse", "mase", "relative_mase", "quantile_loss")}
    assert found["relative_mase"] == pytest.approx((1 + 4) / (1 + 9))
    assert found["mae"] == pytest.approx((1 + 4) / 2)
    assert found["rmse"] == pytest.approx(np.sqrt((1 + 16) / 2))
    assert found["mase"] == pytest.approx((1 + 4) / 2 / 2.0)
    # 0.05 and 0.95 of the distances to the ends, half of those to the median.
    losses = [0.0, 0.5 * 1, 0.05 * 2], [0.05 * 5, 0.5 * 4, 0.95 * 3]
    assert found["quantile_loss"] == pytest.approx(np.mean(losses))
    assert answers.loss == pytest.approx(np.mean(losses) / 4.0)


def test_a_value_that_is_missing_counts_nothing() -> None:
    answers = forecast.answered(given([[2.0, 5.0], [3.0, 3.0]], 1.0), examples([[1.0, np.nan], [3.0, 3.0]]))
    assert forecast.value("mae", answers) == pytest.approx(1 / 3)


def test_without_a_naive_error_there_is_no_mase() -> None:
    answers = forecast.answered(given([[2.0]], 1.0), examples([[1.0]], naive_error=np.nan))
    assert metrics.measure(answers, ["mase"])["mase"].reason == "no series here varies over a season of train"


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(Unmet, match="no finite value for 1 of 2"):
        Forecasts.of(given([[np.nan], [1.0]], 1.0), examples([[1.0], [2.0]]))
    with pytest.raises(Unmet, match="these examples need"):
        Forecasts.of(np.zeros((2, 1, 2)), examples([[1.0], [2.0]]))


@pytest.mark.parametrize("reach", [0.2, 1.6, 9.0])
def test_intervals_hold_as_often_as_declared_however_wide_the_quantiles_are(reach: float) -> None:
    random = np.random.default_rng(1)
    parts = [examples(random.normal(size=(2000, 3)) * [1, 2, 4]) for _ in range(2)]
    validation, test = (forecast.answered(given(np.zeros((2000, 3)), reach), part) for part in parts)
    made = bands.fit(validation, 0.9)
    assert made is not None
    answers = test.within(made)
    assert forecast.value("coverage", answers) == pytest.approx(0.9, abs=0.02)
    by_lead = leads.by_lead(answers)
    # Each step ahead by itself: the third is as sure as the first, and wider.
    assert [row["coverage"] for row in by_lead] == pytest.approx([0.9] * 3, abs=0.03)
    assert by_lead[2]["width"] > 3 * by_lead[0]["width"]


def test_few_values_make_no_interval() -> None:
    answers = forecast.answered(given([[2.0, 5.0]], 1.0), examples([[1.0, 9.0]]))
    assert bands.fit(answers, 0.9) is None
    assert metrics.measure(answers, ["coverage"])["coverage"].reason == "there are no prediction intervals here"


def test_the_worst_series_comes_first_and_new_ones_are_named_so() -> None:
    target = [[1.0], [5.0], [2.0]]
    answers = forecast.answered(given(np.zeros((3, 1)), 1.0), examples(target, series=[0, 1, -1]))
    assert [one["series"] for one in leads.series(answers)] == ["Bern", "(not in train)", "Ulm"]


def test_the_largest_errors_are_told_once_each_by_their_moment() -> None:
    answers = forecast.answered(given(np.zeros((2, 2)), 1.0), examples([[1.0, 8.0], [3.0, np.nan]]))
    found = leads.largest(answers)
    assert [(one["moment"], one["actual"]) for one in found] == [
        ("1970-01-02", 8.0),
        ("1970-01-03", 3.0),
        ("1970-01-01", 1.0),
    ]
