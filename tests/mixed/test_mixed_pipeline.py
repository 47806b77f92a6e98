"""Rows of a picture, a text and columns through all seven stages; what they may not be; and what stays together."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from mixed_rows import SAID, ingested, rows
from ruamel.yaml import YAML

from stages.evaluate import evaluate
from stages.ingest import ingest
from stages.register import register
from stages.split import split
from stages.train import train
from stages.tune import tune
from stages.validate import validate
from syllabus import modalities, params, parts
from syllabus.errors import Unmet
from syllabus.frames import ROW
from syllabus.settings import Data, Split


@pytest.mark.slow
def test_a_mixed_table_becomes_a_registered_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows().write_parquet(tmp_path / "a.parquet")
    rule = {"type": "expect_column_values_to_not_be_null", "severity": "critical", "kwargs": {"column": "text"}}
    (tmp_path / "suite.json").write_text(json.dumps({"name": "a", "expectations": [rule]}))
    (tmp_path / "lock").write_text("")
    with (tmp_path / "params.yaml").open("w") as file:
        YAML().dump(SAID, file)
    monkeypatch.chdir(tmp_path)
    settings, out = params.read(), Path("artifacts")
    for name in ("ingest", "validate", "split", "train", "tune", "evaluate", "register"):
        (out / name).mkdir(parents=True)
    ingest(settings, out / "ingest")
    validate(settings, out / "ingest", out / "validate")
    split(settings, out / "ingest", out / "validate", out / "split")
    for name in settings.candidates:
        train(settings, name, out / "split", Path("kept"), out / "train" / name)
        tune(settings, name, out / "split", out / "train" / name, Path("studies"), out / "tune" / name)
    evaluate(settings, out / "split", out / "train", out / "tune", out / "evaluate")
    read = [out / "ingest", out / "validate", out / "split"]
    made = [out / "train", out / "tune", out / "evaluate"]
    register(settings, read[0], read[1], read[2], made[0], made[1], made[2], Path("lock"), out / "register")

    found = json.loads((out / "evaluate" / "report.json").read_text())
    assert found["test"]["metrics"]["accuracy"]["value"] > 0.7
    assert json.loads((out / "register" / "decision.json").read_text())["registered"]
    page = (out / "register" / "report.html").read_text()
    assert all(f'<th scope="row">{name}</th>' in page for name in ("pixels", "text", "size", "kind"))
    asked = json.loads((out / "register" / "package" / "signature.json").read_text())
    assert {"pixels", "text", "size", "kind"} <= set(re.findall(r'"name": "(\w+)"', json.dumps(asked)))


def test_what_is_alike_in_picture_or_text_stays_in_one_part_and_fold(tmp_path: Path) -> None:
    frame = rows()
    # 1 and 2 share a picture, 2 and 3 a title: none may stand apart from the others.
    image, title = frame["image"].to_list(), frame["title"].to_list()
    for first in range(0, 120, 3):
        image[first + 1], title[first + 2] = image[first], title[first + 1]
    frame = frame.with_columns(pl.Series("image", image), pl.Series("title", title))
    data, table, _ = ingested(tmp_path, frame)
    trios = table.head(120).with_columns(((pl.col(ROW) - 1) // 3).alias("trio"))
    assert (trios.group_by("trio").agg(pl.col("alike").n_unique())["alike"] == 1).all()
    assert table["alike"].n_unique() == 40 + 30
    modality = modalities.load("mixed")
    placed = modality.split(table.lazy(), data, Split(), seed=1)
    found = parts.part(table.lazy(), placed, "train").collect()
    others = table.filter(~pl.col(ROW).is_in(found[ROW].implode()))
    assert set(found["alike"]).isdisjoint(others["alike"])
    codes = modality.folds(table, data, Split(), 3, seed=1)
    shared = table.with_columns(pl.Series("fold", codes)).group_by("alike").agg(pl.col("fold").n_unique())
    assert (shared["fold"] == 1).all()


def test_rows_without_a_text_are_kept_and_have_nothing_in_common(tmp_path: Path) -> None:
    frame = rows().with_columns(pl.when(pl.int_range(150) % 10 > 0).then("title").alias("title"))
    _, table, _ = ingested(tmp_path, frame)
    assert len(table) == 150
    assert table["alike"].n_unique() == 150


def test_only_what_is_alike_in_all_parts_is_dropped(tmp_path: Path) -> None:
    frame = rows()
    again = frame.head(4).with_columns(
        pl.Series("title", [*frame["title"].head(2), "another one", frame["title"][3]]),
        pl.Series("size", [frame["size"][0], 7.0, frame["size"][2], frame["size"][3]]),
    )
    frame = pl.concat([frame, again])
    _, table, report = ingested(tmp_path / "all", frame, cleaning={"duplicates": "drop"})
    assert len(table) == 152  # another title or another number is another example
    assert [one["rows"] for one in report["changes"] if one["rule"] == "duplicates"] == [2]
    _, table, report = ingested(tmp_path / "near", frame, cleaning={"near_duplicates": "drop"})
    assert len(table) == 151
    assert [one["rows"] for one in report["changes"] if one["rule"] == "twins"] == [1]
    _, _, report = ingested(tmp_path / "flag", frame)
    assert [one["rows"] for one in report["flags"] if one["kind"] == "twins"] == [1]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"image": {"picture": "photo"}}, "data.options.image.picture: photo is not a column"),
        ({"text": {"columns": ["name"]}}, "data.options.text.columns: name is not a column"),
        ({"text": {"columns": ["sort"]}}, "data.options.text.columns: sort is the target"),
        ({"image": {"picture": "sort"}}, "data.options.image.picture: sort is the target or a text, too"),
        ({"text": {"columns": ["size"]}}, "data.options.text.columns: column size"),
    ],
)
def test_a_column_that_cannot_be_meant_is_one_sentence(tmp_path: Path, options: Any, told: str) -> None:
    own = {part: SAID["data"]["options"][part] | options.get(part, {}) for part in ("image", "text")}
    with pytest.raises(Unmet) as caught:
        ingested(tmp_path, rows(), options=own)
    assert told in str(caught.value)


def test_a_folder_of_pictures_is_no_mixed_table(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    data = Data.model_validate(SAID["data"] | {"source": str(tmp_path / "folder"), "columns": {}})
    with pytest.raises(Unmet, match="a folder holds no rows"):
        modalities.load("mixed").read(data, tmp_path / "out.parquet")
