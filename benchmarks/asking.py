"""The questions of a drafted suite asked in a few DuckDB queries: validation's answers in a hundredth of its time.

For measurements alone. `tests/drafting/test_benchmark.py` compares the answers with those of `syllabus.validation`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import duckdb
import polars as pl

Suite = Mapping[str, Any]
REFUSED = -1
"""The place of an expectation that stands for a suite that cannot be asked of a table at all."""


def failed(suite: Suite, frame: pl.DataFrame) -> dict[int, str]:
    """Return the places of the expectations that fail, each with its severity."""
    with duckdb.connect() as database:
        database.register("batch", frame.to_arrow())
        database.execute("CREATE TABLE examples AS FROM batch")
        kinds = {name: kind for name, kind, *_ in database.execute("DESCRIBE examples").fetchall()}
        try:
            return {
                place: one["severity"]
                for place, one in enumerate(suite["expectations"])
                if not _holds(database, kinds, one["type"], one["kwargs"])
            }
        except (duckdb.Error, KeyError):
            return {REFUSED: "critical"}


def _holds(database: duckdb.DuckDBPyConnection, kinds: Mapping[str, str], kind: str, kwargs: Mapping[str, Any]) -> bool:
    def ask(sql: str) -> tuple[Any, ...]:
        return database.execute(f"SELECT {sql} FROM examples").fetchone() or ()

    if kind == "expect_table_columns_to_match_set":
        return set(kwargs["column_set"]) == set(kinds)
    if kind == "expect_table_row_count_to_be_between":
        (rows,) = ask("count(*)")
        return bool(kwargs.get("min_value", 0) <= rows <= kwargs.get("max_value", math.inf))
    if kind == "unexpected_rows_expectation":
        return not database.execute(kwargs["unexpected_rows_query"].format(batch="examples")).fetchall()
    if kind == "expect_column_pair_values_a_to_be_greater_than_b":
        larger, smaller = _quoted(kwargs["column_A"]), _quoted(kwargs["column_B"])
        return _mostly(ask(f"count({larger} >= {smaller}), count_if({larger} >= {smaller})"), kwargs)
    name = _quoted(kwargs["column"])
    if kinds[kwargs["column"]] == "VARCHAR" and "quantile" in kind:
        raise KeyError(name)
    if kind == "expect_column_values_to_be_in_type_list":
        return _family(kinds[kwargs["column"]]) == _family(kwargs["type_list"][0])
    if kind == "expect_column_proportion_of_non_null_values_to_be_between":
        return bool(ask(f"count({name}) / count(*)")[0] >= kwargs["min_value"])
    if kind == "expect_column_kl_divergence_to_be_less_than":
        return _divergence(database, name, kwargs) <= kwargs["threshold"]
    if kind == "expect_column_quantile_values_to_be_between":
        return _quantiles(ask, name, kwargs)
    return _mostly(ask(f"count({name}), {_condition(kind, name, kwargs)}"), kwargs)


def _condition(kind: str, name: str, kwargs: Mapping[str, Any]) -> str:
    match kind:
        case "expect_column_values_to_be_null":
            return f"-count({name})"
        case "expect_column_values_to_be_unique":
            single = f"SELECT {name} FROM examples WHERE {name} IS NOT NULL GROUP BY 1 HAVING count(*) = 1"
            return f"(SELECT count(*) FROM ({single}))"
        case "expect_column_values_to_be_in_set":
            return f"count_if({name} IN ({', '.join(map(_literal, kwargs['value_set']))}))"
        case "expect_column_values_to_match_regex":
            return f"count_if(regexp_matches({name}, {_literal(kwargs['regex'])}))"
        case "expect_column_value_lengths_to_be_between":
            return f"count_if(length({name}) BETWEEN {kwargs['min_value']} AND {kwargs['max_value']})"
        case "expect_column_values_to_be_between":
            low, high = _literal(kwargs["min_value"]), _literal(kwargs["max_value"])
            return f"count_if({name} >= {low} AND {name} <= {high})"
    raise NotImplementedError(kind)


def _mostly(counted: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
    asked, held = counted
    return not asked or bool(held / asked >= kwargs.get("mostly", 1.0))


def _quantiles(ask: Any, name: str, kwargs: Mapping[str, Any]) -> bool:
    where = kwargs.get("row_condition")
    only = f" FILTER (WHERE {name} != {_literal(where['parameter'])})" if where else ""
    ranges = kwargs["quantile_ranges"]
    (seen,) = ask(f"quantile_disc({name}, {ranges['quantiles']}){only}")
    if seen is None:
        return False
    pairs = zip(seen, ranges["value_ranges"], strict=True)
    return all((low is None or low <= value) and (high is None or value <= high) for value, (low, high) in pairs)


def _divergence(database: duckdb.DuckDBPyConnection, name: str, kwargs: Mapping[str, Any]) -> float:
    counts = dict(
        database.execute(f"SELECT {name}, count(*) FROM examples WHERE {name} IS NOT NULL GROUP BY 1").fetchall()
    )
    total = sum(counts.values())
    if not total:
        return math.inf
    partition, holdout = kwargs["partition_object"], kwargs["tail_weight_holdout"]
    expected = dict(zip(partition["values"], partition["weights"], strict=True))
    new = [value for value in counts if value not in expected]
    if new:
        expected = {value: weight * (1 - holdout) for value, weight in expected.items()}
        expected |= {value: holdout / len(new) for value in new}
    whole = sum(expected.values())
    return sum(
        count / total * math.log(count / total / (expected[value] / whole)) for value, count in counts.items() if count
    )


def _family(kind: str) -> str:
    if kind == "BOOLEAN" or kind in ("VARCHAR", "TEXT"):
        return kind.replace("TEXT", "VARCHAR")
    return "time" if kind.startswith(("DATE", "TIME")) else "number"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(value: Any) -> str:
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)
