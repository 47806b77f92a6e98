"""JSON lines: an object a line. DuckDB parses them; Python's reader finds the line to blame.

An object within an object is columns of their own: `{"age": {"student": 2}}` is the column `age.student`.
"""

from __future__ import annotations

import glob
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syllabus import memory
from syllabus.errors import Unmet
from syllabus.sources import lines
from syllabus.sources.lines import LONGEST

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    from syllabus.settings import Reading

_SINGLE = "a cell must be one text, number or boolean; a list must be joined to one text first, or left out"
_BOTH = "an object here and one value in another line; it must be the same in all"
_HEAD = 20_000
_INTEGERS = {"BIGINT", "UBIGINT"}
_EMPTY = "JSON"
"""What DuckDB calls an object without keys: a missing value."""
_SCALARS = [*_INTEGERS, "DOUBLE", "VARCHAR", "BOOLEAN", "NULL", _EMPTY]
_NESTED = "a list"
_DEEPEST = 20
"""So many objects may lie within one another."""
Key = tuple[str, ...]
"""The keys that lead to a value, from the outermost object to the innermost."""


def names(path: Path, reading: Reading) -> tuple[str, list[str]]:
    """Return the file and the keys of its first 20,000 lines, in the order in which they come.

    Raises:
        Unmet: one of these lines is no object.
    """
    lines.check(path, reading)
    return str(path), list(map(_name, _head(path, reading)))


def _head(path: Path, reading: Reading) -> list[Key]:
    """Return the keys of the first lines, in the order in which they come."""
    keys: dict[Key, None] = {}
    for number, line in enumerate(islice(lines.lines(path, reading), _HEAD), 1):
        keys |= dict.fromkeys(key for key, _ in _leaves(_object(line, f"{path}:{number}"), f"{path}:{number}"))
    # Where an object is missing in some lines, its keys say what it holds.
    within = _within(keys)
    return [key for key in keys if key not in within]


def scan(path: Path, reading: Reading, scratch: Path) -> pl.LazyFrame:
    """Open JSON lines lazily: a column for each key; one with values of several types holds them as text.

    Args:
        path: the file.
        reading: its encoding.
        scratch: a folder for the cells as Parquet.

    Raises:
        Unmet: a line is no object, a value is a list, or an object in one line and none in another.
    """
    import duckdb
    import polars as pl

    lines.check(path, reading)
    head = _head(path, reading)
    whole, parsed = lines.plain(path, reading, scratch), scratch / "parsed"
    threads, spilled = min(4, os.cpu_count() or 1), str(scratch / ".spilled")
    with duckdb.connect(config=memory.of_database() | {"threads": threads, "temp_directory": spilled}) as connection:
        connection.execute("SET enable_progress_bar = false")
        try:
            kinds = _kinds(connection, whole, head)
            _refuse_nested(path, reading, kinds)
            try:
                _copy(connection, whole, parsed, kinds)
            except duckdb.ConversionException:
                _copy(connection, whole, parsed, _without_wide(connection, whole, kinds))
        except (duckdb.InvalidInputException, duckdb.ConversionException, ValueError) as error:
            _blame(path, reading)
            raise Unmet(f"{path}: not JSON lines: {str(error).splitlines()[0]}") from None
    frame = pl.scan_parquet(parsed, glob=False)
    return frame.select(pl.col(f"c{place}").alias(_name(key)) for place, key in enumerate(kinds))


_OBJECTS = f"read_ndjson_objects(?, maximum_object_size={LONGEST}, compression='uncompressed')"


def _objects(path: Path) -> str:
    return glob.escape(str(path))


def _kinds(connection: duckdb.DuckDBPyConnection, path: Path, head: list[Key]) -> dict[Key, set[str]]:
    """Return the types of every key's values: the keys of the head first, then those that come later, sorted."""
    asked = f"SELECT DISTINCT json_structure(json) FROM {_OBJECTS}"  # noqa: S608  # names that are quoted
    found: dict[Key, set[str]] = {}
    for (structure,) in connection.execute(asked, [_objects(path)]).fetchall():
        told = json.loads(structure)
        if not isinstance(told, dict):
            raise ValueError("a line is no object")
        for key, kind in _leaves(told, str(path)):
            found.setdefault(key, set()).add(kind if kind in _SCALARS else _NESTED)
    known = {key: found.get(key, set()) - {"NULL"} for key in [*head, *sorted(found.keys() - set(head))]}
    within = _within(known)
    # An object that some lines lack is no column; its keys are.
    return {key: types for key, types in known.items() if types - {_EMPTY} or key not in within}


def _without_wide(connection: duckdb.DuckDBPyConnection, path: Path, kinds: dict[Key, set[str]]) -> dict[Key, set[str]]:
    """Return the types with integers beyond 64 bits as texts."""
    whole = [key for key, types in kinds.items() if types and types <= _INTEGERS]
    asked = ", ".join(f"bool_or(v[{at}] IS NOT NULL AND TRY_CAST(v[{at}] AS BIGINT) IS NULL)" for at in _places(whole))
    wide = connection.execute(f"SELECT {asked} FROM {_values(whole)}", [_objects(path)]).fetchone()  # noqa: S608  # names that are quoted
    beyond = {key for key, is_wide in zip(whole, wide or (), strict=True) if is_wide}
    return {key: {"VARCHAR"} if key in beyond else types for key, types in kinds.items()}


def _copy(connection: duckdb.DuckDBPyConnection, path: Path, parsed: Path, kinds: dict[Key, set[str]]) -> None:
    """Keep the values as Parquet, in columns c0, c1, …"""
    cells = [
        f"{_cast(f'v[{at}]', types)} AS c{at - 1}" for at, types in zip(_places(kinds), kinds.values(), strict=True)
    ]
    target = str(parsed).replace("'", "''")
    connection.execute(
        f"COPY (SELECT {', '.join(cells)} FROM {_values(kinds)}) TO '{target}' "  # noqa: S608  # keys are quoted
        f"(FORMAT parquet, COMPRESSION lz4, ROW_GROUP_SIZE 20000)",
        [_objects(path)],
    )


def _places(keys: Iterable[Key]) -> list[int]:
    return [at for at, _ in enumerate(keys, 1)]


def _values(keys: Iterable[Key]) -> str:
    """Return the SQL for the values of some keys as a list `v` of texts: so each line is parsed once."""
    paths = ", ".join(_quoted("".join(map(_pointer, key))) for key in keys)
    return f"(SELECT json_extract_string(json, [{paths}]) AS v FROM {_OBJECTS})"  # noqa: S608  # names that are quoted


def _cast(text: str, types: set[str]) -> str:
    """Return the SQL for a text as what its column holds; the pointers to values are of RFC 6901."""
    if _EMPTY in types:
        return _cast(f"NULLIF({text}, '{{}}')", types - {_EMPTY})
    if types == {"BOOLEAN"}:
        return f"CAST({text} AS BOOLEAN)"
    if types and types <= _INTEGERS:
        return f"CAST({text} AS BIGINT)"
    return f"CAST({text} AS DOUBLE)" if types and types <= {*_INTEGERS, "DOUBLE"} else text


def _pointer(key: str) -> str:
    return "/" + key.replace("~", "~0").replace("/", "~1")


def _quoted(key: str) -> str:
    return "'" + key.replace("'", "''") + "'"


def _refuse_nested(path: Path, reading: Reading, kinds: dict[Key, set[str]]) -> None:
    """Refuse lists, one value where another line has an object, and two columns of one name."""
    named = Counter(map(_name, kinds))
    if twice := [name for name in named if named[name] > 1]:
        raise Unmet(f"{path}: {twice[0]} is a key, and a key within an object as well: rename one of them")
    lists, both = {key for key, types in kinds.items() if _NESTED in types}, _within(kinds) & kinds.keys()
    if not lists | both:
        return
    for number, line in zip(count(1), lines.lines(path, reading), strict=False):
        for key, value in _leaves(_object(line, f"{path}:{number}"), f"{path}:{number}"):
            if key in lists and isinstance(value, list):
                raise Unmet(f"{path}:{number}: {_name(key)} holds a list; {_SINGLE}")
            if mixed := _within([key]) & both:
                raise Unmet(f"{path}:{number}: {_name(min(mixed))} holds {_BOTH}")


def _within(keys: Iterable[Key]) -> set[Key]:
    """Return the keys of the objects that hold these."""
    return {key[:length] for key in keys for length in range(1, len(key))}


def _leaves(held: dict[str, Any], where: str, outer: Key = ()) -> Iterator[tuple[Key, Any]]:
    """Yield every value that is no object, with the keys that lead to it; an empty object is a missing value."""
    for key, value in held.items():
        if not isinstance(value, dict):
            yield (*outer, key), value
        elif not value:
            yield (*outer, key), None
        elif len(outer) < _DEEPEST:
            yield from _leaves(value, where, (*outer, key))
        else:
            raise Unmet(f"{where}: objects within one another are read to a depth of {_DEEPEST}, and here are more")


def _name(key: Key) -> str:
    return ".".join(key)


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
