"""What a request may say of each column, as JSON: checked to the letter, told in the OpenAPI document."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from syllabus.errors import Unmet, shown

if TYPE_CHECKING:
    from syllabus.serving.packages import Package

WORDS: Mapping[str, str] = {
    "number": "number",
    "integer": "whole number",
    "string": "text",
    "boolean": "truth value",
}
TYPES: Mapping[str, tuple[type, ...]] = {
    "number": (int, float),
    "integer": (int, float),
    "string": (str,),
    "boolean": (bool,),
}
"""What orjson makes of each kind of JSON value; type() is compared, so that true is no number."""
_KINDS: Mapping[str, tuple[str, ...]] = {
    "number": ("number",),
    "integer": ("integer",),
    "text": ("string",),
    "boolean": ("boolean",),
    "date": ("string",),
    "datetime": ("string",),
    "bytes": ("string",),
    "name": ("string", "integer"),
}
_NOW = datetime(2026, 11, 23, 14, 5)
_WRITTEN: Mapping[str, str] = {"date": _NOW.date().isoformat(), "datetime": _NOW.isoformat()}
_FORMATS: Mapping[str, str] = {"date": "date", "datetime": "date-time"}
_SHOWN = 40
_NAMES = 100


class Wrong(Unmet):
    """A request that cannot be answered as it is.

    Args:
        message: what is wrong, in a sentence.
        where: the place in the body, such as `rows[3].age`.
    """

    def __init__(self, message: str, where: str | None = None) -> None:
        super().__init__(f"{where}: {message}" if where else message)
        self.where = where


@dataclass(frozen=True)
class Field:
    """A column of a request.

    Args:
        name: of the column.
        kinds: the types of JSON that it takes.
        needed: whether it may not be null.
        about: what `signature.json` says of it.
        written: how a date or a number is written as text; None where the column holds none.
        decimal: the sign before the decimals of numbers that are written as text.
        format: what JSON Schema calls the way in which a date or a time is written; None for any other text.
        binary: whether a text is bytes in base64, such as a picture.
    """

    name: str
    kinds: tuple[str, ...]
    needed: bool
    about: Mapping[str, Any]
    written: str | None = None
    decimal: str = "."
    format: str | None = None
    binary: bool = False

    @cached_property
    def types(self) -> frozenset[type]:
        """The types of Python in which its values come."""
        found = {one for kind in self.kinds for one in TYPES[kind]}
        return frozenset(found if self.needed else found | {type(None)})

    @cached_property
    def whole(self) -> bool:
        """Whether its numbers are whole: those of a name, too, which may be a text."""
        return "integer" in self.kinds and "number" not in self.kinds

    def schema(self) -> dict[str, Any]:
        """Return it as JSON Schema 2020-12 says it."""
        kinds = [*self.kinds, *([] if self.needed else ["null"])]
        told: dict[str, Any] = {"type": kinds if len(kinds) > 1 else kinds[0], "title": self.name}
        if self.format:
            told["format"] = self.format
        if self.binary:
            told |= {"contentEncoding": "base64", "contentMediaType": "image/*"}
        return told | ({"description": said} if (said := self.said()) else {})

    def said(self) -> str:
        """Return what train had in it, in words."""
        said, listed = [], self.about.get("categories")
        if self.about.get("least") is not None:
            ends = [self.about[end] for end in ("least", "most")]
            said.append("train had " + " to ".join(one if isinstance(one, str) else f"{one:g}" for one in ends))
        if listed:
            shown = ", ".join(str(one) for one in listed[:8])
            said.append(f"train had {len(listed)} categories: {shown}{', …' if len(listed) > 8 else ''}")
        if self.written:
            said.append(f"written as {self.written}")
        return "; ".join(said)

    def wrong(self, value: object) -> str:
        """Return why a value is none of this column's."""
        valid = " or ".join(f"a {WORDS[kind]}" for kind in self.kinds) + ("" if self.needed else " or null")
        return f"{_told(value)} where {valid} belongs"


def of(package: Package) -> tuple[Field, ...]:
    """Return the columns of a package's requests."""
    known = {str(one["name"]): one for one in package.signature}
    types = package.modality.types(package.data, package.signature)
    needed = package.modality.needed(package.data, package.signature)
    cleaning = package.data.cleaning
    found = []
    for name in package.columns:
        # A column whose groups are decided apart, and which the model does not read, holds what it held in train.
        kind = types.get(name)
        kinds: tuple[str, ...] = _KINDS[kind] if kind else tuple(WORDS)
        written, decimal = _WRITTEN.get(kind or ""), "."
        if name in cleaning.numbers:
            how = cleaning.numbers[name]
            # Where cells have units, a number without one says nothing.
            kinds = ("string",) if how.units else ("number", "string")
            written, decimal = _number(vars(how)), how.decimal
        elif name in cleaning.dates:
            written = _moment(cleaning.dates[name])
        form = None if name in cleaning.dates else _FORMATS.get(kind or "")
        field = Field(name, kinds, name in needed, known.get(name, {}), written, decimal, form, binary=kind == "bytes")
        found.append(field)
    return tuple(found)


def columns(rows: Sequence[Any], fields: Sequence[Field]) -> dict[str, list[Any]]:
    """Return the rows' values by column, each checked; columns that the model does not read are left aside.

    Args:
        rows: what stands under `rows` of a request.
        fields: of the package.

    Raises:
        Wrong: a row is no object, lacks a column, or holds what the column does not take.
    """
    found = {}
    try:
        for field in fields:
            name = field.name
            found[name] = values = [row[name] for row in rows]
            if not {*map(type, values)} <= field.types:
                raise _first(rows, fields)
            if field.whole and float in {*map(type, values)}:
                found[name] = [whole(value) for value in values]
                if float in {*map(type, found[name])}:
                    raise _first(rows, fields)
            if field.binary:
                found[name] = [decoded(value, f"rows[{place}].{name}") for place, value in enumerate(values)]
    except (KeyError, TypeError, IndexError):
        raise _first(rows, fields) from None
    return found


def _first(rows: Sequence[Any], fields: Sequence[Field]) -> Wrong:
    """Return the first thing that is wrong."""
    for place, row in enumerate(rows):
        where = f"rows[{place}]"
        if not isinstance(row, dict):
            return Wrong(f"{_told(row)} where an object of columns and their values belongs", where)
        for field in fields:
            if field.name not in row:
                return Wrong(f"has no {field.name}, which the model reads; {_has(row, field.name)}", where)
            value = row[field.name]
            if type(value) not in field.types or (field.whole and type(whole(value)) is float):
                return Wrong(field.wrong(value), f"{where}.{field.name}")
    return Wrong("cannot be read", "rows")


def _has(row: Mapping[str, Any], name: str) -> str:
    """Return what a row has in place of a column, of the first hundred: a mistake must not keep the service busy."""
    names = [one[:_SHOWN] for one in islice(row, _NAMES)]
    close = get_close_matches(name, names, n=1)
    return f"did you mean {shown(close[0])}?" if close else f"it has {', '.join(map(shown, names[:8])) or 'nothing'}"


def decoded(value: str | None, where: str) -> bytes | None:
    """Return the bytes that base64 says; a data URL's head is left aside."""
    if value is None:
        return None
    head, comma, rest = value.partition(",")
    try:
        return base64.b64decode(rest if comma and head.startswith("data:") else value, validate=True)
    except (binascii.Error, ValueError):
        raise Wrong("is no base64", where) from None


def whole(value: Any) -> Any:
    """Return a number without decimals as what JSON means by it, an integer; anything else as it is."""
    return int(value) if type(value) is float and value.is_integer() else value


def _told(value: object) -> str:
    """Return a value of JSON in a word or two."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case list():
            return "a list"
        case dict():
            return "an object"
        case str():
            return f"the text {value[:_SHOWN]!r}"
        case _:
            return str(value)[:_SHOWN]


def _moment(forms: str | Sequence[str]) -> str | None:
    """Return a moment as a column's texts write theirs: in the first of several ways."""
    form = forms if isinstance(forms, str) else forms[0]
    quarter = (_NOW.month + 2) // 3
    return _NOW.strftime(form.replace("%q", str(quarter)))


def _number(how: Mapping[str, Any]) -> str:
    """Return a number as a column's texts write theirs."""
    unit = how["unit"] or next(iter(how["units"]), "")
    return f"1{how['thousands']}234{how['decimal']}5{unit}"
