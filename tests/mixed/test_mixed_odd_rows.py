"""Rows that lack a part, tables that lack one altogether, other targets; and what is said of what cannot be."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from mixed_rows import SAID, SMALL, ingested, rows
from ruamel.yaml import YAML

from syllabus import architectures, modalities, models, params, parts, training
from syllabus.errors import Unmet
from syllabus.examples import Examples
from syllabus.settings import Data, Split


def answered(folder: Path, frame: pl.DataFrame, **other: Any) -> tuple[Examples, Any]:
    """Return the test examples, and what `fusion` answers on them."""
    data, table, _ = ingested(folder, frame, **other)
    _shared(folder, table, data)
    known = training.prepare(data, folder)
    fusion: Any = architectures.load("fusion")
    asked = fusion.Params(**SMALL | {"epochs": 8})
    fitted = fusion.fit(asked, known.train, known.validation, seed=1, report=lambda *_: None)
    test = models.examples(known.modality, known.encoding, folder, "test")
    return test, fitted.predict(test)


def _shared(folder: Path, table: pl.DataFrame, data: Data) -> None:
    placed = modalities.load("mixed").split(table.lazy(), data, Split(), seed=1)
    for name in ("train", "validation", "test"):
        parts.part(table.lazy(), placed, name).collect().write_parquet(folder / f"{name}.parquet")


def told(report: dict[str, Any], rule: str) -> list[int]:
    return [one["rows"] for one in report["changes"] if one["rule"] == rule]


def without(frame: pl.DataFrame, name: str, some: Iterable[int]) -> pl.DataFrame:
    lost = pl.int_range(len(frame)).is_in(list(some))
    return frame.with_columns(pl.when(~lost).then(name).alias(name))


@pytest.mark.parametrize("lacking", ["image", "title", "title column", "columns"])
def test_a_table_without_one_of_the_parts_is_learned_from_the_others(tmp_path: Path, lacking: str) -> None:
    frame = rows(240)
    roles: dict[str, Any] = {}
    if lacking == "title column":
        frame, roles = frame.drop("title"), {"options": {"image": {"size": [8, 8]}, "text": {"columns": []}}}
    elif lacking == "columns":
        frame, roles = frame.drop("size", "kind"), {"columns": {}}
    else:
        frame = without(frame, lacking, range(240))
    test, found = answered(tmp_path, frame, **roles)
    assert (found.argmax(axis=1) == test.labels).mean() > 0.65


def test_rows_that_lack_a_picture_or_a_text_are_examples_as_declared(tmp_path: Path) -> None:
    frame = without(without(rows(), "image", range(0, 150, 5)), "title", range(0, 150, 3))
    _, table, report = ingested(tmp_path / "kept", frame)
    assert (len(table), told(report, "no_picture")) == (150, [30])
    assert table["alike"].n_unique() == 150  # blank pictures have nothing in common, nor have empty texts
    options = {"image": {"size": [8, 8], "missing": "drop"}, "text": {"columns": ["title"], "empty": "drop"}}
    _, table, _ = ingested(tmp_path / "dropped", frame, options=options)
    assert len(table) == sum(1 for at in range(150) if at % 5 and at % 3)


def test_a_model_answers_on_rows_that_lack_a_part(tmp_path: Path) -> None:
    frame = without(without(rows(240), "image", range(0, 240, 2)), "title", range(1, 240, 2))
    test, found = answered(tmp_path, frame)
    assert np.isfinite(found).all()
    assert (found.argmax(axis=1) == test.labels).mean() > 0.65


def test_a_number_is_learned_from_rows_of_several_parts(tmp_path: Path) -> None:
    frame = rows(240)
    price = 100 + 20 * frame["size"] + 30 * frame["title"].str.contains("bad").cast(float)
    task: dict[str, Any] = {"task": "regression", "target": "price"}
    test, found = answered(tmp_path, frame.with_columns(price.alias("price")).drop("sort"), **task)
    assert ((found - test.labels) ** 2).mean() < 0.6 * test.labels.var()


def test_a_class_of_few_rows_is_learned_and_never_only_examined(tmp_path: Path) -> None:
    frame = rows(240).with_columns(pl.when(pl.int_range(240) < 8).then(pl.lit("rare")).otherwise("sort").alias("sort"))
    test, found = answered(tmp_path, frame)
    assert found.shape[1] == 3
    assert np.allclose(found.sum(axis=1), 1)
    assert "rare" in test.task.classes
    held = [pl.read_parquet(tmp_path / f"{name}.parquet")["sort"] for name in ("train", "validation", "test")]
    assert all("rare" in part for part in held)


def test_one_picture_for_all_rows_joins_them_unless_pictures_are_not_to(tmp_path: Path) -> None:
    frame = rows()
    frame = frame.with_columns(pl.Series("image", [frame["image"][0]] * 150))
    data, table, _ = ingested(tmp_path / "joined", frame)
    with pytest.raises(Unmet, match="part"):
        _shared(tmp_path / "joined", table, data)
    options = SAID["data"]["options"] | {"together": ["text"]}
    data, table, _ = ingested(tmp_path / "apart", frame, options=options)
    assert table["alike"].n_unique() == 150
    _shared(tmp_path / "apart", table, data)


def test_a_broken_picture_is_dropped_or_refused_as_declared(tmp_path: Path) -> None:
    frame = rows()
    frame = frame.with_columns(pl.Series("image", [b"no picture", *frame["image"].to_list()[1:]]))
    _, table, report = ingested(tmp_path / "dropped", frame)
    assert (len(table), told(report, "unreadable")) == (149, [1])
    options = {"image": {"size": [8, 8], "broken": "refuse"}, "text": {"columns": ["title"]}}
    with pytest.raises(Unmet, match=r"row 1: .*broken: drop"):
        ingested(tmp_path / "refused", frame, options=options)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"image": {"sise": [8, 8]}}, "data.options.image.sise"),
        ({"text": {"columns": "title"}}, "data.options.text.columns"),
        ({"together": ["title"]}, "data.options.together"),
        ({"picture": "image"}, "data.options.picture"),
    ],
)
def test_a_wrong_option_is_named(tmp_path: Path, options: dict[str, Any], named: str) -> None:
    said = SAID | {"data": SAID["data"] | {"options": SAID["data"]["options"] | options}}
    with (tmp_path / "params.yaml").open("w") as file:
        YAML().dump(said, file)
    with pytest.raises(Unmet) as caught:
        params.read(tmp_path / "params.yaml")
    assert named in str(caught.value)
