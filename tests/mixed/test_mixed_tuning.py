"""Tuning chooses among what `fusion` says may be chosen."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from mixed_rows import SAID, ingested, rows
from ruamel.yaml import YAML

from stages.train import train
from stages.tune import tune
from syllabus import architectures, modalities, models, params, parts
from syllabus.settings import Split


@pytest.mark.slow
def test_trials_of_fusion_are_compared_and_the_best_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, table, _ = ingested(tmp_path, rows())
    placed = modalities.load("mixed").split(table.lazy(), data, Split(), seed=1)
    (tmp_path / "split").mkdir()
    for name in ("train", "validation", "test"):
        parts.part(table.lazy(), placed, name).collect().write_parquet(tmp_path / "split" / f"{name}.parquet")
    tuning = {"trials": 3, "folds": "none"}
    with (tmp_path / "params.yaml").open("w") as file:
        YAML().dump(SAID | {"tuning": tuning}, file)
    monkeypatch.chdir(tmp_path)
    settings, made = params.read(), tmp_path / "train"
    train(settings, "fusion", tmp_path / "split", Path("kept"), made)
    tune(settings, "fusion", tmp_path / "split", made, Path("studies"), tmp_path / "tune")

    report = json.loads((tmp_path / "tune" / "report.json").read_text())
    assert report["trials"]["complete"] + report["trials"]["pruned"] == 3
    assert report["score"] >= report["declared"]  # of a loss, the score is its negative
    trials = pl.read_csv(tmp_path / "tune" / "trials.csv")
    chosen = {name.removeprefix("params_") for name in trials.columns}
    assert {"alone", "dropout", "image_width", "text_width", "learning_rate"} <= chosen
    answers = models.load(tmp_path / "tune" / "model").predict(pl.scan_parquet(tmp_path / "split" / "test.parquet"))
    assert answers.shape[1] == 2
    assert "alone" in architectures.load("fusion").Params.model_fields
