"""The DuckDB engine finds what the pandas engine finds, on data as dirty as it comes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
import pytest

from syllabus.validation import checkpoint, duckdb_engine, failing, suite

ROWS = 401  # between two values, each engine takes another one for the quantile
# What only one engine counts, and what it words in its own way, is not compared.
COMPARED = ("element_count", "missing_count", "unexpected_count", "unexpected_percent", "observed_value")


def dirty() -> pl.DataFrame:
    """Missing values, duplicates, extremes, empty and blank texts, quotes, other alphabets, dates out of order."""
    generator = np.random.default_rng(11)

    def holes(values: Any, share: float) -> pl.Series:
        return pl.select(
            pl.when(pl.Series(generator.random(ROWS) < share)).then(None).otherwise(pl.Series(values))
        ).to_series()

    words = [
        "Private",
        "private",
        "",
        " ",
        "a b",
        "it's",
        'say "so"',
        "50%",
        "under_score",
        "ÄÖ",
        "東京",
        "x" * 60,
        "?",
    ]
    days = np.datetime64("2020-01-01") + generator.integers(-4000, 4000, ROWS)
    return pl.DataFrame(
        {
            "row": np.arange(1, ROWS + 1, dtype=np.uint64),
            "whole": holes(generator.integers(-5, 120, ROWS), 0.1),
            "full": generator.integers(0, 50, ROWS),
            "real": holes(np.round(generator.standard_cauchy(ROWS), 3), 0.05),
            "word": holes([words[index] for index in generator.integers(0, len(words), ROWS)], 0.15),
            "other": holes([words[index] for index in generator.integers(0, len(words), ROWS)], 0.15),
            "code": [f"C-{number:04}" for number in generator.integers(0, 300, ROWS)],
            "day": holes(days, 0.1),
            "odd 'name\"; --": generator.integers(0, 9, ROWS),
            "nothing": pl.Series([None] * ROWS, dtype=pl.String),
        }
    )


def when(column: str, operator: str, parameter: Any) -> dict[str, Any]:
    return {"type": "comparison", "column": {"name": column}, "operator": operator, "parameter": parameter}


# With a value missing on one side, pandas calls a comparison failed and SQL does not; a missing value fails nothing here.
PRESENT = {"ignore_row_if": "either_value_is_missing"}

ASKED: dict[str, tuple[str, dict[str, Any]]] = {
    "between": ("expect_column_values_to_be_between", {"column": "whole", "min_value": 0, "max_value": 100}),
    "strictly between": (
        "expect_column_values_to_be_between",
        {"column": "real", "min_value": -2, "max_value": 2, "strict_min": True, "strict_max": True, "mostly": 0.7},
    ),
    "only a minimum": ("expect_column_values_to_be_between", {"column": "full", "min_value": 1}),
    "between dates": (
        "expect_column_values_to_be_between",
        {"column": "day", "min_value": "2015-06-01T00:00:00", "max_value": "2025-06-01T00:00:00"},
    ),
    "between where": (
        "expect_column_values_to_be_between",
        {"column": "whole", "min_value": 10, "max_value": 90, "row_condition": when("word", "==", "Private")},
    ),
    "nothing to look at": (
        "expect_column_values_to_be_between",
        {"column": "whole", "min_value": 0, "row_condition": when("full", ">", 99)},
    ),
    "in set": ("expect_column_values_to_be_in_set", {"column": "word", "value_set": ["Private", "it's", "東京", ""]}),
    "in set of numbers": ("expect_column_values_to_be_in_set", {"column": "full", "value_set": [1, 2, 3]}),
    "in set of dates": ("expect_column_values_to_be_in_set", {"column": "day", "value_set": ["2015-06-01T00:00:00"]}),
    "in set where": (
        "expect_column_values_to_be_in_set",
        {"column": "word", "value_set": ["Private"], "row_condition": when("other", "==", "?")},
    ),
    "not in set": ("expect_column_values_to_not_be_in_set", {"column": "word", "value_set": ["?", "50%"]}),
    "not null": ("expect_column_values_to_not_be_null", {"column": "word", "mostly": 0.8}),
    "null": ("expect_column_values_to_be_null", {"column": "nothing"}),
    "all missing": ("expect_column_values_to_be_in_set", {"column": "nothing", "value_set": ["a"]}),
    "unique": ("expect_column_values_to_be_unique", {"column": "code"}),
    "unique with holes": ("expect_column_values_to_be_unique", {"column": "word"}),
    "unique where": ("expect_column_values_to_be_unique", {"column": "code", "row_condition": when("full", ">", 40)}),
    "compound unique": ("expect_compound_columns_to_be_unique", {"column_list": ["code", "full"]}),
    "unique in the record": (
        "expect_select_column_values_to_be_unique_within_record",
        {"column_list": ["word", "other"]},
    ),
    "regex": ("expect_column_values_to_match_regex", {"column": "code", "regex": "^C-0"}),
    "regex in the middle": ("expect_column_values_to_match_regex", {"column": "word", "regex": "[a-z ]"}),
    "not regex": ("expect_column_values_to_not_match_regex", {"column": "word", "regex": "^\\s*$"}),
    "any regex": (
        "expect_column_values_to_match_regex_list",
        {"column": "word", "regex_list": ["^P", "ivate$"], "match_on": "any"},
    ),
    "all regexes": (
        "expect_column_values_to_match_regex_list",
        {"column": "word", "regex_list": ["^P", "ivate$"], "match_on": "all"},
    ),
    "no regex": ("expect_column_values_to_not_match_regex_list", {"column": "word", "regex_list": ["%", "'"]}),
    "lengths": ("expect_column_value_lengths_to_be_between", {"column": "word", "min_value": 1, "max_value": 10}),
    "length": ("expect_column_value_lengths_to_equal", {"column": "code", "value": 6}),
    "length in letters": ("expect_column_value_lengths_to_equal", {"column": "word", "value": 2}),
    "z scores": (
        "expect_column_value_z_scores_to_be_less_than",
        {"column": "full", "threshold": 1.5, "double_sided": True},
    ),
    "a over b": (
        "expect_column_pair_values_a_to_be_greater_than_b",
        {"column_A": "whole", "column_B": "full", **PRESENT},
    ),
    "a not under b": (
        "expect_column_pair_values_a_to_be_greater_than_b",
        {"column_A": "whole", "column_B": "full", **PRESENT, "or_equal": True},
    ),
    "pair equal": ("expect_column_pair_values_to_be_equal", {"column_A": "word", "column_B": "other"}),
    "pair in set": (
        "expect_column_pair_values_to_be_in_set",
        {
            "column_A": "word",
            "column_B": "other",
            "value_pairs_set": [["Private", "private"], ["?", "?"], ["", ""]],
            "ignore_row_if": "either_value_is_missing",
        },
    ),
    "sum of columns": (
        "expect_multicolumn_sum_to_equal",
        {"column_list": ["full", "odd 'name\"; --"], "sum_total": 30},
    ),
    "columns equal": ("expect_multicolumn_values_to_be_equal", {"column_list": ["word", "other"]}),
    "a name of odd letters": ("expect_column_values_to_be_between", {"column": "odd 'name\"; --", "max_value": 7}),
    "mean": ("expect_column_mean_to_be_between", {"column": "whole", "min_value": 0, "max_value": 100}),
    "median": ("expect_column_median_to_be_between", {"column": "real", "min_value": -1, "max_value": 1}),
    "stdev": ("expect_column_stdev_to_be_between", {"column": "full", "min_value": 1, "max_value": 20}),
    "sum": ("expect_column_sum_to_be_between", {"column": "full", "max_value": 1}),
    "min": ("expect_column_min_to_be_between", {"column": "whole", "min_value": 0}),
    "max": ("expect_column_max_to_be_between", {"column": "real", "max_value": 1000}),
    "most common": (
        "expect_column_most_common_value_to_be_in_set",
        {"column": "code", "value_set": ["C-0001"], "ties_okay": True},
    ),
    "distinct in set": (
        "expect_column_distinct_values_to_be_in_set",
        {"column": "word", "value_set": ["Private", "?"]},
    ),
    "distinct contain": (
        "expect_column_distinct_values_to_contain_set",
        {"column": "word", "value_set": ["Private", "absent"]},
    ),
    "distinct equal": ("expect_column_distinct_values_to_equal_set", {"column": "full", "value_set": list(range(50))}),
    "how many distinct": (
        "expect_column_unique_value_count_to_be_between",
        {"column": "word", "min_value": 5, "max_value": 13},
    ),
    "share distinct": ("expect_column_proportion_of_unique_values_to_be_between", {"column": "word", "max_value": 0.5}),
    "share not null": (
        "expect_column_proportion_of_non_null_values_to_be_between",
        {"column": "word", "min_value": 0.9},
    ),
    "quantiles": (
        "expect_column_quantile_values_to_be_between",
        {
            "column": "full",
            "quantile_ranges": {
                "quantiles": [0.0, 0.25, 0.5, 1.0],
                "value_ranges": [[0, 0], [9, 15], [20, 30], [None, 48]],
            },
        },
    ),
    "divergence of values": (
        "expect_column_kl_divergence_to_be_less_than",
        {
            "column": "odd 'name\"; --",
            "partition_object": {"values": list(range(9)), "weights": [1 / 9] * 9},
            "threshold": 0.1,
        },
    ),
    "divergence of bins": (
        "expect_column_kl_divergence_to_be_less_than",
        {"column": "full", "partition_object": {"bins": [0, 10, 25, 50], "weights": [0.2, 0.3, 0.5]}, "threshold": 0.1},
    ),
    "rows": ("expect_table_row_count_to_be_between", {"min_value": 1, "max_value": 400}),
    "row count": ("expect_table_row_count_to_equal", {"value": ROWS}),
    "columns": ("expect_table_column_count_to_equal", {"value": 10}),
    "column set": ("expect_table_columns_to_match_set", {"column_set": ["row", "gone"], "exact_match": True}),
    "column order": ("expect_table_columns_to_match_ordered_list", {"column_list": ["row", "whole", "real", "full"]}),
    "a column": ("expect_column_to_exist", {"column": "whole"}),
    "no such column": ("expect_column_to_exist", {"column": "wholly"}),
}


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    return dirty()


@pytest.fixture(scope="module")
def held(frame: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Return DuckDB's engine and its results by the names above."""
    folder = tmp_path_factory.mktemp("held")
    frame.write_parquet(folder / "table.parquet")
    entries = [{"type": name, "kwargs": kwargs} for name, kwargs in ASKED.values()]
    (folder / "suite.json").write_text(json.dumps({"name": "dirty", "expectations": entries}), encoding="utf-8")
    columns = duckdb_engine.columns(folder / "table.parquet")
    with checkpoint.opened(folder / "table.parquet") as table:
        path = folder / "suite.json"
        results = table.hold(suite.build(suite.parse(path), path, columns), path, columns)
        yield table.engine, dict(zip(ASKED, results, strict=True))


@pytest.fixture(scope="module")
def by_pandas(frame: pl.DataFrame) -> dict[str, Any]:
    import great_expectations as gx
    from great_expectations.expectations.registry import get_expectation_impl

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("pandas").add_dataframe_asset("dirty")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame.to_pandas()})
    return {
        name: batch.validate(get_expectation_impl(kind)(**kwargs), result_format="COMPLETE")
        for name, (kind, kwargs) in ASKED.items()
    }


def comparable(value: Any) -> Any:
    """Return the value with floats to nine digits; no rows at all are none that fail."""
    if isinstance(value, dict):
        return {key: comparable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [comparable(item) for item in value]
    return float(f"{value:.9g}") if isinstance(value, int | float) else value or 0


@pytest.mark.parametrize("name", ASKED)
def test_both_engines_find_the_same(held: Any, by_pandas: dict[str, Any], name: str) -> None:
    ours, theirs = held[1][name], by_pandas[name]

    assert theirs.exception_info["raised_exception"] is False
    assert ours.success == bool(theirs.success)
    for key in COMPARED:
        if key in ours.result and key in theirs.result:
            assert comparable(ours.result[key]) == comparable(theirs.result[key]), key


@pytest.mark.parametrize("name", ASKED)
def test_the_rows_that_fail_are_those_of_pandas(held: Any, by_pandas: dict[str, Any], name: str) -> None:
    engine, results = held
    query = failing.rows(engine, results[name])
    found = set()
    if query is not None:
        with engine.engine.connect() as connection:
            found = set(connection.execute(query).scalars())

    indices = by_pandas[name].result.get("unexpected_index_list") or []
    assert found == {index + 1 for index in indices}
