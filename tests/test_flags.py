"""What a person should look at is counted and shown with the line that mends it, and nothing is changed by it."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syllabus import cleaning
from syllabus.cleaning import merges, normal, outliers, units
from syllabus.modalities import tables
from syllabus.settings import Data


def ingested(folder: Path, columns: dict[str, Any], **cleaning: Any) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Write a CSV file, ingest it, and return the table with the report."""
    pl.DataFrame(columns).write_csv(folder / "raw.csv")
    plain = {"modality": "tables", "source": str(folder / "raw.csv"), "target": "y", "cleaning": cleaning}
    report = tables.read(Data.model_validate_json(json.dumps(plain)), folder / "table.parquet")
    return pl.read_parquet(folder / "table.parquet"), report


def flagged(report: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [found for found in report["flags"] if found["kind"] == kind]


def dirty(rows: int = 600) -> dict[str, list[Any]]:
    """Return a table in which every flag has something to find."""
    draw = random.Random(3)
    made: dict[str, list[Any]] = {
        "id": list(range(rows)),
        "city": [draw.choice(["New York", "Boston", "Chicago"]) for _ in range(rows)],
        "age": [draw.randint(18, 80) for _ in range(rows)],
        "pay": [round(draw.lognormvariate(8, 0.6), 2) for _ in range(rows)],
        "built": [draw.randint(1950, 2000) for _ in range(rows)],
        "height": [f"{draw.randint(150, 199)} cm" for _ in range(rows)],
        "y": [draw.choice(["yes", "no"]) for _ in range(rows)],
    }
    made["sold"] = [year + draw.randint(0, 20) for year in made["built"]]
    made["city"][5:8] = ["new york", "NEW YORK ", "Bostn"]
    made["age"][10:14] = [-999] * 4
    made["pay"][20] = 9_000_000.0
    made["sold"][30] = made["built"][30] - 3
    made["height"][40:60] = ["1.8 m"] * 20
    return made


def test_what_is_suspected_comes_with_the_line_that_mends_it(tmp_path: Path) -> None:
    _, report = ingested(tmp_path, dirty())
    found = {(one["kind"], one["column"]): one for one in report["flags"]}
    assert set(found) == {
        ("merges", "city"), ("units", "height"), ("marks", "age"), ("outliers", "pay"), ("orders", "built"),
    }  # fmt: skip
    assert found["merges", "city"]["line"] == (
        'relabel: {"city": {"Bostn": "Boston", "NEW YORK": "New York", "new york": "New York"}}'
    )
    assert found["merges", "city"]["rows"] == 3
    assert found["marks", "age"]["line"] == 'missing_in: {"age": [-999]}'
    assert found["marks", "age"]["examples"] == [{"rows": [11, 12, 13, 14], "value": "-999"}]
    assert [one["value"][-2:] for one in found["units", "height"]["examples"]] == ["cm", " m"]
    assert found["outliers", "pay"]["examples"] == [{"rows": [21], "value": "9000000.0"}]
    assert found["orders", "built"]["examples"][0]["rows"] == [31]
    assert found["units", "height"]["line"] == 'numbers: {"height": {units: {"cm": 1.0, "m": 100.0}}}'


def test_a_proposed_line_does_what_it_says_and_is_not_proposed_again(tmp_path: Path) -> None:
    from ruamel.yaml import YAML

    _, report = ingested(tmp_path, dirty())
    lines: dict[str, Any] = {}
    for one in report["flags"]:
        if one["line"] is not None:
            lines |= YAML(typ="safe").load(one["line"])
    table, after = ingested(tmp_path, dirty(), **lines)
    assert {one["kind"] for one in after["flags"]} == {"orders"}
    assert set(table["city"]) == {"New York", "Boston", "Chicago"}
    assert table["age"].null_count() == 4
    assert table["pay"].null_count() == 1
    assert table["height"].dtype == pl.Float64
    assert table["height"][45] == 180.0
    assert table["height"].null_count() == 0


def test_each_flag_has_a_line_that_turns_it_off(tmp_path: Path) -> None:
    from ruamel.yaml import YAML

    _, report = ingested(tmp_path, dirty())
    for kind in {one["kind"] for one in report["flags"]}:
        off = YAML(typ="safe").load(flagged(report, kind)[0]["off"])
        assert flagged(ingested(tmp_path, dirty(), **off)[1], kind) == []


REPEATED = {
    "id": [1, 2, 3, 4, 5],
    "name": ["Ann Lee", "ann  lee", "Ann-Lee.", "Bob", "A+"],
    "n": [1, 1, 1, 2, 2],
    "y": ["yes", "yes", "no", "no", "yes"],
}


def test_near_duplicates_are_listed_or_dropped_and_a_row_can_be_kept(tmp_path: Path) -> None:
    table, report = ingested(tmp_path, REPEATED, not_compared=["id", "y"])
    (found,) = flagged(report, "near_duplicates")
    assert (found["rows"], found["sets"], len(table)) == (2, 1, 5)
    assert found["examples"] == [{"rows": [1, 2, 3], "value": "name: Ann Lee / ann  lee / Ann-Lee."}]
    table, report = ingested(tmp_path, REPEATED, not_compared=["id", "y"], near_duplicates="drop", keep_rows=[3])
    assert table["row"].to_list() == [1, 3, 4, 5]
    assert report["changes"][-1] == {
        "rule": "near_duplicates", "column": None, "rows": 1, "examples": [{"row": 2}],
        "undo": "`near_duplicates: keep`, or row by row, `keep_rows: [2]`",
    }  # fmt: skip
    assert flagged(ingested(tmp_path, REPEATED)[1], "near_duplicates") == [], "the id tells them apart"


def test_rows_that_contradict_each_other_are_listed_or_dropped(tmp_path: Path) -> None:
    table, report = ingested(tmp_path, REPEATED, not_compared=["id"])
    (found,) = flagged(report, "contradictions")
    assert (found["rows"], found["sets"], len(table)) == (3, 1, 5)
    assert found["examples"] == [{"rows": [1, 2, 3], "value": "y: yes / no"}]
    table, _ = ingested(tmp_path, REPEATED, not_compared=["id"], contradictions="drop", near_duplicates="keep")
    assert table["row"].to_list() == [4, 5]


def test_a_dropped_duplicate_can_be_kept(tmp_path: Path) -> None:
    raw = {"a": [1, 1, 1, 2], "y": ["no", "no", "no", "yes"]}
    assert ingested(tmp_path, raw)[0]["row"].to_list() == [1, 4]
    assert ingested(tmp_path, raw, keep_rows=[3])[0]["row"].to_list() == [1, 3, 4]


def written(text: str, draw: random.Random) -> str:
    """Return the same words typed in another way."""
    words = draw.choice([" ", "  ", "\t", " - ", ", ", "_"]).join(text.split(" "))
    return (
        draw.choice(["", " "])
        + draw.choice([str.upper, str.lower, str.title, str])(words)
        + draw.choice(["", " ", "."])
    )


def plainly(text: str) -> str:
    frame = pl.DataFrame({"x": [text]})
    return str(frame.select(normal.normal(pl.col("x"))).item())


@given(st.lists(st.text("abcdefgh", min_size=1, max_size=5), min_size=1, max_size=4), st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_typing_makes_no_difference_after_normalisation(words: list[str], seed: int) -> None:
    text = " ".join(words)
    other = written(text, random.Random(seed))
    assert plainly(other) == plainly(text)
    assert normal.key(other) == normal.key(text)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
@settings(max_examples=100, deadline=None)
def test_normalising_twice_is_normalising_once(text: str) -> None:
    once = plainly(text)
    assert plainly(once) == once
    assert once == once.strip(" ")


@pytest.mark.parametrize(("one", "other"), [(">50K", "<=50K"), ("A+", "A-"), ("C", "C++"), ("1.5", "15"), ("-5", "5")])
def test_signs_that_mean_something_are_kept(one: str, other: str) -> None:
    assert plainly(one) != plainly(other)
    assert normal.key(one) != normal.key(other) or one == "1.5"


@pytest.mark.parametrize(
    "counts",
    [
        {"Grade 1": 500, "Grade 2": 2},
        {"Type II": 500, "Type III": 2},
        {"male": 500, "female": 400},
        {">50K": 30, "<=50K": 900},
        {"Preschool": 50, "Prof-school": 576, "other": 30_000},
        {"north": 800, "south": 2},
        {str(number): 1 for number in range(3000)},
    ],
)
def test_what_differs_in_meaning_is_not_proposed_to_be_merged(counts: dict[str, int]) -> None:
    assert merges.proposed(counts) == {}


@given(st.dictionaries(st.text(max_size=8), st.integers(1, 1000), max_size=12))
@settings(max_examples=100, deadline=None)
def test_merging_ends_after_one_step(counts: dict[str, int]) -> None:
    found = merges.proposed(counts)
    assert all(value != other and other in counts for value, other in found.items())
    assert not set(found) & set(found.values())


def test_ordinary_numbers_are_not_flagged() -> None:
    draw = random.Random(1)
    columns = {
        "normal": [draw.gauss(0, 1) for _ in range(20_000)],
        "exponential": [draw.expovariate(1) for _ in range(20_000)],
        "uniform": [draw.random() for _ in range(20_000)],
        "count": [float(draw.randint(0, 3)) for _ in range(20_000)],
        "mostly zero": [float(draw.random() < 0.01) for _ in range(20_000)],
    }
    table = pl.LazyFrame(columns).with_row_index("row", offset=1)
    assert list(outliers.flags(table, pl.DataFrame(columns))) == []


def test_dates_that_stand_for_nothing_are_marks() -> None:
    draw = random.Random(1)
    days = [f"20{draw.randint(10, 20)}-0{draw.randint(1, 9)}-11" for _ in range(500)]
    days[3:8] = ["1900-01-01"] * 5
    days[9] = "2207-01-01"
    table = pl.LazyFrame({"born": days}).with_columns(pl.col("born").str.to_date()).with_row_index("row", offset=1)
    sample = table.select(outliers.plain("born", pl.Date())).collect()
    marks, far = outliers.flags(table, sample)
    assert (marks["kind"], marks["line"]) == ("marks", 'missing_in: {"born": ["1900-01-01"]}')
    assert (far["kind"], far["examples"]) == ("outliers", [{"rows": [10], "value": "2207-01-01"}])
    rules = json.loads(far["line"].removeprefix("limits: ").replace("born", "born"))
    asked = Data.model_validate_json(
        json.dumps({"modality": "tables", "source": "x", "target": "y", "cleaning": {"limits": rules, "missing_in": {"born": ["1900-01-01"]}}})
    ).cleaning  # fmt: skip
    after = cleaning.apply(table, cleaning.changes(table, asked)).collect()
    assert after["born"].null_count() == 6


def test_units_are_read_with_their_factors() -> None:
    asked = Data.model_validate_json(
        json.dumps({"modality": "tables", "source": "x", "target": "y", "cleaning": {
            "numbers": {"h": {"units": {"cm": 0.01, "m": 1, "": 1}}}}})
    ).cleaning  # fmt: skip
    cells = ["180 cm", "1.8 m", "175cm", "1.75", "5 ft", "-3 m", "cm", None]
    table = pl.LazyFrame({"row": range(len(cells)), "h": cells}, schema={"row": pl.UInt64, "h": pl.String})
    after = cleaning.apply(table, cleaning.changes(table, asked)).collect()["h"].to_list()
    assert after == [pytest.approx(1.8), 1.8, 1.75, 1.75, None, -3.0, None, None]
    assert units.proposed({"0.5": 3, "20 %": 4}) == {"": 100.0, "%": 1.0}


def test_near_duplicates_across_parts_are_told(tmp_path: Path) -> None:
    from syllabus import parts

    train = pl.LazyFrame({"row": [1, 2, 3], "name": ["Ann Lee", "Bob", "Eve"], "y": [1.0, 2.0, 3.0]})
    test = pl.LazyFrame({"row": [4, 5, 6], "name": ["ann lee.", "Zoe", "ZOE"], "y": [1.0, 5.0, 5.0]})
    taken = {"train": train, "validation": train, "test": test}
    told = parts.report(taken, "y", (), "regression", {"equal": ["name", "y"], "nearly": ["name", "y"]})
    assert told["test rows nearly in train"] == 1
    assert parts.report(taken, "y", (), "regression")["test rows nearly in train"] == 0


@pytest.mark.parametrize(
    ("cleaning", "said"),
    [
        ({"numbers": {"h": {"unit": "cm", "units": {"m": 1}}}}, "either a unit or several units"),
        ({"numbers": {"h": {"units": {"m": 0}}}}, "multiplied by 0"),
        ({"dates": {"h": ["%Y-%m-%d", "%H:%M"]}}, "times of day, and no two of them"),
        ({"dates": {"h": "Q%q"}}, "a quarter, %q, goes with %Y and no other"),
        ({"limits": {"h": ["yesterday", None]}}, "written 2020-12-31"),
    ],
)
def test_what_cleaning_cannot_mean_is_refused(cleaning: dict[str, Any], said: str) -> None:
    from syllabus.rules import cleaning as rules

    (found,) = rules.broken({"data": {"cleaning": cleaning}})
    assert said in str(found[1])
