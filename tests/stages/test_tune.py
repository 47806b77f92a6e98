"""Tuning leaves the better of the declared model and the best trial's, and outlives being killed."""

from __future__ import annotations

import csv
import json
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import easy
import polars as pl
import pytest
from parts import CHECKPOINTS, SPLIT, call, project
from raw import ROOT, contents, refused_here, run

from stages.train import train
from stages.tune import tune
from syllabus import frames, models, scoring

NAMES = easy.for_tables(networks=False)


def trained(folder: Path, name: str) -> Path:
    call(folder, train, name, SPLIT, CHECKPOINTS, f"artifacts/train/{name}")
    return folder


def tuned(folder: Path, name: str, out: str = "artifacts/tune/one") -> Path:
    return call(folder, tune, name, SPLIT, f"artifacts/train/{name}", "studies", out)


@pytest.mark.parametrize("name", NAMES)
def test_the_model_is_at_least_as_good_on_validation_as_the_declared_one(tmp_path: Path, name: str) -> None:
    folder = trained(project(tmp_path), name)
    out = tuned(folder, name)
    report = json.loads((out / "report.json").read_text())
    model = models.load(out / "model")
    validation = model.examples(frames.scan(folder / SPLIT / "validation.parquet"))
    reached = scoring.value("roc_auc", scoring.predictions(model, validation, 0.5))
    assert report["score"] == reached >= report["declared"]
    assert report["improved"] == (reached > report["declared"])
    assert report["trials"]["complete"] + report["trials"]["pruned"] == 5


@pytest.mark.parametrize("name", NAMES)
def test_two_runs_give_the_same_files_and_leave_no_study(tmp_path: Path, name: str) -> None:
    folder = trained(project(tmp_path), name)
    once = contents(tuned(folder, name))
    assert list((folder / "studies").iterdir()) == []
    assert contents(tuned(folder, name, "artifacts/tune/again")) == once
    assert {
        "trials.csv",
        "history.csv",
        "importance.csv",
        "curve.csv",
        "report.json",
        "model/model.json",
    } <= once.keys()


@pytest.mark.parametrize("metric", ["log_loss", "accuracy", "f1", "brier", "pr_auc"])
def test_any_metric_of_the_examination_can_be_searched_by(tmp_path: Path, metric: str) -> None:
    folder = trained(project(tmp_path), "linear")
    plain = json.loads((folder / "params.yaml").read_text())
    plain["examination"]["metric"] = metric
    (folder / "params.yaml").write_text(json.dumps(plain))
    report = json.loads((tuned(folder, "linear") / "report.json").read_text())
    assert report["score"] >= report["declared"]
    assert (report["declared"] < 0) == (metric in ("log_loss", "brier"))


def test_a_validation_part_of_one_class_is_refused(tmp_path: Path) -> None:
    folder = trained(project(tmp_path), "linear")
    part = folder / SPLIT / "validation.parquet"
    pl.read_parquet(part).filter(pl.col("buys") == "no").write_parquet(part)
    said = refused_here(folder, "tune", "linear", SPLIT, "artifacts/train/linear", "studies", "artifacts/tune/one")
    assert said.startswith("examination.metric roc_auc has no value on this part: every example is of the class 'no'")


def test_a_damaged_model_to_start_from_is_refused(tmp_path: Path) -> None:
    folder = trained(project(tmp_path), "lightgbm")
    model = folder / "artifacts/train/lightgbm/model/fitted/model.txt"
    model.write_bytes(model.read_bytes()[:-200])
    said = refused_here(folder, "tune", "lightgbm", SPLIT, "artifacts/train/lightgbm", "studies", "artifacts/tune/one")
    assert said == (
        "artifacts/train/lightgbm/model/fitted/model.txt does not have the checksum that was written with it: "
        "restore it, say with `dvc checkout`"
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lightgbm", "tree"])
def test_a_stage_killed_in_the_middle_goes_on_from_its_last_finished_trial(tmp_path: Path, name: str) -> None:
    folder = trained(project(tmp_path, rows=12_000), name)
    plain = json.loads((folder / "params.yaml").read_text())
    plain["tuning"]["trials"] = 30
    (folder / "params.yaml").write_text(json.dumps(plain))
    words = ("tune", name, SPLIT, f"artifacts/train/{name}")
    assert run(folder, *words, "other", "artifacts/tune/whole").returncode == 0

    killed = 0
    for enough in (4, 9, 17):
        command = [sys.executable, "-m", "stages.tune", *words[1:], "studies", "artifacts/tune/killed"]
        process = subprocess.Popen(
            command, cwd=folder, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}, stderr=subprocess.DEVNULL
        )
        while process.poll() is None and finished(folder) < enough:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        assert finished(folder) >= enough
        assert not (folder / "artifacts/tune/killed").exists()
    assert killed == 3
    before = trials(folder)

    assert run(folder, *words, "studies", "artifacts/tune/killed").returncode == 0
    assert contents(folder / "artifacts/tune/killed") == contents(folder / "artifacts/tune/whole")
    assert list((folder / "studies").iterdir()) == []
    with (folder / "artifacts/tune/killed/trials.csv").open(newline="") as file:
        after = {int(row["trial"]): row["score"] for row in csv.DictReader(file)}
    assert len(after) == 30
    assert all(after[number] == ("" if score is None else repr(score)) for number, score in before.items())


def finished(folder: Path) -> int:
    return len(trials(folder))


def trials(folder: Path) -> dict[int, float | None]:
    """Return the scores of the trials that the study has."""
    found = list(folder.glob("studies/*.db"))
    if not found:
        return {}
    study = sqlite3.connect(f"file:{found[0]}?mode=ro", uri=True, timeout=10)
    try:
        said = [json.loads(row[0]) for row in study.execute("SELECT said FROM trials").fetchall()]
    except sqlite3.OperationalError:  # the table is not there yet
        return {}
    finally:
        study.close()
    return {trial["number"]: trial["score"] for trial in said}
