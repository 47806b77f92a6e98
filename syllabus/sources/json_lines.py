"""JSON lines: an object a line. DuckDB parses them; Python's reader finds the line to blame."""

from __future__ import annotations

import glob
import json
import os
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syllabus.errors import Unmet
from syllabus.sources import lines
from syllabus.sources.lines import LONGEST

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    from syllabus.settings import Reading

_SINGLE = "a cell must be one text, number or boolean"
_HEAD = 20_000
_INTEGERS = {"BIGINT", "UBIGINT"}


def names(path: Path, reading: Reading) -> tuple[str, list[str]]:
    """Return the file and the keys of its first 20,000 lines, in the order in which they come.

    Raises:
        Unmet: one of these lines is no object.
    """
    lines.check(path, reading)
    keys: dict[str, None] = {}
    for number, line in enumerate(islice(lines.lines(path, reading), _HEAD), 1):
        keys |= dict.fromkeys(_object(line, f"{path}:{number}"))
    return str(path), list(keys)


def scan(path: Path, reading: Reading, scratch: Path) -> pl.LazyFrame:
    """Open JSON lines lazily: a column for each key; one with values of several types holds them as text.

    Args:
        path: the file.
        reading: its encoding.
        scratch: a folder for the cells as Parquet.

    Raises:
        Unmet: a line is no object, or a value is a list or an object.
    """
    import duckdb
    import polars as pl

    names(path, reading)
    whole, parsed = lines.plain(path, reading, scratch), scratch / "parsed"
    config: dict[str, Any] = {"threads": min(4, os.cpu_count() or 1), "temp_directory": str(scratch / ".spilled")}
    with duckdb.connect(config=config) as connection:
        try:
            kinds = _kinds(connection, whole)
            _refuse_nested(path, reading, kinds)
            cells = ", ".join(f"{_cell(key, types)} AS c{place}" for place, (key, types) in enumerate(kinds.items()))
            target = str(parsed).replace("'", "''")
            connection.execute(
                f"COPY (SELECT {cells or 'NULL AS c0'} FROM {_OBJECTS}) TO '{target}' "  # noqa: S608  # names are quoted
                f"(FORMAT parquet, COMPRESSION lz4, ROW_GROUP_SIZE 20000)",
                [_objects(whole)],
            )
        except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
            _blame(path, reading)
            raise Unmet(f"{path}: not JSON lines: {str(error).splitlines()[0]}") from None
    frame = pl.scan_parquet(parsed, glob=False)
    return frame.select(pl.col(f"c{place}").alias(key) for place, key in enumerate(kinds))


_OBJECTS = f"read_ndjson_objects(?, maximum_object_size={LONGEST}, compression='uncompressed')"


def _objects(path: Path) -> str:
    return glob.escape(str(path))


def _kinds(connection: duckdb.DuckDBPyConnection, path: Path) -> dict[str, set[str]]:
    """Return the types of every key's values, the keys in the order in which they come."""
    kind, text = (f"{function}(json, {_pointer('key')})" for function in ("json_type", "json_extract_string"))
    found = connection.execute(
        f"""WITH numbered AS (SELECT row_number() OVER () AS line, json FROM {_OBJECTS}),
        keyed AS (SELECT line, unnest(json_keys(json)) AS key, generate_subscripts(json_keys(json), 1) AS place, json
                  FROM numbered)
        SELECT key, list(DISTINCT CASE WHEN {kind} = 'UBIGINT' AND TRY_CAST({text} AS BIGINT) IS NULL
                                       THEN 'HUGEINT' ELSE {kind} END) FROM keyed
        GROUP BY key ORDER BY min(line * 100000 + place)""",  # noqa: S608
        [_objects(path)],
    ).fetchall()
    return {key: {kind for kind in kinds if kind and kind != "NULL"} for key, kinds in found}


def _pointer(key: str) -> str:
    """Return the SQL for the JSON pointer (RFC 6901) of a key."""
    return f"'/' || replace(replace({key}, '~', '~0'), '/', '~1')"


def _cell(key: str, types: set[str]) -> str:
    """Return the SQL for the values of a key."""
    text = f"json_extract_string(json, {_pointer(_quoted(key))})"
    if types == {"BOOLEAN"}:
        return f"CAST({text} AS BOOLEAN)"
    if types and types <= _INTEGERS:
        return f"CAST({text} AS BIGINT)"
    if types and types <= {*_INTEGERS, "DOUBLE"}:
        return f"CAST({text} AS DOUBLE)"
    return text


def _quoted(key: str) -> str:
    return "'" + key.replace("'", "''") + "'"


def _refuse_nested(path: Path, reading: Reading, kinds: dict[str, set[str]]) -> None:
    nested = [key for key, types in kinds.items() if types & {"OBJECT", "ARRAY"}]
    if not nested:
        return
    for number, line in zip(count(1), lines.lines(path, reading), strict=False):
        for key, value in _object(line, f"{path}:{number}").items():
            if key in nested and isinstance(value, dict | list):
                what = "an object" if isinstance(value, dict) else "a list"
                raise Unmet(f"{path}:{number}: {key} holds {what}; {_SINGLE}")


def _blame(path: Path, reading: Reading) -> None:
    """Look at every line, for the error that one of them raises."""
    for number, line in enumerate(lines.lines(path, reading), 1):
        _object(line, f"{path}:{number}")


def _object(line: str, where: str) -> dict[str, Any]:
    if not line.strip():
        return {}
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        said = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deeply"
        raise Unmet(f"{where}: not JSON: {said}") from None
    if not isinstance(value, dict):
        raise Unmet(f'{where}: not an object: JSON lines have one on every line, {{"column": value, …}}')
    return value
