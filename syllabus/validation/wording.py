"""What an expectation says and what was seen, in words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

_PARAMETER = re.compile(r"\$(?:(\$)|\{?([A-Za-z_]\w*)\}?)")


@dataclass(frozen=True)
class Sentence:
    """A text in parts, each with whether it is a value from the suite or the data."""

    parts: tuple[tuple[str, bool], ...]

    def __str__(self) -> str:
        return "".join(text for text, _ in self.parts)


def sentence(result: Any, *, with_column: bool = True) -> Sentence:
    """Return what an expectation says, in its own description's words or else in Great Expectations'.

    Args:
        result: Great Expectations' result for it.
        with_column: whether to name the column.
    """
    from great_expectations.expectations.registry import get_renderer_impl

    config = result.expectation_config
    if config.description:
        return Sentence(((config.description, False),))
    renderer = get_renderer_impl(config.type, "renderer.prescriptive")
    said = renderer.renderer(
        configuration=config, result=result, runtime_configuration={"include_column_name": with_column}
    )
    # Tables and graphs are drawn from the result instead.
    blocks = [block if isinstance(block, dict) else block.to_json_dict() for block in said]
    templates = [block["string_template"] for block in blocks if "string_template" in block]
    parts: list[tuple[str, bool]] = []
    for template in templates:
        if template["template"].startswith("$expectation_type"):
            return _spelled_out(config.type, config.kwargs)
        parts += [(" ", False)] * bool(parts)
        parts += _filled(template["template"], template.get("params") or {})
    while parts and not parts[-1][1] and not parts[-1][0].strip(" :"):
        parts.pop()
    return Sentence(tuple(parts))


def note(config: Any) -> str:
    """Return why an expectation is there, as its suite says under `notes` or `meta.notes`."""
    said = config.notes or (config.meta or {}).get("notes") or ""
    if isinstance(said, Mapping):
        said = said.get("content") or ""
    return said if isinstance(said, str) else " ".join(str(line) for line in said)


def unexpected(result: Any) -> int | None:
    """Return how many rows fail, or None where the expectation does not speak of single rows."""
    if result.expectation_config.type == "unexpected_rows_expectation":
        return int(result.result["observed_value"])
    return int(result.result["unexpected_count"] or 0) if "unexpected_percent" in result.result else None


def observed(result: Any) -> str:
    """Return what was seen of the data, in a few words."""
    config, found = result.expectation_config, result.result
    if "unexpected_percent" in found:
        checked = found["element_count"] - found.get("missing_count", 0)
        failing = found["unexpected_count"] or 0
        if not failing:
            return f"all {checked:,} hold"
        return f"{failing:,} of {checked:,} fail ({percent(100 * failing / checked)})"
    if config.type == "unexpected_rows_expectation":
        return f"{found['observed_value']:,} rows selected"
    if config.type == "expect_column_to_exist":
        return "there" if result.success else "not there"
    mismatched = (found.get("details") or {}).get("mismatched")
    seen = mismatched if isinstance(mismatched, dict) else found
    deviations = not result.success and [
        f"{said}: {value(seen[key])}"
        for said, keys in (
            ("not expected", ("partial_unexpected_list", "unexpected")),
            ("missing", ("partial_missing_list", "missing")),
        )
        for key in keys
        if seen.get(key)
    ]
    if deviations:
        return _shortened("; ".join(deviations))
    if config.type.startswith("expect_table_columns") or "unexpected_count" in found or "missing_count" in found:
        return "as expected" if result.success else "not as expected"
    if table(result):
        return value(found["observed_value"]) if isinstance(found.get("observed_value"), float) else "see the table"
    got = found.get("observed_value")
    large = isinstance(got, int | float) and abs(got) >= 10_000 and float(got).is_integer()
    return f"{int(got):,}" if large else _shortened(value(got))


def selected(result: Any, lines: Sequence[Mapping[str, Any]]) -> str:
    """Return what an SQL expectation selects, where its lines are no rows of the table."""
    count = int(result.result["observed_value"])
    told = "; ".join(", ".join(f"{key} {value(item)}" for key, item in line.items()) for line in lines[:3])
    return _shortened(f"{told}{f' and {count - 3:,} more' if count > 3 else ''}")


def table(result: Any) -> tuple[dict[str, Any], ...]:
    """Return what was seen against what was expected, line by line, where one number does not tell it."""
    found, kwargs = result.result, result.expectation_config.kwargs
    details = found.get("details") or {}
    if "observed_partition" in details:
        expected, seen = kwargs["partition_object"], details["observed_partition"]
        shares = zip(expected["weights"], seen["weights"], strict=False)
        return tuple(
            {"value": name, "expected": float(share), "observed": float(got)}
            for name, (share, got) in zip(_parts(expected), shares, strict=False)
        )
    if "quantile_ranges" in kwargs:
        ranges, seen = kwargs["quantile_ranges"], found["observed_value"]
        return tuple(
            {"quantile": value(quantile), "expected": _between(*allowed), "observed": value(got)}
            for quantile, allowed, got in zip(ranges["quantiles"], ranges["value_ranges"], seen["values"], strict=True)
        )
    if isinstance(details.get("mismatched"), list):
        return tuple({key: value(item) for key, item in line.items()} for line in details["mismatched"])
    return ()


def value(thing: Any) -> str:
    """Write a value as a person would: no `.0` behind whole numbers, no quotes around a text.

    >>> value(17.0), value(0.123456789), value(["a", 2.0]), value(None)
    ('17', '0.123457', 'a, 2', 'missing')
    """
    match thing:
        case None:
            return "missing"
        case bool():
            return str(thing).lower()
        case float() if thing.is_integer() and abs(thing) < 1e15:
            return str(int(thing))
        case float():
            return f"{thing:.6g}"
        case Mapping():
            return ", ".join(f"{key}: {value(item)}" for key, item in thing.items())
        case list() | tuple():
            return ", ".join(f"({value(item)})" if isinstance(item, list | tuple) else value(item) for item in thing)
    return str(thing)


def percent(share: float) -> str:
    """Write a percentage so that a few rows of many are not none, and all but a few are not all.

    >>> percent(0.0), percent(0.00031), percent(5.6386), percent(99.999), percent(100.0)
    ('0 %', '< 0.01 %', '5.64 %', '> 99.99 %', '100 %')
    """
    if 0 < share < 0.01:
        return "< 0.01 %"
    if 99.99 < share < 100:
        return "> 99.99 %"
    return f"{share:.2f}".rstrip("0").rstrip(".") + " %"


def _parts(partition: Mapping[str, Any]) -> list[str]:
    """Return the names of a distribution's parts: its values, or the ranges between its bins."""
    if "values" in partition:
        return [value(name) for name in partition["values"]]
    bins = partition["bins"]
    return [f"{value(low)} to {value(high)}" for low, high in pairwise(bins)]


def _between(low: Any, high: Any) -> str:
    if low is None or high is None:
        return "any" if low is high else f"≥ {value(low)}" if high is None else f"≤ {value(high)}"
    return f"{value(low)} to {value(high)}"


def _shortened(text: str, length: int = 300) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _filled(template: str, params: Mapping[str, Any]) -> list[tuple[str, bool]]:
    parts: list[tuple[str, bool]] = []
    end = 0
    for match in _PARAMETER.finditer(template):
        parts.append((template[end : match.start()], False))
        dollar, name = match.groups()
        known = name is not None and name in params
        parts.append((value(params[name]) if known else "$" if dollar else match.group(), known))
        end = match.end()
    parts.append((template[end:], False))
    # Great Expectations sets the values of a list side by side.
    apart = [(", ", False) if part == (" ", False) else part for part in parts]
    return [(text, given) for text, given in apart if text]


def _spelled_out(name: str, kwargs: Mapping[str, Any]) -> Sentence:
    parts: list[tuple[str, bool]] = [(name.removeprefix("expect_").replace("_", " "), False)]
    for key, given in kwargs.items():
        if key != "batch_id" and given is not None:
            parts += [(f"{'; ' if len(parts) > 1 else ': '}{key} ", False), (value(given), True)]
    return Sentence(tuple(parts))
