"""Cleaning does what is declared and no more, and tells of every value that it changes."""

from __future__ import annotations

import datetime as dt
import math
import random
import tempfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syllabus import cleaning
from syllabus.errors import Unmet
from syllabus.settings import Cleaning, Type


def table(**columns: Any) -> pl.LazyFrame:
    return pl.LazyFrame(columns).with_row_index("row", offset=1).with_columns(pl.col("row").cast(pl.UInt64))


def cleaned(frame: pl.LazyFrame, rules: Cleaning, **how: bool) -> tuple[pl.DataFrame, list[dict[str, Any]]]:
    found = cleaning.changes(frame, rules, **how)
    with tempfile.TemporaryDirectory() as scratch:
        after, told = cleaning.make(frame, found, Path(scratch) / "cleaned")
        held = after.collect()
    assert held.equals(cleaning.apply(frame, found).collect())
    assert all(change.pop("undo") for change in told), "every change can be undone"
    return held, told


def values(texts: Any, rules: Cleaning | None = None) -> tuple[pl.DataType, list[Any]]:
    column = cleaned(table(x=texts), rules or Cleaning())[0]["x"]
    return column.dtype, column.to_list()


# Rules, in plain Python.
def plainly(cells: dict[str, list[str]], rules: Cleaning) -> tuple[dict[str, list[str | None]], list[dict[str, Any]]]:
    """Return the cleaned cells, still texts, and the changes in the order of columns and rules."""
    made: list[dict[str, Any]] = []
    clean: dict[str, list[str | None]] = {}
    for column, texts in cells.items():
        before: list[str | None] = list(texts)
        steps = {
            "strip": lambda text: text.strip() if rules.strip else text,
            "missing": lambda text: None if text in ("", *rules.missing) else text,
            "relabel": lambda text, column=column: rules.relabel.get(column, {}).get(text, text),
        }
        for rule, step in steps.items():
            after = [None if text is None else step(text) for text in before]
            places = [place for place, pair in enumerate(zip(before, after, strict=True)) if pair[0] != pair[1]]
            shown = [{"row": p + 1, "before": before[p], "after": after[p]} for p in places[:3]]
            if places:
                made.append({"rule": rule, "column": column, "rows": len(places), "examples": shown})
            before = after
        clean[column] = before
    return clean, made


def dirty(rows: int, seed: int) -> dict[str, list[str]]:
    draw = random.Random(seed)
    towns = ["Ayr", " Ayr", "Bath ", "\tCork\n", "?", " ? ", "", "  ", "Korc", "n/a", "N/A", "a,b", '"', "🦆"]
    ages = ["31", " 32", "?", "", "47 ", "-1", "0"]
    return {
        "town": [draw.choice(towns) for _ in range(rows)],
        "age": [draw.choice(ages) for _ in range(rows)],
        "empty": ["" for _ in range(rows)],
        "constant": ["x" for _ in range(rows)],
        "marks": [draw.choice(["?", "n/a", " ?"]) for _ in range(rows)],
    }


RULES = [
    Cleaning(missing=("?", "n/a"), relabel={"town": {"Korc": "Cork", "Ayr": "AYR"}}),
    Cleaning(strip=False, missing=("?",), relabel={"town": {" Ayr": "Ayr"}, "marks": {"n/a": "N/A"}}),
    Cleaning(missing=()),
]


@pytest.mark.parametrize("rules", RULES)
def test_every_change_is_counted_as_plain_python_counts_it(rules: Cleaning) -> None:
    cells = dirty(3000, seed=4)
    expected, made = plainly(cells, rules)
    after, told = cleaned(table(**cells), rules)
    assert told == made
    for column, texts in expected.items():
        numbers = after[column].dtype == pl.Int64
        assert after[column].to_list() == [int(text) if numbers and text else text for text in texts]
    assert (after["age"].dtype == pl.Int64) == (rules is RULES[0])


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=3)
        | st.sampled_from(["", "?", " ", " a", "a ", "b", "1", "007", "0.5", " 1 ", "x\ny"]),
        min_size=1,
        max_size=20,
    ),
    st.sampled_from([Cleaning(missing=("?", "b"), relabel={"x": {"a": "A"}}), Cleaning(strip=False)]),
)
@settings(max_examples=60, deadline=None)
def test_any_texts_are_cleaned_as_in_plain_python(texts: list[str], rules: Cleaning) -> None:
    rules = rules.model_copy(update={"types": {"x": "text"}})
    expected, made = plainly({"x": texts}, rules)
    after, told = cleaned(table(x=texts), rules)
    assert (after["x"].to_list(), told) == (expected["x"], made)


@pytest.mark.parametrize(
    ("texts", "kind", "found"),
    [
        (["1", "-2", "+3", ""], pl.Int64, [1, -2, 3, None]),
        (["1", "2.5", "1e3"], pl.Float64, [1.0, 2.5, 1000.0]),
        (["3.0", "4"], pl.Float64, [3.0, 4.0]),
        (["0", "0.5", "-0.25"], pl.Float64, [0.0, 0.5, -0.25]),
        (["9223372036854775807", "1"], pl.Int64, [2**63 - 1, 1]),
        (["9223372036854775808", "1"], pl.String, ["9223372036854775808", "1"]),
        (["12345678901234567890.5", "1"], pl.Float64, [12345678901234567890.5, 1.0]),
        (["007", "8"], pl.String, ["007", "8"]),
        (["01.5", "8"], pl.String, ["01.5", "8"]),
        (["1", "x"], pl.String, ["1", "x"]),
        (["1,5", "2,5"], pl.String, ["1,5", "2,5"]),
        (["1_000", "2"], pl.String, ["1_000", "2"]),
        (["0x1F", "2"], pl.String, ["0x1F", "2"]),
        (["true", "false"], pl.String, ["true", "false"]),
        (["2020-01-01", "2020-01-02"], pl.String, ["2020-01-01", "2020-01-02"]),
        (["NaN", "Inf"], pl.String, ["NaN", "Inf"]),
        (["", ""], pl.String, [None, None]),
        ([""] * 2000 + ["7"], pl.Int64, [None] * 2000 + [7]),
        (["1"] * 2000 + ["2.5"], pl.Float64, [1.0] * 2000 + [2.5]),
        (["1.5"] * 2000 + ["x"], pl.String, ["1.5"] * 2000 + ["x"]),
        (["1"] * 2000 + ["07"], pl.String, ["1"] * 2000 + ["07"]),
    ],
)  # fmt: skip
def test_a_text_becomes_a_number_only_where_no_value_is_lost(texts: list[str], kind: Any, found: list[Any]) -> None:
    assert values(texts) == (kind, found)


def test_a_table_that_has_types_keeps_them() -> None:
    after, told = cleaned(table(x=["1", "2"], y=[1, 2]), Cleaning(), infer=False)
    assert (after["x"].dtype, after["y"].dtype, told) == (pl.String, pl.Int64, [])


@pytest.mark.parametrize(
    ("kind", "texts", "found"),
    [
        ("integer", ["3", "3.0", "-1e2", "3.5", "x", "", "99999999999999999999"], [3, 3, -100, None, None, None, None]),
        ("number", ["3", "0.5", "1,5", "007", "x"], [3.0, 0.5, None, 7.0, None]),
        ("text", ["3", "007", ""], ["3", "007", None]),
        ("boolean", ["true", "NO", "1", "0", "1.0", "2", "ja"], [True, False, True, False, True, None, None]),
        ("date", ["2020-01-31", "31.01.2020", "20200131", "2020-13-01", "x"], [*[dt.date(2020, 1, 31)] * 3, None, None]),
        ("datetime", ["2020-01-31T10:00:00", "2020-01-31 10:00:00.5", "2020-01-31 10:00", "2020-01-31T10:00:00Z", "2020-01-31", "x"],
         [dt.datetime(2020, 1, 31, 10), dt.datetime(2020, 1, 31, 10, 0, 0, 500000), dt.datetime(2020, 1, 31, 10), dt.datetime(2020, 1, 31, 10), dt.datetime(2020, 1, 31), None]),
    ],
)  # fmt: skip
def test_a_value_that_is_not_of_the_declared_type_becomes_missing_and_is_told(
    kind: Type, texts: list[str], found: list[Any]
) -> None:
    after, told = cleaned(table(x=texts), Cleaning(types={"x": kind}))
    assert after["x"].to_list() == found
    lost = [place for place, value in enumerate(found) if value is None and texts[place]]
    typed = [change for change in told if change["rule"] == "type"]
    assert [(change["rows"], len(change["examples"])) for change in typed] == (
        [(len(lost), min(len(lost), 3))] if lost else []
    )
    for change in typed:
        assert change["examples"][0] == {"row": lost[0] + 1, "before": texts[lost[0]], "after": None}


@pytest.mark.parametrize(
    ("kind", "held", "found"),
    [
        ("integer", [1.0, 2.5, math.nan], [1, None, None]),
        ("boolean", [0, 1, 2], [False, True, None]),
        ("boolean", [0.0, 1.0, 0.5], [False, True, None]),
        ("number", [True, False], [1.0, 0.0]),
        ("text", [1, 2], ["1", "2"]),
        ("date", [dt.datetime(2020, 1, 1), None], [dt.date(2020, 1, 1), None]),
    ],
)
def test_a_type_may_be_declared_for_values_that_have_one(kind: Type, held: list[Any], found: list[Any]) -> None:
    assert values(held, Cleaning(types={"x": kind}))[1] == found


def test_a_type_that_no_value_has_is_refused() -> None:
    with pytest.raises(Unmet, match=r"types: no value of column x can be read as declared; row 2 holds '12/31/2020'"):
        cleaned(table(x=["", "12/31/2020"]), Cleaning(types={"x": "date"}))


def test_what_is_not_finite_is_missing_and_is_told() -> None:
    after, told = cleaned(
        table(x=[1.0, math.nan, math.inf, -math.inf, None], y=["1", "nan", "inf", "2", ""]), Cleaning()
    )
    assert after["x"].to_list() == [1.0, None, None, None, None]
    assert after["y"].to_list() == [1.0, None, None, 2.0, None]
    assert [(change["rule"], change["column"], change["rows"]) for change in told] == [
        ("missing", "y", 1),
        ("infinite", "x", 3),
        ("infinite", "y", 2),
    ]


def test_what_the_source_holds_as_missing_is_no_change() -> None:
    after, told = cleaned(table(x=["a", None], y=[1, None], z=[None, None]), Cleaning())
    assert (after["x"].to_list(), after["y"].to_list(), told) == (["a", None], [1, None], [])


def test_an_example_is_cut_where_it_is_long() -> None:
    told = cleaned(table(x=["y" * 5000 + " ", "z"]), Cleaning())[1]
    assert told[0]["examples"] == [{"row": 1, "before": "y" * 200, "after": "y" * 200}]


def test_numbers_cannot_be_relabelled() -> None:
    with pytest.raises(Unmet, match="relabel names x, which holds Int64, not text"):
        cleaning.changes(table(x=[1, 2]), Cleaning(relabel={"x": {"1": "one"}}))


CELL = st.sampled_from([None, "a", "b", ""])


@given(st.lists(st.tuples(CELL, st.sampled_from([None, 0.0, 1.5]), st.sampled_from([None, 1, 2])), max_size=40))
@settings(max_examples=60, deadline=None)
def test_a_row_is_repeated_where_an_earlier_one_is_equal_in_every_column(rows: list[tuple[Any, ...]]) -> None:
    expected = [place for place, row in enumerate(rows, 1) if row in rows[: place - 1]]
    schema = {"x": pl.String, "y": pl.Float64, "z": pl.Int64}
    frame = pl.LazyFrame(rows, schema=schema, orient="row").with_row_index("row", offset=1)
    assert cleaning.repeated(frame).to_list() == expected
