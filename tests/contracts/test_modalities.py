"""What every modality promises, found by discovery: a new one is tested by adding its file and a raw source."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import polars as pl
import pytest
import raw_sources

from syllabus import frames, modalities, parts, splitting
from syllabus.batches import content
from syllabus.errors import Unmet
from syllabus.frames import ROW
from syllabus.settings import Data, Split


@dataclass(frozen=True)
class Made:
    modality: ModuleType
    data: Data
    table: pl.LazyFrame
    report: dict[str, Any]
    parts: pl.DataFrame
    split: Split

    def part(self, name: str) -> pl.LazyFrame:
        return parts.part(self.table, self.parts, name)


def digest(path: Path) -> str:
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files if file.is_file())).hexdigest()


@pytest.fixture(scope="module", params=modalities.names())
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp(request.param)
    modality = modalities.load(request.param)
    data = getattr(raw_sources, request.param)(folder)
    report = modality.read(data, folder / "out" / "table.parquet")
    table = frames.scan(folder / "out" / "table.parquet")
    split = raw_sources.SPLITS.get(request.param, Split())
    return Made(modality, data, table, report, modality.split(table, data, split, seed=1), split)


def test_a_table_of_one_row_an_example_is_read(made: Made) -> None:
    names = made.table.collect_schema().names()
    rows = made.table.select(ROW).collect()[ROW]
    assert names[0] == ROW
    assert rows.is_sorted()
    assert rows.is_unique().all()
    assert made.report["rows"] == len(rows)
    assert set(made.report["columns"]) == set(names) - {ROW}
    assert {"rule", "rows", "examples"} <= set(made.report["changes"][0])
    json.dumps(made.report, allow_nan=False)


def test_the_columns_are_known_from_the_head(made: Made) -> None:
    assert modalities.target(made.data) in made.modality.columns(made.data)


def test_reading_again_gives_the_same_bytes_and_leaves_the_source(made: Made, tmp_path: Path) -> None:
    before = digest(Path(made.data.source))
    for name in ("one", "two"):
        assert made.modality.read(made.data, tmp_path / name / "table.parquet") == made.report
    assert digest(tmp_path / "one") == digest(tmp_path / "two")
    assert digest(Path(made.data.source)) == before


def test_every_row_is_in_one_part(made: Made) -> None:
    assert made.parts.columns == [ROW, "part"]
    assert made.parts[ROW].sort().equals(made.table.select(ROW).collect()[ROW].sort())
    assert set(made.parts["part"].unique()) == set(splitting.PARTS)
    again = made.modality.split(made.table, made.data, made.split, seed=1)
    assert again.equals(made.parts)


def test_examples_are_the_arrays_that_it_gives_and_the_target(made: Made) -> None:
    learned = made.modality.learn(made.part("train"), made.data)
    for name in splitting.PARTS:
        examples = made.modality.examples(made.part(name), learned)
        rows = made.part(name).select(ROW).collect()[ROW]
        # An example is a row, or says which row it is about.
        assert len(examples) == len(rows if examples.rows is None else examples.rows)
        assert examples.rows is None or set(examples.rows) <= set(rows)
        assert set(examples.arrays) == set(made.modality.GIVES)
        assert {len(array) for array in examples.arrays.values()} == {len(examples)}
        assert len(examples.labels) == len(examples)
        assert np.nanmin(examples.labels) >= 0


def test_examples_without_a_target_are_read_too(made: Made) -> None:
    if getattr(made.modality, "LOOKS_BACK", False):
        pytest.skip("says that it looks back at the target itself")
    learned = made.modality.learn(made.part("train"), made.data)
    test = made.part("test")
    if not made.data.target:
        pytest.skip("predicts no column")
    asked = made.modality.examples(test.drop(made.data.target), learned)
    known = made.modality.examples(test, learned)
    assert asked.target is None
    for name, array in known.arrays.items():
        np.testing.assert_array_equal(asked.arrays[name], array)


def test_an_encoding_is_written_as_json_and_read_back(made: Made) -> None:
    learned = made.modality.learn(made.part("train"), made.data)
    again = made.modality.encoding(json.loads(json.dumps(learned.plain())), learned.arrays())
    assert again.plain() == learned.plain()
    one, other = (made.modality.examples(made.part("test"), each) for each in (learned, again))
    for name, array in one.arrays.items():
        assert bytes(content(other.arrays[name])) == bytes(content(array))
    np.testing.assert_array_equal(one.labels, other.labels)


def test_a_signature_says_what_each_column_must_be(made: Made) -> None:
    train = made.part("train")
    described = made.modality.signature(train, made.modality.learn(train, made.data))
    assert described
    assert {column["name"] for column in described} <= set(train.collect_schema().names()) - {made.data.target}
    assert all({"type", "role", "missing"} <= set(column) for column in described)
    json.dumps(described, allow_nan=False)


def test_a_source_that_is_not_there_is_one_sentence(made: Made, tmp_path: Path) -> None:
    gone = made.data.model_copy(update={"source": str(tmp_path / "gone.csv")})
    for read in (lambda: made.modality.columns(gone), lambda: made.modality.read(gone, tmp_path / "table.parquet")):
        with pytest.raises(Unmet, match=r"gone\.csv: no such file"):
            read()
    assert list(tmp_path.iterdir()) == []
