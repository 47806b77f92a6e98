"""JSON, texts and checksums, looked at without trust."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

DEEPEST = 64
"""So many lists and objects may stand in each other."""


class Wrong(Exception):
    """What is wrong with a file, in words that follow its name."""


def check_json(file: Path) -> None:
    """Refuse what is no JSON, is deep, has a name twice, or numbers that are none."""
    try:
        value = json.loads(read(file), object_pairs_hook=_object, parse_constant=_constant)
    except RecursionError:
        raise Wrong("it is too deep") from None
    except ValueError as error:
        raise Wrong(f"no JSON: {error}") from None
    level = [value]
    for _ in range(DEEPEST):
        level = [one for held in level for one in _within(held)]
        if not level:
            return
    raise Wrong(f"it is deeper than {DEEPEST}")


def check_text(file: Path) -> None:
    """Refuse what is no text."""
    read(file)


def check_digest(file: Path) -> None:
    """Refuse what is no checksum."""
    if not re.fullmatch(r"[0-9a-f]{64}\n", read(file)):
        raise Wrong("no checksum")


def read(file: Path) -> str:
    """Return a text."""
    try:
        return file.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise Wrong(f"no UTF-8 text: {error.reason} at byte {error.start}") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands in an object twice")
    return found


def _constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _within(value: Any) -> list[Any]:
    """Return the lists and objects in a value."""
    held = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [one for one in held if isinstance(one, list | dict)]
