"""Ingest makes one table of a raw file, tells of every change, and gives the same bytes for the same input."""

from __future__ import annotations

import csv
import datetime as dt
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from raw import INGEST, INGESTED, ROOT, contents, done, done_here, ingested, people, project, rules, settings

from syllabus import params


def from_parquet(folder: Path, columns: dict[str, Any], **data: Any) -> tuple[pl.DataFrame, dict[str, Any]]:
    pl.DataFrame(columns).write_parquet(folder / "people.parquet")
    settings(folder, "people.parquet", data=data)
    return ingested(folder)


DIRTY = """\
age,"home, town",code,buys
31, Ayr ,007,yes
?,Bath,010,no
31,Ayr,007,yes
47,Korc,003,
31,"Ayr",007, yes
,"Co
rk",001,no
"""


def test_a_messy_file_becomes_a_table_and_every_change_is_told(tmp_path: Path) -> None:
    cleaning = {"missing": ["?"], "relabel": {"home, town": {"Korc": "Cork"}}}
    table, report = ingested(tmp_path, DIRTY, cleaning=cleaning)
    assert table.rows() == [
        (1, 31, "Ayr", "007", "yes"),
        (2, None, "Bath", "010", "no"),
        (6, None, "Co\nrk", "001", "no"),
    ]
    assert report["columns"] == {"age": "Int64", "home, town": "String", "code": "String", "buys": "String"}
    assert report["missing"] == {"age": 2, "home, town": 0, "code": 0, "buys": 0}
    assert (report["source"]["rows"], report["rows"], report["source"]["path"]) == (6, 3, "people.csv")
    assert report["source"]["bytes"] == len(DIRTY)
    assert [{key: value for key, value in change.items() if key != "undo"} for change in report["changes"]] == [
        {"rule": "missing", "column": "age", "rows": 2, "examples": [
            {"row": 2, "before": "?", "after": None}, {"row": 6, "before": "", "after": None}]},
        {"rule": "strip", "column": "home, town", "rows": 1, "examples": [{"row": 1, "before": " Ayr ", "after": "Ayr"}]},
        {"rule": "relabel", "column": "home, town", "rows": 1, "examples": [{"row": 4, "before": "Korc", "after": "Cork"}]},
        {"rule": "strip", "column": "buys", "rows": 1, "examples": [{"row": 5, "before": " yes", "after": "yes"}]},
        {"rule": "missing", "column": "buys", "rows": 1, "examples": [{"row": 4, "before": "", "after": None}]},
        {"rule": "target", "column": "buys", "rows": 1, "examples": [{"row": 4}]},
        {"rule": "duplicates", "column": None, "rows": 2, "examples": [{"row": 3}, {"row": 5}]},
    ]  # fmt: skip


def test_the_root_projects_data_are_cleaned_as_declared(root: Path, tmp_path: Path) -> None:
    given = params.read(root / "params.yaml").data
    project(
        tmp_path,
        (root / given.source).read_bytes(),
        data=json.loads(given.model_dump_json(exclude_unset=True)) | {"source": "people.csv"},
    )
    table, report = ingested(tmp_path)
    with (root / given.source).open(encoding="utf-8", newline="") as file:
        names, *rows = ([cell.strip() for cell in line] for line in csv.reader(file) if line)
    relabelled = given.cleaning.relabel
    clean = [
        tuple(None if cell in given.cleaning.missing else relabelled.get(name, {}).get(cell, cell)
              for name, cell in zip(names, line, strict=True))
        for line in rows
    ]  # fmt: skip
    kept = list(dict.fromkeys(clean))
    assert (report["source"]["rows"], report["rows"]) == (len(rows), len(kept))
    assert ("duplicates", None, len(rows) - len(kept)) in rules(report)
    assert table.columns == ["row", *names]
    texts = table.drop("row").with_columns(pl.all().cast(pl.String))
    assert texts.rows() == kept
    told = {(rule, column): count for rule, column, count in rules(report)}
    for place, name in enumerate(names):
        assert told.get(("missing", name), 0) == sum(line[place] in given.cleaning.missing for line in rows)
        assert told.get(("relabel", name), 0) == sum(line[place] in relabelled.get(name, {}) for line in rows)


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    draw = random.Random(3)
    lines = [
        f"{draw.random()},town {draw.randint(0, 99)} ,{draw.choice(['?', '', '7', '8'])},{draw.choice('ny')}"
        for _ in range(250_000)
    ]
    project(
        tmp_path, "x,town,n,buys\n" + "\n".join([*lines, *lines[:500]]) + "\n", data={"cleaning": {"missing": ["?"]}}
    )
    made = []
    for threads in ("1", "2", "5"):
        done(tmp_path, "ingest", INGESTED, POLARS_MAX_THREADS=threads, PYTHONHASHSEED=threads)
        made.append(contents(tmp_path / INGESTED))
    assert set(made[0]) == {"table.parquet", "report.json"}
    assert made[0] == made[1] == made[2]
    assert pl.read_parquet(tmp_path / INGESTED / "table.parquet")["row"].is_sorted()


def test_a_new_result_replaces_the_old_one(tmp_path: Path) -> None:
    first = done_here(project(tmp_path, people(100)), *INGEST)
    (tmp_path / INGESTED / "stray.txt").write_text("old")
    second = done_here(project(tmp_path, people(200)), *INGEST)
    assert (first["source"]["rows"], second["source"]["rows"]) == (100, 200)
    assert sorted(contents(tmp_path / "artifacts")) == ["ingest/report.json", "ingest/table.parquet"]


def test_duplicates_may_be_kept(tmp_path: Path) -> None:
    table, report = ingested(tmp_path, "x,buys\n1,y\n1,y\n2,n\n", cleaning={"duplicates": "keep"})
    assert (len(table), report["changes"]) == (3, [])


def test_a_row_is_a_duplicate_after_cleaning_and_where_both_lack_a_value(tmp_path: Path) -> None:
    table, report = ingested(tmp_path, "x,z,buys\n1,,y\n 1 ,?,y\n2,,n\n", cleaning={"missing": ["?"]})
    assert table["row"].to_list() == [1, 3]
    assert rules(report)[-1] == ("duplicates", None, 1)


@pytest.mark.parametrize(
    ("targets", "held"),
    [
        (["0", "1", "1", ""], [0, 1, 1]),
        (["0.0", "1.0", "1.0", ""], [0.0, 1.0, 1.0]),
        (["true", "false", "true", ""], ["true", "false", "true"]),
        (["01", "02", "01", ""], ["01", "02", "01"]),
    ],
)
def test_a_target_may_be_a_code(tmp_path: Path, targets: list[str], held: list[Any]) -> None:
    lines = "".join(f"{place},{target}\n" for place, target in enumerate(targets))
    table, report = ingested(tmp_path, f"x,buys\n{lines}", positive=str(held[1]))
    assert table["buys"].to_list() == held
    assert rules(report) == [("missing", "buys", 1), ("target", "buys", 1)]


def test_a_boolean_target_has_its_positive_class_in_words(tmp_path: Path) -> None:
    table, _ = from_parquet(tmp_path, {"x": [1, 2, 3], "buys": [True, False, None]}, positive="true")
    assert table["buys"].to_list() == [True, False]


def test_columns_that_say_nothing_stay(tmp_path: Path) -> None:
    table, report = ingested(
        tmp_path,
        "empty,marks,same,buys\n,?,x,y\n, ?,x,n\n,-,x,y\n",
        cleaning={"missing": ["?", "-"], "duplicates": "keep"},
    )
    assert table.drop("row").rows() == [(None, None, "x", "y"), (None, None, "x", "n"), (None, None, "x", "y")]
    assert report["missing"] == {"empty": 3, "marks": 3, "same": 0, "buys": 0}
    assert set(report["columns"].values()) == {"String"}


def test_columns_may_have_any_name(tmp_path: Path) -> None:
    names = [
        "a b",
        'say "hi"',
        "two\nlines",
        "🦆",
        "<script>alert(1)</script>",
        "part",
        "known x",
        "x known",
        "'; DROP",
    ]
    with (tmp_path / "names.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([[*names, "buys"], [*map(str, range(9)), "y"], [*map(str, range(9)), "n"]])
    table, report = ingested(tmp_path, (tmp_path / "names.csv").read_bytes())
    assert table.columns == ["row", *names, "buys"]
    assert list(report["columns"]) == sorted([*names, "buys"])
    assert table.row(0) == (1, *range(9), "y")


def test_a_parquet_file_keeps_its_types_and_loses_what_is_not_finite(tmp_path: Path) -> None:
    columns = {
        "when": [dt.date(2020, 1, 1), None, dt.date(2020, 1, 3), dt.date(2020, 1, 4)],
        "paid": pl.Series(["1.50", "2.25", None, "3"]).cast(pl.Decimal(9, 2)),
        "kind": pl.Series(["b", "a", "b", "a"], dtype=pl.Categorical),
        "zip": ["12345", " 23456", "?", "34567"],
        "score": [0.5, float("nan"), float("inf"), -1.0],
        "member": [True, False, None, True],
        "buys": [1, 0, 1, 0],
    }
    table, report = from_parquet(tmp_path, columns, cleaning={"missing": ["?"]})
    assert table["score"].to_list() == [0.5, None, None, -1.0]
    assert table["zip"].to_list() == ["12345", "23456", None, "34567"]
    assert report["columns"] == {
        "when": "Date", "paid": "Float64", "kind": "String", "zip": "String", "score": "Float64", "member": "Boolean", "buys": "Int64"
    }  # fmt: skip
    assert rules(report) == [("strip", "zip", 1), ("missing", "zip", 1), ("infinite", "score", 2)]
    assert report["changes"][-1]["examples"][0] == {"row": 2, "before": "NaN", "after": None}


def test_times_beyond_the_calendar_are_missing_and_counted(tmp_path: Path) -> None:
    beyond = pl.Series([2**62, 0, -(2**60), 86_400_000], dtype=pl.Int64).cast(pl.Datetime("ms"))
    days = pl.Series([0, 2**31 - 1, -(2**31), 1], dtype=pl.Int32).cast(pl.Date)
    table, report = from_parquet(tmp_path, {"sent": beyond, "born": days, "buys": ["y", "n", "y", "n"]})
    assert table["sent"].to_list() == [None, dt.datetime(1970, 1, 1), None, dt.datetime(1970, 1, 2)]
    assert table["born"].to_list() == [dt.date(1970, 1, 1), None, None, dt.date(1970, 1, 2)]
    assert rules(report) == [("calendar", "sent", 2), ("calendar", "born", 2)]
    assert report["changes"][0]["examples"][0] == {"row": 1, "before": str(2**62), "after": None}


def test_what_is_said_names_rows_and_changes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ingested(tmp_path, "x,buys\n 1,y\n2,n\n2,n\n")
    assert capsys.readouterr().out == "2 of 3 rows, 2 kinds of change\n"


def test_ingest_starts_without_what_it_does_not_need() -> None:
    heavy = {"great_expectations", "sklearn", "lightgbm", "pandas", "polars", "optuna", "dvc", "prefect", "pyarrow"}
    command = f"import sys, stages.ingest, stages.split; print(*sorted({heavy!r} & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout == "\n"


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    def peak(rows: int) -> float:
        """Return the megabytes that ingest holds at once; every row is another."""
        frame = pl.select(id=pl.int_range(rows)).with_columns(
            *(pl.col("id").hash(seed=place).cast(pl.String).alias(f"text {place}") for place in range(10)),
            *((pl.col("id").hash(seed=place) / 1e20).alias(f"number {place}") for place in range(10)),
            buys=pl.when(pl.col("id") % 3 == 0).then(pl.lit("yes")).otherwise(pl.lit("no")),
        )
        frame.write_csv(tmp_path / "people.csv")
        settings(tmp_path)
        program = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)"
        words = [sys.executable, "-c", program, sys.executable, "-m", "stages.ingest", "out"]
        told = subprocess.run(words, cwd=tmp_path, env=two_threads, capture_output=True, text=True, check=True)
        return float(told.stdout.split()[-1])

    # Every thread has buffers of its own, and they fill up as far as the disk is slow: by more than a hundred
    # megabytes from one run to the next, whatever the file's size. The file grows by far more than that.
    two_threads = {"PYTHONPATH": str(ROOT), "POLARS_MAX_THREADS": "2"}
    small, large = peak(400_000), peak(2_400_000)
    grown = (tmp_path / "people.csv").stat().st_size / 2**20 * 5 / 6
    assert large - small < grown / 3
