"""Examples are the same however many rows are read at a time, and LightGBM never holds the whole table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from syllabus import batches, frames
from syllabus.architectures import lightgbm
from syllabus.batches import Batched
from syllabus.examples import Examples
from syllabus.modalities import tables
from syllabus.settings import Data

DATA = Data.model_validate({"modality": "tables", "source": "x.csv", "target": "y"}, strict=False)


def part(folder: Path, rows: int = 400) -> pl.LazyFrame:
    random = np.random.default_rng(5)
    size = random.normal(size=rows)
    town = random.choice(["Ayr", "Bath", "Cork"], rows)
    frame = pl.DataFrame(
        {
            "row": pl.Series(range(1, rows + 1), dtype=pl.UInt64),
            "size": [None if n % 11 == 0 else value for n, value in enumerate(size)],
            "town": [None if n % 13 == 0 else value for n, value in enumerate(town)],
            "seen": pl.datetime_range(pl.datetime(2020, 1, 1), pl.datetime(2020, 1, 1) + pl.duration(days=rows - 1), "1d", eager=True),
            "y": np.where(size + (town == "Cork") > 0.5, "yes", "no"),
        }
    )  # fmt: skip
    frames.sink(frame.lazy(), folder / "part.parquet")
    return frames.scan(folder / "part.parquet")


def read(table: pl.LazyFrame) -> Examples:
    return tables.examples(table, tables.learn(table, DATA))


def fitted(examples: Examples) -> str:
    params = lightgbm.Params(num_iterations=12, min_data_in_leaf=5)
    return lightgbm.fit(params, examples, examples, seed=2, report=lambda *_: None).text


@pytest.mark.parametrize("size", [1, 7, 400, 1000])
def test_the_size_of_batches_changes_nothing(size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = part(tmp_path)
    whole = read(table)
    model, arrays = fitted(whole), {name: whole.arrays[name] for name in whole.arrays}
    monkeypatch.setattr(batches, "BATCH", size)
    again = read(table)
    assert fitted(again) == model
    joined = {name: np.concatenate([some[name] for some in again.batches()]) for name in arrays}
    for name, array in arrays.items():
        np.testing.assert_array_equal(joined[name], array)
        np.testing.assert_array_equal(again.arrays[name], array)


def test_a_fit_and_its_answers_never_read_more_than_a_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "BATCH", 50)
    examples = read(part(tmp_path))
    asked: list[int] = []
    assert isinstance(examples.arrays, Batched)
    reading = examples.arrays._read

    def noted(start: int, stop: int) -> Any:
        asked.append(stop - start)
        return reading(start, stop)

    monkeypatch.setattr(examples.arrays, "_read", noted)
    params = lightgbm.Params(num_iterations=3)
    model = lightgbm.fit(params, examples, examples, seed=2, report=lambda *_: None)
    assert model.predict(examples).shape == (400, 2)
    assert set(asked) == {50}
    assert not examples.arrays._whole


def test_a_table_without_rows_has_arrays_without_rows(tmp_path: Path) -> None:
    table = part(tmp_path)
    none = tables.examples(table.head(0), tables.learn(table, DATA))
    assert len(none) == 0
    assert [array.shape[0] for array in none.arrays.values()] == [0, 0]


def test_arrays_that_take_much_lie_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []

    def read(start: int, stop: int) -> dict[str, Any]:
        asked.append((start, stop))
        return {"a": np.arange(start, stop)[:, None] * [1, 2], "b": np.arange(start, stop) > 3}

    monkeypatch.setattr(batches, "MAPPED", 100)
    arrays = batches.Batched(("a", "b"), 10, read, batch=4)
    assert (arrays["a"] == np.arange(10)[:, None] * [1, 2]).all()
    assert arrays["b"].tolist() == [False] * 4 + [True] * 6
    assert asked == [(0, 4), (4, 8), (8, 10)]
    assert isinstance(arrays["a"].base, np.memmap)
    assert not isinstance(arrays["b"].base, np.memmap)
    assert arrays.between(2, 5)["a"].tolist() == [[2, 4], [3, 6], [4, 8]]
