"""Ingest does what the settings declare of single columns, tells of it, and tells how it is undone."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from raw import ingested, rules


def test_rows_with_gaps_are_dropped_where_that_is_declared(tmp_path: Path) -> None:
    text = "age,town,buys\n31,Ayr,yes\n?,Bath,no\n,Bath,no\n40,,no\n"
    table, report = ingested(tmp_path, text, cleaning={"missing": ["?"], "gaps": {"columns": {"age": "drop"}}})
    assert table["row"].to_list() == [1, 4]
    assert ("gaps", "age", 2) in rules(report)


def test_what_new_takes_for_granted_is_done_as_declared_and_can_be_undone(tmp_path: Path) -> None:
    cells = ["gain;sold;asked;size;buys", "(2,50);2020-01-31;10;1,8 m;yes", "1,25;31.12.2019;k.A.;170 cm;no"]
    cells += ["3,00;01.02.03;12;1,6 m;yes", "k.A.;later;13;160;no"]
    cleaning: dict[str, Any] = {
        "missing_in": {"asked": ["k.A."]},
        "numbers": {
            "gain": {"decimal": ",", "negatives": "(5)"},
            "size": {"decimal": ",", "units": {"cm": 0.01, "m": 1}},
        },
        "dates": {"sold": ["%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y"]},
    }
    text = "A title\n\n" + "\n".join(cells) + "\n"
    reading = {"delimiter": ";", "header": 3}
    table, report = ingested(tmp_path, text, cleaning=cleaning, reading=reading)
    assert table["gain"].to_list() == [-2.5, 1.25, 3.0, None]
    assert table["asked"].to_list() == [10, None, 12, 13]
    assert table["size"].to_list() == pytest.approx([1.8, 1.7, 1.6, None], nan_ok=True)
    assert table["sold"].to_list() == [dt.date(2020, 1, 31), dt.date(2019, 12, 31), dt.date(2003, 2, 1), None]
    assert rules(report) == [
        ("number", "gain", 1), ("date", "sold", 1), ("missing", "asked", 1), ("number", "size", 1),
    ]  # fmt: skip
    told = {(one["rule"], one["column"]): one for one in report["changes"]}
    assert told["number", "gain"]["examples"] == [{"row": 4, "before": "k.A.", "after": None}]
    assert told["number", "gain"]["undo"] == 'take `"gain"` out of `numbers`'
    assert told["date", "sold"]["undo"] == 'take `"sold"` out of `dates`'
    assert told["missing", "asked"]["undo"].startswith("take the marker out of `missing` or `missing_in`")
    for key in ("missing_in", "numbers", "dates"):
        cleaning[key] = {}
    plain, none = ingested(tmp_path, text, cleaning=cleaning, reading=reading)
    assert plain["sold"].to_list() == ["2020-01-31", "31.12.2019", "01.02.03", "later"]
    assert (plain["gain"].to_list()[0], rules(none)) == ("(2,50)", [])


def test_a_year_of_two_digits_is_none_of_four(tmp_path: Path) -> None:
    text = "sold,buys\n01.02.03,yes\n01.02.2003,no\n0987-01-01,no\n"
    table, report = ingested(tmp_path, text, cleaning={"dates": {"sold": ["%d.%m.%Y", "%Y-%m-%d"]}})
    assert table["sold"].to_list() == [None, dt.date(2003, 2, 1), dt.date(987, 1, 1)]
    assert report["changes"][0]["examples"] == [{"row": 1, "before": "01.02.03", "after": None}]
