"""Class weights, calibration and a chosen threshold from `params.yaml` to what is saved beside the winner."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from parts import CHECKPOINTS, SPLIT, call, project

from stages.evaluate import evaluate
from stages.train import train
from stages.tune import tune
from syllabus import models, params
from syllabus.errors import Unmet


def evaluated(folder: Path, examination: dict[str, Any], **data: Any) -> dict[str, Any]:
    """Run train, tune and evaluate on few rows with these settings; return the metrics."""
    plain = json.loads((folder / "params.yaml").read_text())
    plain["examination"] |= examination
    plain["data"] |= data
    plain["tuning"] = {"trials": 2}
    (folder / "params.yaml").write_text(json.dumps(plain))
    for name in plain["candidates"]:
        call(folder, train, name, SPLIT, CHECKPOINTS, f"artifacts/train/{name}")
        call(folder, tune, name, SPLIT, f"artifacts/train/{name}", "studies", f"artifacts/tune/{name}")
    with contextlib.chdir(folder):
        out = Path("artifacts/evaluate")
        out.mkdir()
        (out / "plots").mkdir()
        settings = params.read(Path("params.yaml"))
        evaluate(settings, Path(SPLIT), Path("artifacts/train"), Path("artifacts/tune"), out)
    found: dict[str, Any] = json.loads((folder / "artifacts/evaluate/metrics.json").read_text())
    return found


def test_the_winner_decides_by_the_threshold_that_its_validation_chose(tmp_path: Path) -> None:
    folder = project(tmp_path, linear={}, tree={})
    found = evaluated(folder, {"threshold": {"recall": 0.8}}, class_weights="balanced")
    chosen = json.loads((folder / "artifacts/evaluate/winner/threshold.json").read_text())
    assert chosen["positive"] == "yes"
    assert chosen["reached"]
    assert found["validation"]["recall"] >= 0.8
    test = pl.scan_parquet(folder / SPLIT / "test.parquet")
    model = models.load(folder / "artifacts/evaluate/winner")
    decided = model.predict(test)[:, 1] >= chosen["threshold"]
    truth = (test.collect()["buys"] == "yes").to_numpy()
    assert decided[truth].mean() == pytest.approx(found["test"]["recall"], abs=1e-6)
    # Learned under weights, the probabilities are those of the real shares again.
    assert model.encoding.task.weights[1] > 1
    assert abs(model.predict(test)[:, 1].mean() - truth.mean()) < 0.08
    assert (folder / "artifacts/evaluate/plots/threshold.csv").read_text().startswith("threshold,precision,recall\n")


def test_a_cost_can_choose_the_winner_and_is_told_for_a_thousand_rows(tmp_path: Path) -> None:
    folder = project(tmp_path, linear={}, tree={})
    costs = {"cost": {"false_positive": 1, "false_negative": 5}}
    found = evaluated(folder, {"metric": "cost", "threshold": costs, "calibration": "sigmoid"})
    assert found["test"]["cost"] < found["baseline"]["cost"]
    report = json.loads((folder / "artifacts/evaluate/report.json").read_text())
    best = min(report["candidates"], key=lambda row: row["validation"]["cost"]["value"])
    assert report["winner"]["name"] == best["name"]
    model = models.load(folder / "artifacts/evaluate/winner")
    assert model.calibration is not None
    given = replace(model, calibration=None).predict(pl.scan_parquet(folder / SPLIT / "test.parquet"))
    assert not np.array_equal(given, model.predict(pl.scan_parquet(folder / SPLIT / "test.parquet")))
    assert report["test"]["calibrated"]["before"]["expected_error"] is not None


def test_what_gives_the_target_away_is_listed_by_evaluate_until_it_is_known(tmp_path: Path) -> None:
    for name, asked in (("asked", {}), ("known", {"leaks": False})):
        folder = project(tmp_path / name, linear={})
        for part in ("train", "validation", "test"):
            file = folder / SPLIT / f"{part}.parquet"
            pl.read_parquet(file).with_columns(bill=pl.when(pl.col("buys") == "yes").then(9.5)).write_parquet(file)
        evaluated(folder, asked)
        report = json.loads((folder / "artifacts/evaluate/report.json").read_text())
        assert report["leaks"] == ([{"column": "bill", "explains": 0.9999}] if name == "asked" else None)
        sign = next(sign for sign in report["fit"]["signs"] if sign["name"] == "too good")
        assert sign["seen"]
        assert report["fit"]["verdict"] == "good", "a sign of a leak changes no verdict"


def test_an_architecture_that_ignores_weights_is_refused(tmp_path: Path) -> None:
    folder = project(tmp_path, linear={})
    (folder / "architectures").mkdir()
    own = (Path(__file__).resolve().parents[1] / "easy.py").read_text().split("OWN = '''")[1].split("'''")[0]
    (folder / "architectures" / "mine.py").write_text(own)
    plain = json.loads((folder / "params.yaml").read_text())
    plain |= {"candidates": ["mine"], "architectures": {"mine": {}}}
    plain["data"]["class_weights"] = {"yes": 5}
    (folder / "params.yaml").write_text(json.dumps(plain))
    with pytest.raises(Unmet, match="mine does not learn from weights"):
        call(folder, train, "mine", SPLIT, CHECKPOINTS, "artifacts/train/mine")


@pytest.mark.parametrize(
    ("section", "key", "value", "said"),
    [
        ("examination", "threshold", {}, "is chosen by one of recall, precision, cost and metric, received nothing"),
        ("examination", "threshold", {"recall": 0.8, "metric": "f1"}, "received recall and metric"),
        ("examination", "threshold", {"recal": 0.8}, "unknown key recal; did you mean recall?"),
        ("examination", "threshold", 1.5, "less than 1"),
        ("examination", "metric", "cost", "needs what errors cost, in examination.threshold"),
        ("gates", "at_most", {"cost": 10}, "needs what errors cost, in examination.threshold"),
        ("data", "class_weights", {"yes": 0}, "greater than 0"),
        ("data", "class_weights", "balancd", "balanced"),
        ("examination", "calibration", "platt", "sigmoid"),
    ],
)
def test_what_makes_no_sense_is_said_at_once(tmp_path: Path, section: str, key: str, value: Any, said: str) -> None:
    folder = project(tmp_path, rows=50, linear={})
    plain = json.loads((folder / "params.yaml").read_text())
    plain[section][key] = value
    (folder / "params.yaml").write_text(json.dumps(plain))
    with pytest.raises(Unmet) as error:
        params.read(folder / "params.yaml")
    assert said in str(error.value)
    assert len(str(error.value).splitlines()) == 1, error.value
