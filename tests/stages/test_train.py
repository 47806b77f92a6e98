"""Training fits a candidate as declared, learns from train alone, and leaves a model, its curve and nothing else."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import easy
import numpy as np
import polars as pl
import pytest
from parts import CHECKPOINTS, SPLIT, call, project
from raw import ROOT, contents, refused_here

from stages.train import train
from syllabus import frames, models
from syllabus.losses import log_loss

NAMES = easy.for_tables()
OUT = "artifacts/train/one"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return project(tmp_path)


@pytest.mark.parametrize("name", NAMES)
def test_the_model_that_is_saved_is_the_best_point_of_its_curve(folder: Path, name: str) -> None:
    out = call(folder, train, name, SPLIT, CHECKPOINTS, OUT)
    with (out / "curve.csv").open(newline="") as file:
        curve = list(csv.DictReader(file))
    report = json.loads((out / "report.json").read_text())
    best = min(curve, key=lambda point: float(point["validation"]))
    assert [int(point["iteration"]) for point in curve] == list(range(1, len(curve) + 1))
    assert report["best"] == int(best["iteration"])
    model = models.load(out / "model")
    validation = model.examples(frames.scan(folder / SPLIT / "validation.parquet"))
    assert log_loss(model.fitted.predict(validation), validation.labels) == pytest.approx(float(best["validation"]))


@pytest.mark.parametrize("name", NAMES)
def test_two_runs_give_the_same_files(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYLLABUS_THREADS", "1")
    once = contents(call(folder, train, name, SPLIT, CHECKPOINTS, OUT))
    monkeypatch.setenv("SYLLABUS_THREADS", "2")
    assert contents(call(folder, train, name, SPLIT, CHECKPOINTS, "artifacts/train/again")) == once
    assert {"curve.csv", "report.json", "model/model.json"} <= once.keys()


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_learned_from_validation_or_test(folder: Path, name: str) -> None:
    """Whatever validation says, the encoding is train's; and there need not be a test."""
    (folder / SPLIT / "test.parquet").unlink()
    validation = frames.scan(folder / SPLIT / "validation.parquet").collect()
    strange = validation.with_columns(town=pl.lit("elsewhere"), age=pl.lit(1e6))
    strange.write_parquet(folder / SPLIT / "validation.parquet")
    model = models.load(call(folder, train, name, SPLIT, CHECKPOINTS, OUT) / "model")
    assert "elsewhere" not in model.encoding.categorical["town"].known
    other = project(folder / "other", **{name: {}})
    assert models.load(call(other, train, name, SPLIT, CHECKPOINTS, OUT) / "model").encoding == model.encoding


def test_what_is_to_be_ignored_is_not_read(folder: Path) -> None:
    encoding = models.load(call(folder, train, "linear", SPLIT, CHECKPOINTS, OUT) / "model").encoding
    assert encoding.numeric == ("age",)
    assert list(encoding.categorical) == ["town", "sex"]


def test_declared_parameters_are_used_and_written_with_the_defaults(tmp_path: Path) -> None:
    folder = project(tmp_path, tree={"max_depth": 2})
    out = call(folder, train, "tree", SPLIT, CHECKPOINTS, OUT)
    params = json.loads((out / "model" / "model.json").read_text())["params"]
    assert params == {"ccp_alpha": 0.0, "criterion": "gini", "max_depth": 2, "min_samples_leaf": 20}
    assert len((out / "curve.csv").read_text().splitlines()) == 1 + 3  # the root alone, and two levels


def test_a_missing_value_and_an_unseen_category_are_answered(folder: Path) -> None:
    for name in NAMES:
        model = models.load(call(folder, train, name, SPLIT, CHECKPOINTS, f"artifacts/train/{name}") / "model")
        rows = pl.LazyFrame({"age": [None, 40.0], "town": ["elsewhere", None], "sex": [None, "f"]})
        answered = model.predict(rows)
        assert answered.shape == (2, 2)
        assert np.isfinite(answered).all()


def test_an_architecture_that_lacks_a_part_is_refused(tmp_path: Path) -> None:
    folder = project(tmp_path, mine={})
    (folder / "architectures").mkdir()
    own = "from syllabus import architectures\n\n\nclass Params(architectures.Params):\n    pass\n"
    (folder / "architectures" / "mine.py").write_text(own)
    said = refused_here(folder, "train", "mine", SPLIT, CHECKPOINTS, OUT)
    assert said == (
        "architectures/mine.py lacks READS, TASKS, SEARCH, SIDE_BY_SIDE, space, fit, load; "
        "one has READS, TASKS, Params, SEARCH, SIDE_BY_SIDE, space, fit, load"
    )


def test_an_architecture_that_reads_what_the_modality_does_not_give_is_refused(tmp_path: Path) -> None:
    folder = project(tmp_path, mine={})
    (folder / "architectures").mkdir()
    own = easy.OWN.replace('{"numeric", "categorical"}', '{"tokens", "numeric"}')
    (folder / "architectures" / "mine.py").write_text(own)
    assert (
        refused_here(folder, "train", "mine", SPLIT, CHECKPOINTS, OUT)
        == "mine reads tokens, which tables does not give"
    )


def test_a_projects_own_architecture_is_trained_and_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = project(tmp_path, mine={"smoothing": 2.0})
    (folder / "architectures").mkdir()
    (folder / "architectures" / "mine.py").write_text(easy.OWN)
    out = call(folder, train, "mine", SPLIT, CHECKPOINTS, OUT)
    monkeypatch.chdir(folder)
    model = models.load(out / "model")
    assert model.params == {"smoothing": 2.0}
    assert len(model.predict(frames.scan(folder / SPLIT / "test.parquet"))) == 150


@pytest.mark.parametrize("name", ["lightgbm", "linear"])
def test_what_takes_long_to_import_and_is_not_needed_stays_out(folder: Path, name: str) -> None:
    call(folder, train, name, SPLIT, CHECKPOINTS, OUT)
    code = f"""
import sys
from pathlib import Path
import easy
from syllabus import frames, models, params
from stages.train import train
Path("again").mkdir()
train(params.read(Path("params.yaml")), {name!r}, Path({SPLIT!r}), Path({CHECKPOINTS!r}), Path("again"))
models.load(Path("again/model")).predict(frames.scan(Path({SPLIT!r}) / "test.parquet"))
print(*easy.heavy())
import pandas, sklearn
print(pandas.DataFrame({{"x": [1]}}).shape)
"""
    command = [sys.executable, "-W", "error", "-c", code]
    path = f"{ROOT}:{ROOT / 'tests'}"
    done = subprocess.run(command, cwd=folder, env={"PYTHONPATH": path}, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[1:] == ["", "(1, 1)"], done.stdout
    model = "model/fitted"
    assert contents(folder / "again" / model) == contents(folder / OUT / model)
