"""Which rows are quarantined, and with which reasons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from validation.asked import AGES, PEOPLE, SEXES, between, expect
from validation.conftest import Hold

from syllabus.errors import Unmet


def quarantine(folder: Path) -> pl.DataFrame:
    return pl.read_parquet(folder / "quarantine.parquet")


def test_failing_rows_are_quarantined_with_every_reason_in_the_order_of_their_numbers(
    hold: Hold, tmp_path: Path
) -> None:
    held = hold(PEOPLE, AGES, SEXES)

    rows = quarantine(tmp_path)
    assert rows.columns == ["row", "reasons", "age", "sex", "town"]
    assert rows.schema["row"] == pl.UInt64
    assert rows["row"].to_list() == [4, 6]
    assert rows["reasons"].to_list() == [
        [
            "age values must be greater than or equal to 0 and less than or equal to 120.",
            "sex values must belong to this set: female, male.",
        ],
        ["age values must be greater than or equal to 0 and less than or equal to 120."],
    ]
    assert rows["age"].to_list() == [200, -3]
    assert held.quarantined == 2


def test_the_quarantine_has_the_same_columns_when_no_row_fails(hold: Hold, tmp_path: Path) -> None:
    hold(PEOPLE, AGES)
    some = quarantine(tmp_path)
    held = hold(PEOPLE, between("age", -10, 1000))

    assert quarantine(tmp_path).schema == some.schema
    assert (held.quarantined, quarantine(tmp_path).height) == (0, 0)


def test_a_missing_value_fails_only_what_asks_for_one(hold: Hold, tmp_path: Path) -> None:
    hold(PEOPLE, between("age", -10, 1000), expect("expect_column_values_to_not_be_null", "warning", column="sex"))

    assert quarantine(tmp_path)["row"].to_list() == [5]


def test_rows_that_mostly_lets_pass_are_quarantined_all_the_same(hold: Hold, tmp_path: Path) -> None:
    held = hold(PEOPLE, AGES | {"kwargs": AGES["kwargs"] | {"mostly": 0.5}})

    assert held.checks[0].success
    assert quarantine(tmp_path)["row"].to_list() == [4, 6]


@pytest.mark.parametrize("more", [{"severity": "info"}, {"meta": {"quarantine": False}}])
def test_what_is_only_told_quarantines_nothing(hold: Hold, tmp_path: Path, more: dict[str, Any]) -> None:
    held = hold(PEOPLE, AGES | more)

    assert held.checks[0].examples
    assert quarantine(tmp_path).is_empty()


def test_a_failing_critical_expectation_shows_its_rows_too(hold: Hold, tmp_path: Path) -> None:
    hold(PEOPLE, AGES | {"severity": "critical"})

    assert quarantine(tmp_path)["row"].to_list() == [4, 6]


def test_of_duplicates_every_one_fails(hold: Hold, tmp_path: Path) -> None:
    hold(PEOPLE, expect("expect_column_values_to_be_unique", "warning", column="town"))

    assert quarantine(tmp_path)["row"].to_list() == [1, 2, 3, 4, 5, 6]


def test_an_expectation_in_sql_quarantines_the_rows_that_it_selects(hold: Hold, tmp_path: Path) -> None:
    query = "SELECT * FROM {batch} WHERE town = 'Kiel' AND sex IS NULL"
    rule = expect(
        "unexpected_rows_expectation", "warning", unexpected_rows_query=query, description="Kiel tells the sex."
    )
    held = hold(PEOPLE, rule)

    assert (held.checks[0].unexpected, str(held.checks[0].sentence)) == (1, "Kiel tells the sex.")
    assert quarantine(tmp_path)["row"].to_list() == [5]


def test_an_expectation_in_sql_about_the_table_quarantines_nothing(hold: Hold, tmp_path: Path) -> None:
    query = "SELECT town FROM {batch} GROUP BY town HAVING count(*) > 1"
    held = hold(PEOPLE, expect("unexpected_rows_expectation", "warning", unexpected_rows_query=query))

    assert not held.checks[0].success
    assert quarantine(tmp_path).is_empty()


def test_an_empty_table_holds_and_has_an_empty_quarantine(hold: Hold, tmp_path: Path) -> None:
    empty = pl.DataFrame(PEOPLE).head(0)
    held = hold(empty, AGES, SEXES)

    assert (held.rows, held.success, held.failed) == (0, True, ())
    assert quarantine(tmp_path).columns == ["row", "reasons", "age", "sex", "town"]


def test_columns_may_have_any_name(hold: Hold, tmp_path: Path) -> None:
    names = [
        "select",
        'a "quoted" name',
        "50%",
        "a:b",
        "<script>",
        "$x",
        "{batch}",
        "x.y",
        "it's",
        "rows",
        "examples",
        "failing",
        "place",
    ]
    held = hold({name: [1, 2, 99] for name in names}, *(between(name, 0, 50) for name in names))

    assert [check.unexpected for check in held.checks] == [1] * len(names)
    assert quarantine(tmp_path).columns == ["row", "reasons", *names]
    assert quarantine(tmp_path)["row"].to_list() == [3]


def test_a_column_named_as_the_quarantine_names_its_own_is_refused(hold: Hold) -> None:
    with pytest.raises(Unmet, match="the table has a column reasons"):
        hold({"reasons": [1]}, between("reasons", 0, 1))
