"""What a drafted suite says, and that it holds on its own rows and on a second batch, whatever the table is like."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from drafting.conftest import Hold, numbered, people

from syllabus import drafting
from syllabus.drafting import Column


def kinds_of(suite: dict[str, Any], column: str) -> list[str]:
    found = [one["type"] for one in suite["expectations"] if one["kwargs"].get("column") == column]
    return [kind.removeprefix("expect_column_") for kind in found]


def failed(hold: Hold, suite: dict[str, Any], frame: pl.DataFrame) -> list[str]:
    return [check.label for check in hold(suite, frame).failed]


def test_it_holds_on_its_own_rows_and_quarantines_none_of_them(hold: Hold, suite: dict[str, Any]) -> None:
    held = hold(suite, people(1000, seed=1))

    assert [check.label for check in held.failed] == []
    assert held.quarantined == 0


def test_it_holds_on_another_batch_of_the_same_source(hold: Hold, suite: dict[str, Any]) -> None:
    assert failed(hold, suite, people(1000, seed=2)) == []
    assert failed(hold, suite, people(800, seed=3)) == []


def test_shares_of_many_values_are_one_together(hold: Hold) -> None:
    """Each is 0.0227272…, and 44 of them rounded to six places fall a hundred-thousandth short."""
    frame = pl.DataFrame({"row": range(660), "page": [f"page {number % 44}" for number in range(660)]})
    suite = drafting.draft(frame.lazy(), [Column("page", "categorical")])
    (shares,) = [one for one in suite["expectations"] if "kl_divergence" in one["type"]]
    assert math.fsum(shares["kwargs"]["partition_object"]["weights"]) == pytest.approx(1, abs=1e-9)
    assert failed(hold, suite, frame) == []


def test_a_value_never_seen_keeps_no_row_out_where_many_were_seen_once(hold: Hold) -> None:
    def porches(rows: int, seed: int) -> pl.DataFrame:
        random = np.random.default_rng(seed)
        sizes = np.where(random.random(rows) < 0.98, 0, random.integers(80, 400, rows))
        kinds = random.choice(["wood", "brick", "stone"], rows)
        return pl.DataFrame({"row": np.arange(rows, dtype=np.uint64), "porch": sizes, "kind": kinds, "y": rows * [1.5]})

    table = porches(1500, seed=1)
    suite = drafting.draft(table.lazy(), [Column("porch", "categorical"), Column("kind", "categorical")])
    sets = [one for one in suite["expectations"] if one["type"] == "expect_column_values_to_be_in_set"]
    assert {one["kwargs"]["column"]: one["meta"].get("quarantine", True) for one in sets} == {
        "porch": False,
        "kind": True,
    }
    held = hold(suite, porches(1500, seed=2))
    assert not held.failed
    assert held.quarantined == 0
    spelled = porches(1500, seed=2).with_columns(
        pl.when(pl.col("row") < 5).then(pl.lit("Wood")).otherwise("kind").alias("kind")
    )
    assert hold(suite, spelled).quarantined == 5


def test_every_expectation_has_a_severity_and_a_note_with_what_was_seen(suite: dict[str, Any]) -> None:
    for one in suite["expectations"]:
        assert one["severity"] in ("critical", "warning", "info")
        assert one["meta"]["notes"].endswith(".")
    notes = [one["meta"]["notes"] for one in suite["expectations"]]
    assert any("columns have a value in every row" in note for note in notes)


def test_it_is_short_enough_to_be_reviewed(suite: dict[str, Any]) -> None:
    columns = [column for column in people(10, seed=1).columns if column != "row"]

    assert max(len(kinds_of(suite, column)) for column in columns) <= 4
    assert len(suite["expectations"]) <= 6 + 4 * len(columns)


def test_each_column_is_asked_what_it_is(suite: dict[str, Any]) -> None:
    a_type = "values_to_be_in_type_list"

    # A question that a text alone, or a number alone, can answer needs none about the type; columns without gaps share one.
    assert kinds_of(suite, "key") == ["values_to_be_unique", "values_to_match_regex"]
    assert kinds_of(suite, "income") == ["values_to_be_between", "quantile_values_to_be_between"]
    assert kinds_of(suite, "town") == [a_type, "values_to_be_in_set", "kl_divergence_to_be_less_than"]
    assert kinds_of(suite, "member") == [a_type, "kl_divergence_to_be_less_than"]
    assert kinds_of(suite, "first") == [a_type, "values_to_be_between"]
    assert kinds_of(suite, "note") == ["value_lengths_to_be_between"]


def test_codes_and_mails_are_recognized_by_their_form(suite: dict[str, Any]) -> None:
    forms = {
        one["kwargs"]["column"]: one["kwargs"]["regex"] for one in suite["expectations"] if "regex" in one["kwargs"]
    }

    assert forms == {"key": r"^[A-Z]\-[0-9]{6}$", "mail": r"^[^@\s]+@[^@\s]+\.[^@\s]+$"}


def test_an_order_of_two_columns_is_drafted_only_where_chance_would_break_it(suite: dict[str, Any]) -> None:
    pairs = [one["kwargs"] for one in suite["expectations"] if "pair" in one["type"]]

    assert [(pair["column_B"], pair["column_A"]) for pair in pairs] == [("first", "last")]


def test_ranges_keep_to_natural_bounds() -> None:
    generator = np.random.default_rng(5)
    table = numbered(
        pl.DataFrame(
            {
                "amount": generator.exponential(3, 500),
                "share": np.append(generator.random(499), 1.0),
                "count": generator.integers(1, 500, 500),
                "signed": generator.normal(0, 1, 500),
            }
        )
    )
    drafted = drafting.draft(table.lazy())["expectations"]
    ranges = {
        one["kwargs"]["column"]: (one["kwargs"]["min_value"], one["kwargs"]["max_value"])
        for one in drafted
        if one["type"] == "expect_column_values_to_be_between"
    }

    assert ranges["amount"][0] == 0
    assert ranges["share"] == (0, 1.0)
    assert all(isinstance(end, int) for end in ranges["count"])
    assert ranges["signed"][0] < -2


def test_one_outlier_does_not_widen_what_quantiles_may_do(hold: Hold) -> None:
    years = np.append(np.random.default_rng(1).integers(1900, 2010, 999), 22_070)
    suite = drafting.draft(numbered(pl.DataFrame({"year": years})).lazy())

    assert failed(hold, suite, numbered(pl.DataFrame({"year": years - 1000}))) != []


def test_what_the_caller_says_of_a_column_counts() -> None:
    table = numbered(pl.DataFrame({"zip": [10115, 80331, 50667] * 100, "who": list(range(150)) * 2}))
    suite = drafting.draft(table.lazy(), [Column("zip", "categorical"), Column("who", "group")])

    assert "values_to_be_in_set" in kinds_of(suite, "zip")
    assert not {"values_to_be_between", "quantile_values_to_be_between", "values_to_be_in_set"} & set(
        kinds_of(suite, "who")
    )


def test_it_reads_a_file(tmp_path: Path, suite: dict[str, Any]) -> None:
    people(1000, seed=1).write_parquet(tmp_path / "table.parquet")
    columns = drafting.roles(pl.scan_parquet(tmp_path / "table.parquet"), "churned")

    assert drafting.draft(tmp_path / "table.parquet", columns) == suite


HOSTILE = [
    'a "b"',
    "it's",
    "{batch}",
    "%s %d",
    ":bind",
    "semi; --",
    "<script>",
    "naïve ☃",
    " ",
    "line\nbreak",
    "back\\slash",
]
STRANGE: dict[str, pl.DataFrame] = {
    "names": pl.DataFrame({name: np.arange(60.0) for name in HOSTILE}),
    "names of empty columns": pl.DataFrame({name: pl.Series([None] * 60, dtype=pl.String) for name in HOSTILE}),
    "all null": pl.DataFrame({"a": [None] * 50, "b": pl.Series([None] * 50, dtype=pl.Float64)}),
    "constant": pl.DataFrame({"a": [7] * 100, "b": ["x"] * 100, "c": [0.1] * 100}),
    "one row": pl.DataFrame({"a": [1.5], "b": ["x"]}),
    "ten rows": pl.DataFrame({"a": np.arange(10) ** 3, "b": list("abcabcabcz"), "c": [True] * 9 + [None]}),
    "infinite": pl.DataFrame({"a": [math.inf, -math.inf, math.nan, *map(float, range(97))]}),
    "all infinite": pl.DataFrame({"a": [math.inf] * 30}),
    "integers beyond floats": pl.DataFrame({"a": [2**62 + place for place in range(60)], "b": [-(2**63)] * 60}),
    "large unsigned": pl.DataFrame({"a": pl.Series([2**64 - 1 - place for place in range(60)], dtype=pl.UInt64)}),
    "duplicates": pl.DataFrame({"a": [1, 2] * 200}),
    "small types": pl.DataFrame(
        {
            "i8": pl.Series(range(100), dtype=pl.Int8),
            "u16": pl.Series(range(100), dtype=pl.UInt16),
            "u32": pl.Series(range(100), dtype=pl.UInt32),
            "f32": pl.Series(np.linspace(0, 0.1, 100), dtype=pl.Float32),
            "decimal": pl.Series(range(100)).cast(pl.Decimal(12, 2)),
            "enum": pl.Series(["a", "b"] * 50, dtype=pl.Enum(["a", "b"])),
            "category": pl.Series(["a", "b"] * 50, dtype=pl.Categorical),
        }
    ),
    "times": pl.DataFrame({"days": np.datetime64("2000-01-01") + np.arange(60)}).with_columns(
        pl.col("days").cast(pl.Datetime("us", "Europe/Berlin")).alias("zoned"),
        pl.col("days").cast(pl.Datetime("ns")).alias("exact"),
        pl.lit(pl.Series([9] * 60)).cast(pl.Time).alias("clock"),
        pl.duration(hours=pl.Series(range(60))).alias("took"),
    ),
    "lists and bytes": pl.DataFrame({"raw": [b"\x00", b"\xff"] * 30, "listed": [[1, 2]] * 60}),
}


@pytest.mark.parametrize("name", STRANGE)
def test_whatever_the_table_the_suite_is_accepted_and_holds(hold: Hold, name: str) -> None:
    frame = numbered(STRANGE[name])

    assert failed(hold, drafting.draft(frame.lazy()), frame) == []


def test_a_target_of_one_class_is_drafted(hold: Hold) -> None:
    frame = numbered(pl.DataFrame({"x": np.arange(100.0), "y": ["yes"] * 100}))
    suite = drafting.draft(frame.lazy(), drafting.roles(frame.lazy(), "y"))

    assert failed(hold, suite, frame) == []
    assert "critical" in {one["severity"] for one in suite["expectations"] if one["kwargs"].get("value_set") == ["yes"]}


def wide(columns: int) -> pl.DataFrame:
    generator = np.random.default_rng(0)
    return numbered(pl.DataFrame({f"c{place}": generator.normal(size=300) for place in range(columns)}))


def test_of_a_wide_table_each_column_is_asked_one_thing() -> None:
    table = wide(201).lazy()
    suite = drafting.draft(table, drafting.roles(table, "c0"))

    asked = [kinds_of(suite, f"c{place}") for place in range(201)]
    assert asked[1:] == [["quantile_values_to_be_between"]] * 200
    assert len(asked[0]) == 3


def test_of_a_thousand_columns_so_many_are_asked_as_a_person_can_review() -> None:
    frame = wide(1000).with_columns(
        *(pl.Series(["red", "blue", "green"] * 100).alias(f"c{place}") for place in range(0, 1000, 9)),
        key=pl.Series([f"k{place:04}" for place in range(300)]),
    )
    suite = drafting.draft(frame.lazy(), drafting.roles(frame.lazy(), "c0"))

    asked = [one for one in suite["expectations"] if "column" in one["kwargs"] and one["kwargs"]["column"] != "row"]
    assert drafting.WIDE <= len(asked) <= drafting.WIDE + 5
    assert {one["kwargs"]["column"] for one in asked} >= {"c0", "c1", "key"}
    assert len({one["type"] for one in asked}) >= 4
    assert sum("more such questions are left out" in one["meta"]["notes"] for one in suite["expectations"]) == 1


@pytest.mark.slow
def test_a_table_of_a_thousand_columns_is_drafted_and_validated(hold: Hold) -> None:
    frame = wide(1000)

    assert failed(hold, drafting.draft(frame.lazy()), frame) == []
