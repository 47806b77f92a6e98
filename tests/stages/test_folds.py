"""Few rows: every row of train and validation is answered by a model that has not seen it, and that decides."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from parts import CHECKPOINTS, SPLIT, call, project

from stages.train import train
from stages.tune import tune
from syllabus import architectures, folds, frames, params, scoring, splitting
from syllabus.errors import Unmet
from syllabus.settings import Data, Settings, Split


def few(folder: Path, rows: int = 150, **sections: dict[str, Any]) -> Settings:
    """Make a project of few rows; return its settings."""
    project(folder, rows=rows, linear={})
    plain = json.loads((folder / "params.yaml").read_text())
    for name, section in sections.items():
        plain[name] = plain.get(name, {}) | section
    (folder / "params.yaml").write_text(json.dumps(plain))
    return params.read(folder / "params.yaml")


def made(folder: Path, settings: Settings) -> folds.Folds | None:
    judging = scoring.judging("roc_auc", 0.5)
    return folds.make(settings.data, settings.split, folder / SPLIT, settings.tuning.folds, judging, seed=3)


def test_no_row_is_answered_by_a_model_that_saw_it(tmp_path: Path) -> None:
    found = made(tmp_path, few(tmp_path))
    assert found is not None
    assert sorted(np.concatenate([fold.rows for fold in found.each])) == list(range(135))
    ages = found.whole.arrays["numeric"][:, 0]
    for fold in found.each:
        np.testing.assert_array_equal(fold.held.arrays["numeric"][:, 0], ages[fold.rows])
        np.testing.assert_array_equal(fold.held.labels, found.whole.labels[fold.rows])
        assert len(fold.train) + len(fold.watched) + len(fold.held) == 135
    linear = architectures.load("linear")
    given = found.answers(linear, {})
    fold = found.each[2]
    fitted = linear.fit(linear.Params(), fold.train, fold.watched, seed=3, report=lambda *_: None)
    np.testing.assert_array_equal(given[fold.rows], fitted.predict(fold.held))


@pytest.mark.parametrize(
    ("rows", "asked", "count"),
    [(150, {}, 5), (150, {"folds": "none"}, 0), (150, {"folds": 8}, 8), (1500, {}, 0), (1500, {"folds": 3}, 3)],
)
def test_few_rows_have_folds_and_many_have_those_that_are_asked(
    tmp_path: Path, rows: int, asked: dict[str, Any], count: int
) -> None:
    found = made(tmp_path, few(tmp_path, rows, tuning=asked))
    assert (0 if found is None else len(found.each)) == count


def test_groups_stay_whole_and_time_is_not_shuffled(tmp_path: Path) -> None:
    settings = few(tmp_path)
    table = frames.scan(tmp_path / SPLIT / "train.parquet").collect()
    codes = splitting.folds(table, settings.data, Split(method="group", by="town"), 4, seed=1)
    assert pl.DataFrame({"town": table["town"], "fold": codes}).unique().height == table["town"].n_unique()
    by_time = settings.model_copy(update={"split": Split(method="time", by="age")})
    assert made(tmp_path, by_time) is None
    with pytest.raises(Unmet, match=r"tuning\.folds: folds would tell the past what comes after it"):
        few(tmp_path / "timed", split={"method": "time", "by": "age"}, tuning={"folds": 5})


def test_a_class_of_few_rows_has_fewer_folds_or_none(tmp_path: Path) -> None:
    settings = few(tmp_path)
    rarely(tmp_path, "train", 3)
    rarely(tmp_path, "validation", 1)
    found = made(tmp_path, settings)
    assert found is not None
    assert len(found.each) == 4
    rarely(tmp_path, "train", 1)
    rarely(tmp_path, "validation", 0)
    assert made(tmp_path, settings) is None
    with pytest.raises(Unmet, match="6 folds of 135 rows do not each hold every class"):
        made(tmp_path, settings.model_copy(update={"tuning": settings.tuning.model_copy(update={"folds": 6})}))


def rarely(folder: Path, part: str, rows: int) -> None:
    """Give so many rows of a part a third class."""
    path = folder / SPLIT / f"{part}.parquet"
    table = pl.read_parquet(path).with_columns(pl.col("buys").replace("maybe", "no"))
    rare = pl.when(pl.int_range(pl.len()) < rows).then(pl.lit("maybe")).otherwise("buys").alias("buys")
    table.with_columns(rare).write_parquet(path)


def test_the_search_is_judged_by_folds_and_repeats_to_the_byte(tmp_path: Path) -> None:
    few(tmp_path)
    call(tmp_path, train, "linear", SPLIT, CHECKPOINTS, "artifacts/train/linear")
    written = []
    for out in ("once", "again"):
        folder = call(tmp_path, tune, "linear", SPLIT, "artifacts/train/linear", "studies", f"artifacts/{out}")
        written.append({file.name: file.read_bytes() for file in folder.rglob("*") if file.is_file()})
    assert written[0] == written[1]
    report = json.loads((tmp_path / "artifacts/once/report.json").read_text())
    assert report["folds"] == 5
    answered = folds.load(tmp_path / "artifacts/once/out_of_fold.safetensors")
    found = made(tmp_path, params.read(tmp_path / "params.yaml"))
    assert found is not None
    assert report["declared"] == found.judge(answered["declared"])
    assert ("tuned" in answered) == report["improved"] == (report["score"] > report["declared"])


def test_a_regression_has_folds_too(tmp_path: Path) -> None:
    settings = few(tmp_path)
    data = Data(modality="tables", source="x", target="age", task="regression")
    for part in splitting.PARTS:
        path = tmp_path / SPLIT / f"{part}.parquet"
        pl.read_parquet(path).with_columns(pl.col("age").fill_null(40)).write_parquet(path)
    judging = scoring.judging("mae", 0.5)
    found = folds.make(data, settings.split, tmp_path / SPLIT, "auto", judging, seed=3)
    assert found is not None
    assert found.score(architectures.load("tree"), {}) < 0
