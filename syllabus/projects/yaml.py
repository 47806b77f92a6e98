"""Texts as YAML writes them, so that it reads the same text again."""

from __future__ import annotations

import json
import re
from typing import Any

_PLAIN = re.compile(r"[A-Za-z][\w ./()%+-]*(?<! )", re.ASCII)
_SHORT = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}
_WORDS = {"true", "false", "yes", "no", "on", "off", "null", "y", "n", "nan", "inf"}


def scalar(value: Any) -> str:
    """Return a value as YAML: plain where that is safe, else in double quotes; a mapping or a list in one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar(key)}: {scalar(held)}" for key, held in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(scalar, value)) + "]"
    if not isinstance(value, str):
        return json.dumps(value)
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    return '"' + "".join(map(_escaped, value)) + '"'


def comment(text: str, most: int = 160) -> str:
    """Return a text for a comment: one line of so many signs at the most, and nothing that steers a terminal."""
    shown = "".join(sign if sign.isprintable() else "·" for sign in text)
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


def _escaped(sign: str) -> str:
    if sign in _SHORT:
        return _SHORT[sign]
    if sign in '"\\':
        return f"\\{sign}"
    if sign.isprintable() and sign != "\ufeff":
        return sign
    code = ord(sign)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
