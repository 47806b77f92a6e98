"""Reads an expectation suite and explains every error in it with file, line, what was received and what is valid."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from json.decoder import JSONObject  # type: ignore[attr-defined]  # a stable part of the pure-Python parser
from json.scanner import py_make_scanner  # type: ignore[attr-defined]  # likewise
from pathlib import Path
from typing import Any

from syllabus.errors import Unmet, nearest

SEVERITIES = ("critical", "warning", "info")
_SUITE_KEYS = ("name", "expectations", "meta", "notes", "id")
_KEYS = ("type", "kwargs", "severity", "notes", "description", "meta", "id")


def parse(path: Path) -> Object:
    """Return what the file of a suite says, without asking Great Expectations whether it makes sense.

    Args:
        path: a suite as Great Expectations writes it: `{"name": ..., "expectations": [{"type": ..., ...}]}`.

    Raises:
        Unmet: the file is missing, is no JSON, or holds no expectations.
    """
    try:
        raw = _Decoder().decode(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Unmet(f"{path} does not exist: it must hold the expectations of the data") from None
    except UnicodeDecodeError as error:
        raise Unmet(f"{path} is not UTF-8 text: byte {error.start} cannot be read") from None
    except json.JSONDecodeError as error:
        raise Unmet(f"{path}:{error.lineno}: not valid JSON: {error.msg}") from None
    if not isinstance(raw, Object):
        raise Unmet(f"{path}:1: must be an object with the keys name and expectations")
    if not isinstance(raw.get("expectations"), list) or not raw["expectations"]:
        raise Unmet(f"{path}:{raw.line('expectations')}: expectations: must be a list of at least one expectation")
    return raw


def build(raw: Object, path: Path, columns: Collection[str]) -> Any:
    """Return the suite as Great Expectations knows it; each expectation's meta tells its `place` in the file, from 0.

    Args:
        raw: what `parse` returned.
        path: the file, for messages.
        columns: the columns that the table has.

    Raises:
        Unmet: the suite cannot be asked of the table; the message holds one line for every error.
    """
    from great_expectations import ExpectationSuite

    errors = [(raw.line(key), text) for key, text in _unknown(raw, _SUITE_KEYS)]
    expectations: list[Any] = []
    places: dict[str, int] = {}
    for place, entry in enumerate(raw["expectations"]):
        if not isinstance(entry, Object):
            errors.append((raw.line("expectations"), f"expectations.{place}: must be an object, received {entry!r}"))
            continue
        found = list(_entry_errors(entry, columns))
        if not found:
            key = json.dumps([entry["type"], entry.get("kwargs", {})], sort_keys=True)
            if (first := places.setdefault(key, place)) != place:
                found = [("type", f"says the same as expectations.{first}: keep one of them")]
            else:
                expectations.append(_expectation(entry, place))
        errors += [(entry.line(key), f"expectations.{place}: {text}") for key, text in found]
    if errors:
        raise Unmet("\n".join(f"{path}:{line}: {text}" for line, text in sorted(errors)))
    return ExpectationSuite(name=str(raw.get("name", path.stem)), expectations=expectations)


def columns_of(name: str, kwargs: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the columns that the expectation `name` is about, none for one about the table."""
    if name.startswith("expect_table_"):
        return ()
    single = (kwargs[key] for key in ("column", "column_A", "column_B") if isinstance(kwargs.get(key), str))
    several = kwargs.get("column_list")
    return (*single, *(name for name in several or () if isinstance(name, str)))


def _conditioned(condition: Any) -> Iterator[str]:
    """Yield the columns that a row condition looks at."""
    if isinstance(condition, Mapping):
        column = condition.get("column")
        if isinstance(column, Mapping) and isinstance(column.get("name"), str):
            yield column["name"]
        for part in condition.get("conditions", ()):
            yield from _conditioned(part)


class Object(dict[str, Any]):
    """A JSON object that knows on which line it and each of its keys begin."""

    first = 1
    text = ""

    def line(self, key: str) -> int:
        before, found, _ = self.text.partition(json.dumps(key, ensure_ascii=False))
        return self.first + (before.count("\n") if found else 0)


class _Decoder(json.JSONDecoder):
    def __init__(self) -> None:
        super().__init__()
        self.parse_object = self._object
        self.scan_once = py_make_scanner(self)

    def _object(self, text_and_start: tuple[str, int], *rest: Any) -> tuple[Object, int]:
        text, start = text_and_start
        pairs, end = JSONObject(text_and_start, *rest)
        made = Object(pairs)
        made.first, made.text = text.count("\n", 0, start) + 1, text[start:end]
        return made, end


def _unknown(raw: Mapping[str, Any], valid: Collection[str]) -> Iterator[tuple[str, str]]:
    for key in raw:
        if key not in valid:
            yield key, f"unknown key {key}; {nearest(key, valid)}"


def _entry_errors(entry: Object, columns: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield the key at which an error stands, and the error."""
    from great_expectations.expectations.registry import list_registered_expectation_implementations

    yield from _unknown(entry, _KEYS)
    severity, kwargs, name = entry.get("severity", "critical"), entry.get("kwargs", {}), str(entry.get("type"))
    if severity not in SEVERITIES:
        yield "severity", f"severity: received {severity!r}; {nearest(str(severity), SEVERITIES)}"
    if not isinstance(kwargs, Object):
        yield "kwargs", f"kwargs: must be an object, received {kwargs!r}"
        return
    if "type" not in entry:
        yield "type", "type: required, and missing"
        return
    known = list_registered_expectation_implementations()
    if name not in known:
        # All of them would fill a page.
        near = get_close_matches(name, known, n=4, cutoff=0.4)
        yield "type", f"unknown expectation {name!r}; {nearest(name, near)}"
        return
    for key, text in _kwargs_errors(name, kwargs):
        yield key if key in kwargs else "type", f"{name}: {text}"
    if name == "expect_column_to_exist":
        return
    for column in (*columns_of(name, kwargs), *_conditioned(kwargs.get("row_condition"))):
        if column not in columns:
            yield column, f"{name}: no column {column!r} in the table; {nearest(column, columns)}"


def _kwargs_errors(name: str, kwargs: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    from great_expectations.compatibility.pydantic import ValidationError
    from great_expectations.expectations.expectation import BatchExpectation
    from great_expectations.expectations.registry import get_expectation_impl

    kind = get_expectation_impl(name)
    if not _has_sql(kind):
        yield "type", "works on pandas only, and cannot be asked of a large table; say it with a regex or in SQL"
        return
    internal = {*BatchExpectation.__fields__, "library_metadata", "condition_parser"}
    valid = [key for key in kind.__fields__ if key not in internal]
    unknown = dict(_unknown(kwargs, valid))
    yield from unknown.items()
    if isinstance(kwargs.get("row_condition"), str):
        example = '{"type": "comparison", "column": {"name": "age"}, "operator": ">=", "parameter": 18}'
        yield "row_condition", f"row_condition: a text is no longer understood; write an object such as {example}"
        return
    reasons: dict[str, list[str]] = {}
    try:
        kind(**{key: value for key, value in kwargs.items() if key not in unknown})
    except ValidationError as error:
        for item in error.errors():
            # Every value may also be a parameter of a suite, a dictionary; nobody means that.
            if item["type"] != "type_error.dict":
                reasons.setdefault(str(item["loc"][0]), []).append(item["msg"].rstrip("."))
    except (ValueError, TypeError) as error:
        reasons["__root__"] = [str(error)]
    if unknown or len(reasons) > 1:
        reasons.pop("__root__", None)  # a rule about all of them says nothing new where one is wrong
    for key in reasons:
        received = f", received {kwargs[key]!r}" if key in kwargs else ""
        subject = "" if key == "__root__" else f"{key}: "
        yield key, f"{subject}{' or '.join(dict.fromkeys(reasons[key]))}{received}"
    if "partition_object" in kwargs and not reasons:
        yield from _shares_errors(kwargs["partition_object"])


def _shares_errors(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with shares, of which Great Expectations says only when it asks that they are invalid."""
    from great_expectations.execution_engine.util import is_valid_partition_object

    try:
        valid = is_valid_partition_object(given)
    except (TypeError, ValueError):
        valid = False
    if not valid:
        several = given.get("weights"), given.get("tail_weights", [])
        found = [one for some in several if isinstance(some, list) for one in some]
        numbers = all(isinstance(one, int | float) for one in found)
        received = f"{len(found)} that come to {sum(found):.7g}" if found and numbers else repr(found)
        yield (
            "partition_object",
            "partition_object: needs weights, numbers that together are 1, and as many values, or one more bins, "
            f"which grow; received {received}",
        )


def _has_sql(kind: Any) -> bool:
    from great_expectations.exceptions import MetricProviderError
    from great_expectations.expectations.registry import get_sqlalchemy_metric_provider

    metric = getattr(kind, "map_metric", None)
    # On SQL, types are read from the schema, not from the rows.
    if metric is None or metric in ("column_values.of_type", "column_values.in_type_list"):
        return True
    try:
        return bool(get_sqlalchemy_metric_provider(f"{metric}.condition"))
    except MetricProviderError:
        return False


def _expectation(entry: Object, place: int) -> Any:
    from great_expectations.expectations.registry import get_expectation_impl

    own = {key: entry[key] for key in ("notes", "description") if key in entry}
    own["meta"] = {**(entry.get("meta") or {}), "place": place}
    return get_expectation_impl(entry["type"])(
        severity=entry.get("severity", "critical"), **own, **entry.get("kwargs", {})
    )
