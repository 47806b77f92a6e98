"""Reads `params.yaml` and explains every error with file, line, rule, what was received and what is valid."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from syllabus import architectures, rules
from syllabus.errors import Unmet, nearest
from syllabus.rules import Location
from syllabus.settings import Settings


def read(path: Path = Path("params.yaml")) -> Settings:
    """Read and check a project's settings.

    Raises:
        Unmet: the file is missing or broken; the message holds one line for every error.
    """
    raw = _yaml(path)
    plain: dict[str, Any] = json.loads(json.dumps(raw, default=str))
    errors: list[tuple[int, str]] = []
    settings = None
    try:
        # As JSON, a list is a tuple and a text is never a number: strict, yet without Python's types.
        settings = Settings.model_validate_json(json.dumps(plain))
    except ValidationError as error:
        errors += _explain(error, (), Settings, raw)
    for location, finding in rules.broken(plain, path.parent):
        if isinstance(finding, ValidationError):
            model = architectures.load(str(location[-1]), path.parent).Params
            errors += _explain(finding, location, model, raw)
        else:
            errors.append((_line(raw, location), f"{_dotted(location)}: {finding}"))
    if errors or settings is None:
        raise Unmet("\n".join(f"{path}:{line}: {text}" for line, text in sorted(set(errors))))
    return settings


def _yaml(path: Path) -> Mapping[str, Any]:
    """Return the file's mapping; ruamel's keeps the line of every key."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError

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
    if not isinstance(raw, Mapping):
        raise Unmet(f"{path}:1: must hold keys such as data, split and candidates, received {raw!r}")
    return raw


def _explain(
    error: ValidationError, prefix: Location, model: type[BaseModel], raw: Mapping[str, Any]
) -> list[tuple[int, str]]:
    return [
        (_line(raw, prefix + item["loc"]), f"{_dotted(prefix + item['loc'])}: {_reason(dict(item), model)}")
        for item in error.errors(include_url=False)
    ]


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
    return f"{item['msg'][0].lower()}{item['msg'][1:]}, received {received!r}"


def _keys(model: type[BaseModel], location: Sequence[str | int]) -> list[str]:
    """Return the keys that the model at `location` knows."""
    for key in location:
        field = model.model_fields.get(str(key))
        kinds = [field.annotation, *get_args(field.annotation)] if field else []
        nested = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
        if not nested:
            return []
        model = nested[0]
    return list(model.model_fields)


def _dotted(location: Location) -> str:
    return ".".join(str(part) for part in location if part != "[key]") or "params"


def _line(raw: Any, location: Location) -> int:
    """Return the line, from 1, of the deepest part of `location` that the file has."""
    line = 1
    for part in location:
        if isinstance(raw, Mapping):
            # YAML reads `1:` as a number; in the error it is a text.
            key = next((key for key in raw if str(key) == str(part)), None)
            if key is None:
                break
            line = raw.lc.key(key)[0] + 1  # type: ignore[attr-defined]  # ruamel's mapping knows lines
            raw = raw[key]
        elif isinstance(raw, Sequence) and isinstance(part, int) and part < len(raw):
            line = raw.lc.item(part)[0] + 1  # type: ignore[attr-defined]  # and so does its sequence
            raw = raw[part]
        else:
            break
    return line
