"""What alone tells the target of train is listed with the column that it comes from; what merely helps is not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from syllabus import leaks
from syllabus.examples import Column, Examples, Task
from syllabus.features import examples, learn
from syllabus.settings import Data

ROWS = 3000
DRAW = np.random.default_rng(4)
LEFT = DRAW.random(ROWS) < 0.2


def of_leaving(target: str = "left") -> pl.DataFrame:
    """Return customers, some of whom left, with what helps to tell it and what is known only afterwards."""
    told = DRAW.random(ROWS) < 0.9
    date = pl.Series([f"2024-0{1 + n % 9}-1{n % 7}" if gone else None for n, gone in enumerate(LEFT)], dtype=pl.String)
    return pl.DataFrame(
        {
            "age": DRAW.integers(18, 90, ROWS) + 9.0 * LEFT,
            "town": DRAW.choice(["Ulm", "Bern", "Graz"], ROWS),
            "ended": date.str.to_date(),
            "reason": [str(DRAW.choice(["price", "moved"])) if gone else "none" for gone in LEFT],
            "refund": np.where(LEFT & told, DRAW.integers(5, 50, ROWS), 0),
            "call": np.where(LEFT & told, "yes", "no"),
            "paid": np.where(DRAW.random(ROWS) < 0.5, DRAW.integers(5, 50, ROWS) - 9 * LEFT, 0),
            target: np.where(LEFT, "yes", "no"),
        }
    )


def read(table: pl.DataFrame, **data: object) -> Examples:
    rows = table.with_row_index("row", 1).lazy()
    plain = {"modality": "tables", "source": "x.csv", "target": "left", **data}
    return examples(rows, learn(rows, Data.model_validate(plain)))


def test_a_leak_is_named_by_its_column_once_the_strongest_first() -> None:
    found = leaks.suspects(read(of_leaving()))
    assert [one["column"] for one in found] == ["ended", "reason", "refund", "call"]
    assert [one["explains"] is not None for one in found] == [True, True, False, False]
    assert found[2] == {"column": "refund", "explains": None, "class": "yes", "within": 1.0, "of": found[2]["of"], "gap": False}  # fmt: skip
    assert 0.87 < found[2]["of"] < 0.93


def test_what_is_ignored_is_not_asked_about() -> None:
    ignored = dict.fromkeys(("ended", "reason", "refund", "call"), "ignore")
    assert leaks.suspects(read(of_leaving(), columns=ignored)) == []


def test_a_number_that_follows_from_another_is_a_leak_and_one_with_noise_is_none() -> None:
    value = DRAW.lognormal(size=ROWS)
    table = pl.DataFrame({"cents": value * 100, "near": value * np.exp(DRAW.normal(0, 0.5, ROWS)), "left": value})
    (found,) = leaks.suspects(read(table, task="regression"))
    assert (found["column"], found["explains"]) == ("cents", pytest.approx(0.999, abs=0.002))


def test_plain_columns_that_tell_a_lot_are_no_marks() -> None:
    """A sex that decides who has a disease, a gap by chance, a rare word, and few rows are no questions."""
    sick = DRAW.random(ROWS) < 0.04
    male = sick | (DRAW.random(ROWS) < 0.5)
    seldom = np.zeros(ROWS)
    seldom[np.flatnonzero(sick)[:5]] = 1
    table = pl.DataFrame(
        {
            "male": male.astype(int),
            "female": (~male).astype(int),
            "height": pl.Series(np.where(DRAW.random(ROWS) < 0.5, DRAW.normal(170, 9, ROWS), np.nan)).fill_nan(None),
            "seldom": seldom,
            "words": [f"a note on {'pain and ache' if s else 'this and that'} {n % 50}" for n, s in enumerate(sick)],
            "left": np.where(sick, "yes", "no"),
        }
    )
    assert [one["column"] for one in leaks.suspects(read(table, columns={"words": "text"}))] == ["words"]


def test_a_rare_class_and_pairs_of_rows_hide_no_leak() -> None:
    table = pl.DataFrame({"twin": [1.0, 2.0] * 999 + [3.0], "left": ["a", "b"] * 999 + ["c"]})
    assert [one["column"] for one in leaks.suspects(read(table))] == ["twin"]


def test_examples_without_columns_have_none_to_suspect() -> None:
    target = (np.arange(400) % 2).astype(np.int64)
    images = Examples(Task("classification", ("a", "b")), {"pixels": np.repeat(target[:, None], 9, 1)}, target)
    assert leaks.suspects(images) == []


def test_columns_of_chance_are_not_suspected(tmp_path: Path) -> None:
    rows = 30_000
    columns = {f"n{place}": DRAW.normal(size=rows) for place in range(8)}
    columns |= {f"c{place}": DRAW.choice(np.array([f"k{n}" for n in range(300)]), rows) for place in range(7)}
    table = pl.DataFrame(columns | {"left": DRAW.choice(["a", "b", "c"], rows)})
    table.with_row_index("row", 1).write_parquet(tmp_path / "train.parquet")
    source = table.with_row_index("row", 1).lazy()
    learned = learn(source, Data.model_validate({"modality": "tables", "source": "x", "target": "left"}))

    class Reading:
        """As a model reads its rows."""

        modality, encoding = "tables", learned

        def examples(self, part: pl.LazyFrame) -> Examples:
            return examples(part, learned)

    assert leaks.report(tmp_path, Reading()) == []  # type: ignore[arg-type]


def test_a_column_is_what_its_numbers_are_made_of() -> None:
    table = of_leaving().with_columns(body=pl.lit("red and green"))
    made = read(table, columns={"body": "text"}, cleaning={"gaps": {"columns": {"age": "mean"}}})
    sources = {column.source or column.name for columns in made.columns.values() for column in columns}
    assert sources == set(table.columns) - {"left"}
    assert Column("age: month", source="age").source == "age"
