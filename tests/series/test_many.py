"""Hundreds of series in one table: flights a day from each of New York's airports to each place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from projects import ROOT
from series import shops

from syllabus import architectures, examination
from syllabus.examination import forecast, leads
from syllabus.series.windows import Windows

LESSON = {"lags": 14, "seasons": 2, "num_iterations": 30, "learning_rate": 0.2, "most_rows": 30_000}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Any:
    flights = pl.read_parquet(ROOT / "examples/flights/data/flights.parquet", columns=["date", "origin", "dest"])
    # Whoever flies there hardly ever is no series; a day without a flight has no row.
    daily = flights.group_by("date", "origin", "dest").len("sold").rename({"date": "at"})
    daily = daily.sort("at", "origin", "dest").with_columns(pl.col("at").cast(pl.Date), pl.col("sold").cast(pl.Float64))
    options = {
        "series": ["origin", "dest"],
        "horizon": 7,
        "context": 28,
        "gaps": "zero",
        "stride": 3,
        "frequency": "1d",
    }
    return shops.cut(shops.data(tmp_path_factory.mktemp("many"), daily, **options), (0.7, 0.15, 0.15))


def test_hundreds_of_series_are_cut_without_copies(found: Any) -> None:
    learned, parts = found
    assert len(learned.series) > 200
    train = parts["train"]
    assert len(train) > 30_000
    assert isinstance(train.arrays["past"], Windows)
    table = train.arrays["past"].table
    assert table.nbytes < len(train) * 28 * table.itemsize / 10
    assert train.between(5, 9)["past"].shape == (4, 28, 1)


def test_what_is_learned_of_all_forecasts_each(found: Any) -> None:
    _, parts = found
    model = architectures.load("lags")
    params = model.Params(**LESSON)
    fitted = model.fit(params, parts["train"], parts["validation"], seed=1, report=lambda *_: None)
    naive = architectures.load("seasonal_naive")
    rival = naive.fit(naive.Params(), parts["train"], parts["validation"], seed=1, report=lambda *_: None)
    ours, theirs = (forecast.answered(one.predict(parts["test"]), parts["test"]) for one in (fitted, rival))
    values = {name: [forecast.value(name, one) for one in (ours, theirs)] for name in ("mase", "quantile_loss")}
    assert values["mase"][0] < 0.95 * values["mase"][1]
    assert values["quantile_loss"][0] < 0.95 * values["quantile_loss"][1]
    listed = leads.series(ours)
    assert len(listed) > 150  # not every place is flown to until December
    report = examination.examine(ours, primary="mase", resamples=50).report()
    assert report["many"] == len(listed)
    assert len(report["leads"]) == 7
    low, high = (report["metrics"]["mase"][end] for end in ("low", "high"))
    assert low < report["metrics"]["mase"]["value"] < high


def test_the_bootstrap_draws_whole_blocks_of_time(found: Any) -> None:
    """Series that share what happens on a day are no independent evidence: intervals are wider than of single rows."""
    _, parts = found
    test = parts["test"]
    given = np.repeat(test.arrays["naive"][:, :, None], 5, axis=2)
    answers = forecast.answered(given, test)
    assert len(np.unique(answers.blocks)) < 15
    whole = examination.examine(answers, metrics=["mae"], primary="mae").metrics["mae"]
    alone = examination.examine(_alone(answers), metrics=["mae"], primary="mae").metrics["mae"]
    assert whole.value == alone.value
    assert whole.high - whole.low > 1.5 * (alone.high - alone.low)  # type: ignore[operator]


def _alone(answers: Any) -> Any:
    """Return the same, each example a block of its own."""
    return replace(answers, origin=np.arange(len(answers)) * answers.target.shape[1])
