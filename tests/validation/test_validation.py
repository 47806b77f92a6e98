"""What a run of the suite comes to, and what it leaves on disk."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from validation.asked import AGES, PEOPLE, SEXES, between, expect
from validation.conftest import Hold

from syllabus import frames
from syllabus.errors import Unmet
from syllabus.validation import validate


def test_a_critical_expectation_that_fails_stops_the_run(hold: Hold) -> None:
    held = hold(PEOPLE, AGES | {"severity": "critical"}, SEXES)

    assert not held.success
    assert [check.severity for check in held.failed] == ["critical", "warning"]


@pytest.mark.parametrize("severity", ["warning", "info"])
def test_what_is_not_critical_does_not_stop_the_run(hold: Hold, severity: str) -> None:
    held = hold(PEOPLE, AGES | {"severity": severity})

    assert held.success
    assert len(held.failed) == 1


def test_the_refusal_names_what_failed_with_counts_and_the_page_in_one_line(hold: Hold) -> None:
    mean = expect("expect_column_mean_to_be_between", column="age", min_value=20, max_value=30)
    held = hold(PEOPLE, AGES | {"severity": "critical"}, mean, SEXES)

    assert held.refusal(Path("docs/index.html")) == (
        "2 of 3 expectations failed that are critical: "
        "expect_column_values_to_be_between(age): 2 of 5 fail (40 %); "
        "expect_column_mean_to_be_between(age): 58. Open docs/index.html"
    )


def test_what_does_not_hold_is_named_in_one_line(hold: Hold) -> None:
    held = hold(PEOPLE, AGES, SEXES | {"severity": "info"})

    assert held.told() == (
        "0 of 2 expectations hold (not: expect_column_values_to_be_between(age): 2 of 5 fail (40 %); "
        f"{held.checks[1].label}: {held.checks[1].observed}), 2 of {held.rows} rows in quarantine"
    )
    wide = between("age", -1000, 1000)
    assert hold(PEOPLE, wide).told() == f"1 of 1 expectations hold, 0 of {held.rows} rows in quarantine"


def test_checks_come_in_the_order_of_the_suite_with_counts_notes_and_examples(hold: Hold) -> None:
    held = hold(PEOPLE, SEXES, AGES)

    sexes, ages = held.checks
    assert (sexes.type, sexes.columns) == ("expect_column_values_to_be_in_set", ("sex",))
    assert (ages.unexpected, ages.percent, ages.note) == (2, 40.0, "Nobody is older.")
    assert ages.examples == ({"row": 4, "age": 200}, {"row": 6, "age": -3})
    assert ages.values == ({"rows": 1, "age": -3}, {"rows": 1, "age": 200})
    assert held.rows == 6


def test_a_note_may_stand_where_older_suites_have_it(hold: Hold) -> None:
    older = {key: value for key, value in AGES.items() if key != "notes"}
    written = [{"notes": "Short."}, {"notes": {"format": "markdown", "content": ["First.", "Second."]}}]
    for meta, note in zip(written, ["Short.", "First. Second."], strict=True):
        assert hold(PEOPLE, older | {"meta": meta}).checks[0].note == note


def test_values_of_every_type_can_be_reported(hold: Hold) -> None:
    held = hold(
        {
            "bytes": [b"<png>", None],
            "list": [[1, 2], []],
            "day": pl.Series(["2020-02-29", None]).str.to_date(),
            "moment": pl.Series(["2020-02-29 10:00", None]).str.to_datetime(time_zone="UTC"),
            "real": [float("nan"), float("inf")],
            "flag": [True, None],
            "long": ["x" * 1000, None],
            "price": pl.Series(["1.50", None]).str.to_decimal(scale=2),
        },
        *(
            expect("expect_column_values_to_be_null", "warning", column=name)
            for name in ("bytes", "list", "day", "moment")
        ),
        *(
            expect("expect_column_values_to_be_null", "warning", column=name)
            for name in ("real", "flag", "long", "price")
        ),
    )

    shown = {name: value for check in held.checks for name, value in check.examples[0].items()}
    assert shown == {
        "row": 1,
        "bytes": "5 bytes",
        "list": "[1, 2]",
        "day": "2020-02-29",
        "moment": "2020-02-29 10:00:00+00",
        "real": "nan",
        "flag": True,
        "long": "x" * 200,
        "price": "1.50",
    }
    json.dumps(held.report(), allow_nan=False)


def test_the_report_is_plain_data(hold: Hold, tmp_path: Path) -> None:
    quantiles = {"quantiles": [0.5], "value_ranges": [[30, 40]]}
    held = hold(
        PEOPLE,
        AGES,
        expect("expect_column_quantile_values_to_be_between", "info", column="age", quantile_ranges=quantiles),
    )
    frames.write_json(held.report(), tmp_path / "report.json")

    report = frames.read_json(tmp_path / "report.json")
    assert (report["success"], report["rows"], report["quarantined"]) == (True, 6, 2)
    assert report["failed"] == {"critical": [], "warning": ["expect_column_values_to_be_between(age)"], "info": []}
    assert report["checks"][0]["sentence"].startswith("age values must be")
    assert report["checks"][1]["table"] == [{"quantile": "0.5", "expected": "30 to 40", "observed": "31"}]


def test_the_same_table_and_suite_leave_the_same_bytes(hold: Hold, tmp_path: Path) -> None:
    rules = [AGES, SEXES, expect("expect_column_mean_to_be_between", "warning", column="real", max_value=0)]
    rules.append(expect("expect_compound_columns_to_be_unique", "warning", column_list=["town", "age"]))
    many = pl.DataFrame(PEOPLE).select(pl.all().repeat_by(5_000).explode(empty_as_null=True))
    many = many.with_columns(real=pl.int_range(pl.len()).sin())

    def bytes_of_a_run() -> dict[str, str]:
        report = hold(many, *rules).report()
        frames.write_json(report, tmp_path / "report.json")
        files = [*(tmp_path / "docs").iterdir(), tmp_path / "report.json", tmp_path / "quarantine.parquet"]
        return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}

    assert bytes_of_a_run() == bytes_of_a_run()


def test_nothing_is_written_but_what_was_named(hold: Hold, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    (home / "project").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(home / "project")
    hold(PEOPLE, AGES)

    written = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert written == [
        "docs/expectations.html",
        "docs/index.html",
        "docs/results.html",
        "quarantine.parquet",
        "suite.json",
        "table.parquet",
    ]


def test_a_path_may_hold_what_sql_and_globs_give_a_meaning(hold: Hold, tmp_path: Path) -> None:
    hold(PEOPLE, AGES)
    odd = tmp_path / "it's [1] * ? {a,b} #5 %20"
    odd.mkdir()
    (tmp_path / "table.parquet").rename(odd / "table.parquet")
    held = validate(odd / "table.parquet", tmp_path / "suite.json", odd / "docs", odd / "rows.parquet", name="odd")

    assert held.rows == 6
    assert pl.read_parquet((odd / "rows.parquet").read_bytes())["row"].to_list() == [4, 6]


def test_columns_that_sql_cannot_tell_apart_are_refused(hold: Hold) -> None:
    with pytest.raises(Unmet, match="has two columns named age but for upper and lower case"):
        hold({"Age": [1], "age": [2]}, between("age", 0, 1))


def test_a_table_without_numbers_of_its_rows_is_refused(hold: Hold, tmp_path: Path) -> None:
    hold(PEOPLE, AGES)
    pl.DataFrame(PEOPLE).write_parquet(tmp_path / "table.parquet")

    with pytest.raises(Unmet, match=r"table\.parquet has no column row, which numbers the examples"):
        validate(*(tmp_path / name for name in ("table.parquet", "suite.json", "docs", "rows.parquet")), name="table")


@pytest.mark.parametrize("content", [None, b"", b"age,sex\n1,2\n"])
def test_a_table_that_is_none_is_refused(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "table.parquet").write_bytes(content)

    with pytest.raises(Unmet, match=r"table\.parquet cannot be read as Parquet"):
        validate(*(tmp_path / name for name in ("table.parquet", "suite.json", "docs", "rows.parquet")), name="table")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["good.json", "unknown.json", "broken.json", "absent.json"])
def test_a_process_says_nothing_but_the_error(hold: Hold, tmp_path: Path, name: str) -> None:
    hold(PEOPLE, AGES)
    (tmp_path / "suite.json").rename(tmp_path / "good.json")
    unknown = {"name": "x", "expectations": [{"type": "expect_nothing", "kwargs": {}}]}
    (tmp_path / "unknown.json").write_text(json.dumps(unknown))
    (tmp_path / "broken.json").write_text('{"name": "x",\n "expectations": [}')
    script = (
        "import sys; from pathlib import Path; from syllabus.errors import Unmet; from syllabus.validation import validate\n"
        "try: validate(*map(Path, sys.argv[1:]), name='table')\n"
        "except Unmet as error: sys.exit(str(error))"
    )
    names = ["table.parquet", name, "docs", "rows.parquet"]
    command = [sys.executable, "-W", "default", "-c", script, *(str(tmp_path / name) for name in names)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)

    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == (0 if name == "good.json" else 1), done.stderr
    assert done.returncode == (0 if name == "good.json" else 1)
