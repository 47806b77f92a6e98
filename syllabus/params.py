"""Reads `params.yaml` and explains every error with file, line, rule, what was received and what is valid."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from syllabus import rules
from syllabus.errors import Unmet, nearest
from syllabus.rules import Location
from syllabus.settings import Settings


def read(path: Path = Path("params.yaml")) -> Settings:
    """Read and check a project's settings.

    Raises:
        Unmet: the file is missing or broken; the message holds one line for every error.
    """
    raw = _yaml(path)
    plain = _plain(raw)
    errors: list[tuple[int, str]] = []
    settings = None
    try:
        # As JSON, a list is a tuple and a text is never a number: strict, yet without Python's types.
        settings = Settings.model_validate_json(json.dumps(plain))
    except ValidationError as error:
        errors += _explain(error, (), Settings, raw)
    for location, finding in rules.broken(plain, path.parent):
        if isinstance(finding, rules.Invalid):
            errors += _explain(finding.error, location, finding.model, raw)
        else:
            errors.append((_line(raw, location), f"{_dotted(location)}: {finding}"))
    if errors or settings is None:
        raise _refusal(path, errors)
    return settings


def refusal(path: Path, findings: Iterable[tuple[Location, str]]) -> Unmet:
    """Return the error for what is wrong at some places of a file, in the order of its lines."""
    raw = _yaml(path)
    return _refusal(path, [(_line(raw, location), f"{_dotted(location)}: {text}") for location, text in findings])


def _refusal(path: Path, errors: Iterable[tuple[int, str]]) -> Unmet:
    return Unmet("\n".join(f"{path}:{line}: {text}" for line, text in sorted(set(errors))))


def _yaml(path: Path) -> Mapping[str, Any]:
    """Return the file's mapping; ruamel's keeps the line of every key."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        raw = YAML(typ="rt").load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Unmet(f"{path} does not exist: run in a project's folder, where params.yaml stands") from None
    except UnicodeDecodeError as error:
        raise Unmet(f"{path} is not UTF-8 text: byte {error.start} cannot be read") from None
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        reason = str(error.problem).splitlines()[0]
        raise Unmet(f"{path}:{line}: not valid YAML: {reason}") from None
    except YAMLError as error:
        raise Unmet(f"{path}: not valid YAML: {' '.join(str(error).split())}") from None
    if not isinstance(raw, Mapping):
        raise Unmet(f"{path}:1: must hold keys such as data, split and candidates, received {raw!r}")
    return raw


def _plain(value: Any) -> Any:
    """Return what JSON can hold: YAML has keys that are numbers or dates, too."""
    if isinstance(value, Mapping):
        return {str(key): _plain(held) for key, held in value.items()}
    if isinstance(value, list):
        return [_plain(held) for held in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _explain(
    error: ValidationError, prefix: Location, model: type[BaseModel], raw: Mapping[str, Any]
) -> list[tuple[int, str]]:
    told: dict[Location, list[str]] = {}
    for item in error.errors(include_url=False):
        missing = item["loc"][-1:] if item["type"] == "missing" else ()
        location = _without_choices(raw, prefix + item["loc"][: len(item["loc"]) - len(missing)]) + missing
        at, reason = _of_several(dict(item)) or ((), _reason(dict(item), model))
        told.setdefault(location + at, []).append(reason)
    # Where a value may be one thing or another, what is wrong deeper inside says more than that it is not the other.
    deepest = [place for place in told if not any(len(other) > len(place) == _shared(place, other) for other in told)]
    return [(_line(raw, place), f"{_dotted(place)}: {' or '.join(dict.fromkeys(told[place]))}") for place in deepest]


def _of_several(item: dict[str, Any]) -> tuple[Location, str] | None:
    """Return where and how a rule about several keys is broken, which may begin with the key that it is about."""
    if item["type"] != "value_error" or not isinstance(item["input"], Mapping):
        return None
    text = str(item["ctx"]["error"])
    key, found, rest = text.partition(": ")
    return ((key,), rest) if found and key in item["input"] else ((), text)


def _without_choices(raw: Any, location: Location) -> Location:
    """Return the location less what names one choice of a union, such as `dict[str,int]`: the file has no such key."""
    kept: list[str | int] = []
    for part in location:
        if isinstance(raw, Mapping) and (key := _key(raw, part)) is not None:
            raw = raw[key]
        elif isinstance(raw, Sequence) and isinstance(part, int) and part < len(raw):
            raw = raw[part]
        elif part != "[key]":
            continue
        kept.append(part)
    return tuple(kept)


def _key(raw: Mapping[Any, Any], part: str | int) -> Any:
    """Return the file's own key: YAML reads `1:` as a number, and in an error it is a text."""
    return next((key for key in raw if str(key) == str(part)), None)


def _shared(one: Location, other: Location) -> int:
    """Return how many parts the beginnings of two locations share."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _reason(item: dict[str, Any], model: type[BaseModel]) -> str:
    received = item["input"]
    name = str(item["loc"][-1]) if item["loc"] else ""
    match item["type"]:
        case "extra_forbidden":
            return f"unknown key {name}; {nearest(name, _keys(model, item['loc'][:-1]))}"
        case "missing":
            return "required, and missing"
        case "literal_error":
            valid = [part.strip(" '") for part in item["ctx"]["expected"].replace(" or ", ", ").split(", ")]
            if item["loc"][-1] == "[key]":
                received = item["loc"][-2]
            return f"received {received!r}; {nearest(str(received), valid)}"
        case "value_error":
            return f"{item['ctx']['error']}, received {received!r}"
        case "too_short":
            return f"needs at least {item['ctx']['min_length']}, received {len(received)}"
    return f"{item['msg'][0].lower()}{item['msg'][1:]}, received {received!r}"


def _keys(model: type[BaseModel], location: Sequence[str | int]) -> list[str]:
    """Return the keys that the model at `location` knows."""
    for key in location:
        if key == model.__name__:
            continue  # names one choice of a union
        field = model.model_fields.get(str(key))
        kinds = [field.annotation, *get_args(field.annotation)] if field else []
        nested = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
        if not nested:
            return []
        model = nested[0]
    return [field.alias or name for name, field in model.model_fields.items()]


def _dotted(location: Location) -> str:
    return ".".join(str(part) for part in location if part != "[key]") or "params"


def _line(raw: Any, location: Location) -> int:
    """Return the line, from 1, of the deepest part of `location` that the file has."""
    line = 1
    for part in location:
        if isinstance(raw, Mapping):
            key = _key(raw, part)
            if key is None:
                break
            # ruamel's mapping knows the lines of its keys, but not of those that a merge (`<<:`) brings.
            places = raw.lc.data  # type: ignore[attr-defined]  # ruamel's own, untyped
            line = places[key][0] + 1 if key in places else line
            raw = raw[key]
        elif isinstance(raw, Sequence) and isinstance(part, int) and part < len(raw):
            line = raw.lc.item(part)[0] + 1  # type: ignore[attr-defined]  # and so does its sequence
            raw = raw[part]
        else:
            break
    return line
