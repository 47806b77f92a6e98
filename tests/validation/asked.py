"""Expectations as a suite spells them."""

from __future__ import annotations

from typing import Any


def expect(kind: str, severity: str = "critical", **kwargs: Any) -> dict[str, Any]:
    own = {key: kwargs.pop(key) for key in ("notes", "description", "meta") if key in kwargs}
    return {"type": kind, "severity": severity, "kwargs": kwargs, **own}


def between(column: str, low: float, high: float, severity: str = "warning", **more: Any) -> dict[str, Any]:
    kwargs = {"column": column, "min_value": low, "max_value": high}
    return expect("expect_column_values_to_be_between", severity, **kwargs, **more)


def among(column: str, values: list[Any], severity: str = "warning", **more: Any) -> dict[str, Any]:
    return expect("expect_column_values_to_be_in_set", severity, column=column, value_set=values, **more)


PEOPLE = {
    "age": [31, 17, None, 200, 45, -3],
    "sex": ["female", "male", "male", "femal", None, "male"],
    "town": ["Ulm", "Bonn", "Bonn", "Ulm", "Kiel", "Kiel"],
}
AGES = between("age", 0, 120, notes="Nobody is older.")
SEXES = among("sex", ["female", "male"])
