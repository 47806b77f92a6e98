"""A forecast from `params.yaml` to a package, its stages called as functions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from ruamel.yaml import YAML
from series import shops

from stages.evaluate import evaluate
from stages.ingest import ingest
from stages.register import register
from stages.split import split
from stages.train import train
from stages.tune import tune
from stages.validate import validate
from syllabus import models, params
from syllabus.cli import main
from syllabus.errors import Unmet
from syllabus.examination import bands, intervals
from syllabus.history import comparing
from syllabus.monitoring import watching
from syllabus.registry import package
from syllabus.serving import packages

SAID: dict[str, Any] = {
    "seed": 7,
    "about": {"purpose": "a test"},
    "data": {
        "modality": "series", "source": "sold.parquet", "target": "sold", "task": "forecast",
        "options": {
            "time": "at", "series": ["shop"], "horizon": 3, "context": 14, "known": ["open"], "past": ["wet"],
            "static": ["kind"], "gaps": "interpolate",
        },
    },
    "validation": {"suite": "suite.json"},
    "split": {"method": "time", "by": "at", "parts": {"train": 0.6, "validation": 0.2, "test": 0.2}},
    "candidates": ["seasonal_naive", "lags"],
    "architectures": {"seasonal_naive": {}, "lags": {"num_iterations": 80, "learning_rate": 0.1}},
    "tuning": {"trials": 1},
    "examination": {"metric": "mase", "sensitive": [], "slices": ["shop", "open"], "smallest_group": 10},
    "gates": {"at_most": {"mase": 1.0}, "better_than_baseline_by": 0.1, "fit": ["good", "overfit", "shifted"]},
}  # fmt: skip


def rows() -> pl.DataFrame:
    """Return two shops that sell more when they are open long, with gaps; one more begins in test."""
    random = np.random.default_rng(4)
    tables = []
    for name, first in (("Ulm", 0), ("Bern", 0), ("Graz", 262)):
        table = shops.days(300, name).with_columns(
            open=pl.Series(random.integers(0, 2, 300)), wet=pl.Series(random.normal(size=300)), kind=pl.lit(name[0])
        )
        noise = pl.Series(random.normal(size=300))
        table = table.with_columns(sold=pl.col("sold") * (3 if name == "Bern" else 1) + 30 * pl.col("open") + noise)
        tables.append(table[first:].filter(pl.Series(random.random(300 - first) > 0.03)))
    return pl.concat(tables)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project that has run to its end."""
    folder = tmp_path_factory.mktemp("project")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        rows().write_parquet("sold.parquet")
        held = {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "sold"}, "severity": "critical"}
        Path("suite.json").write_text(json.dumps({"name": "sold", "expectations": [held]}))
        Path("requirements.lock").write_text("")
        YAML().dump(SAID, Path("params.yaml"))
        settings = params.read(Path("params.yaml"))
        out = {name: Path("artifacts") / name for name in ("i", "v", "s", "t", "u", "e", "r")}
        for path in out.values():
            path.mkdir(parents=True)
        ingest(settings, out["i"])
        validate(settings, out["i"], out["v"])
        split(settings, out["i"], out["v"], out["s"])
        for name in settings.candidates:
            train(settings, name, out["s"], Path("kept"), out["t"] / name)
            tune(settings, name, out["s"], out["t"] / name, Path("kept"), out["u"] / name)
        evaluate(settings, out["s"], out["t"], out["u"], out["e"])
        register(settings, *(out[name] for name in "ivstue"), Path("requirements.lock"), out["r"])
    return folder / "artifacts"


def test_it_ends_in_a_package_that_says_what_it_measured(finished: Path) -> None:
    measured = json.loads((finished / "e/metrics.json").read_text())
    assert measured["winner"].startswith("lags")
    assert measured["test"]["mase"] < 0.6 * measured["baseline"]["mase"]
    assert 0.7 < measured["test"]["coverage"] <= 1
    package.verify(finished / "r/package")
    assert "baseline (seasonal naive)" in (finished / "r/package/card.md").read_text()


def test_the_package_alone_forecasts_with_intervals(finished: Path) -> None:
    model = models.load(finished / "r/package/model")
    made = bands.load(finished / "r/package/intervals.json")
    examples = models.examples("series", model.encoding, finished / "s", "test")
    given = model.answers(examples)
    low, high = made.around(given, examples.arrays["scale"][:, 1])
    measured = json.loads((finished / "e/metrics.json").read_text())["test"]
    known = ~np.isnan(examples.labels)
    held = ((low <= examples.labels) & (examples.labels <= high))[known].mean()
    assert held == pytest.approx(measured["coverage"], abs=1e-6)
    assert abs(given[:, :, 2] - examples.labels)[known].mean() == pytest.approx(measured["mae"], abs=1e-5)


def test_a_comparison_measures_what_was_recorded(finished: Path) -> None:
    given, rows = comparing.answers(finished / "r/package", finished / "s")
    recorded = json.loads((finished / "e/metrics.json").read_text())["test"]
    now = intervals.measure(given, resamples=0)
    assert {name: one.value for name, one in now.items()} == pytest.approx(recorded, rel=1e-4)
    assert set(rows.tolist()) <= set(pl.read_parquet(finished / "s/test.parquet")["row"])


def test_its_package_is_watched_and_asked(finished: Path, tmp_path: Path) -> None:
    folder, rows = finished / "r/package", rows_of(finished)
    opened = packages.opened(folder)
    watched = watching.watch(opened, rows, suite=finished.parent / "suite.json", docs=tmp_path / "docs")
    assert watched.suite is not None
    assert (watched.suite["asked"], watched.suite["failed"]) == (1, [])
    assert watched.compared is not None
    assert {row["group"] for row in watched.compared["slices"]} >= {"Ulm", "Bern", "(other values)"}
    main(["predict", str(folder), rows, str(tmp_path / "out.parquet")])
    refused = pl.read_parquet(tmp_path / "out.rejects.parquet")
    assert refused["reason"].unique().to_list() == ["at: rows of 0 of the 3 steps ahead tell open"]


def rows_of(finished: Path) -> str:
    return str(finished.parent / "sold.parquet")


def test_slices_are_of_the_rows_that_are_forecast(finished: Path) -> None:
    report = json.loads((finished / "e/report.json").read_text())["test"]
    found = {(one["column"], one["value"]): one["n"] for one in report["slices"]}
    assert {("shop", "Ulm"), ("shop", "Bern"), ("shop", "Graz"), ("open", "0"), ("open", "1")} <= set(found)
    assert found["shop", "Ulm"] > found["shop", "Graz"]
    assert {one["series"] for one in report["series"]} == {"Ulm", "Bern", "(not in train)"}


def test_its_page_draws_the_forecasts(finished: Path) -> None:
    page = (finished / "r/report.html").read_text()
    for said in ("Forecasts and what came", "seasonal naive", "By series", "MASE", "Prediction intervals", "blocks"):
        assert said in page
    for never in ("ROC", "Confusion", "Residual by predicted", "Traceback"):
        assert never not in page


@pytest.mark.parametrize(
    ("section", "key", "value", "says"),
    [
        ("data", "task", "regression", "series are learned by task: forecast, not by regression"),
        ("examination", "metric", "roc_auc", "roc_auc is a metric of classification, and data.task is forecast"),
        ("examination", "sensitive", ["shop"], "a forecast is not examined across groups of people"),
        ("data", "cleaning", {"duplicates": "drop"}, "says nothing of series, so leave it out"),
        ("tuning", "folds", 5, "a split by time has none"),
    ],
)
def test_what_means_nothing_to_a_forecast_is_refused(
    tmp_path: Path, section: str, key: str, value: Any, says: str
) -> None:
    YAML().dump(SAID | {section: SAID[section] | {key: value}}, tmp_path / "params.yaml")
    with pytest.raises(Unmet, match=says):
        params.read(tmp_path / "params.yaml")
