"""A regression from `params.yaml` to a package: `dvc repro`, its page, its plots, and intervals made from the package."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from projects import commit, make_regression, run

from syllabus import conformal, models
from syllabus.registry import package

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a regression that has run to its end."""
    folder = make_regression(tmp_path_factory.mktemp("regression") / "project")
    commit(folder)
    done = run(folder, "dvc", "repro")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_it_ends_in_a_package_that_says_what_it_measured(finished: Path) -> None:
    measured = json.loads((finished / "artifacts/evaluate/metrics.json").read_text())
    assert measured["test"]["r2"] > 0.7
    assert measured["test"]["mae"] < measured["baseline"]["mae"]
    assert 0.75 <= measured["test"]["coverage"] <= 1
    registered = finished / "artifacts/register/package"
    package.verify(registered)
    card = (registered / "card.md").read_text()
    assert "learned as the logarithm of one plus the target" in card
    assert "to hold the true value in 90 % of rows" in card


def test_the_package_alone_gives_predictions_with_intervals(finished: Path) -> None:
    registered = finished / "artifacts/register/package"
    test = pl.scan_parquet(finished / "artifacts/split/test.parquet")
    predicted = models.load(registered / "model").predict(test)
    low, high = conformal.load(registered / "intervals.json").around(predicted)
    truth = test.collect()["price"].to_numpy()
    measured = json.loads((finished / "artifacts/evaluate/metrics.json").read_text())["test"]
    assert abs(predicted - truth).mean() == pytest.approx(measured["mae"], abs=1e-3)
    assert ((low <= truth) & (truth <= high)).mean() == pytest.approx(measured["coverage"], abs=1e-6)
    assert (low < predicted).all()
    assert np.isfinite(high).all()


def test_its_page_speaks_of_numbers(finished: Path) -> None:
    page = (finished / "artifacts/register/report.html").read_text()
    for said in ("Actual by predicted", "Residual by predicted", "Prediction intervals", "log(1 + price)", "R²"):
        assert said in page
    for never in ("ROC", "Confusion", "threshold of", "shares of the classes"):
        assert never not in page


def test_its_plots_are_drawn(finished: Path) -> None:
    done = run(finished, "dvc", "plots", "show", "--out", "drawn")
    assert done.returncode == 0, done.stderr
    assert "Residuals on test" in (finished / "drawn/index.html").read_text()


def test_nothing_runs_a_second_time_and_another_level_only_examines_anew(finished: Path) -> None:
    assert "Running stage" not in run(finished, "dvc", "repro").stdout
    path = finished / "params.yaml"
    path.write_text(path.read_text().replace("metric: mae", "metric: mae\n  interval: 0.8"))
    done = run(finished, "dvc", "repro", "evaluate")
    assert done.returncode == 0, done.stderr
    assert {line.split("'")[1] for line in done.stdout.splitlines() if line.startswith("Running")} == {"evaluate"}
    assert json.loads((finished / "artifacts/evaluate/report.json").read_text())["test"]["intervals"]["level"] == 0.8
