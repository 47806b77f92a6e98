"""The line of `data.cleaning` that would mend a column of texts: one spelling a category, one unit a column."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from syllabus.cleaning import merges, units


def relabel(column: str, merged: Mapping[str, str]) -> str:
    """Return the line that writes values in another way."""
    return f"relabel: {{{_text(column)}: {_text(dict(merged))}}}"


def factors(column: str, found: Mapping[str, float]) -> str:
    """Return the line that reads numbers with several units."""
    return f"numbers: {{{_text(column)}: {{units: {_text(dict(found))}}}}}"


def short(column: str, counts: Mapping[str, int], room: int = 130) -> str:
    """Return a line for a comment: as many spellings as there is room for, the rarest first; empty for none."""
    if found := units.proposed(counts):
        return factors(column, found)
    merged = merges.proposed(counts)
    kept: dict[str, str] = {}
    for value in sorted(merged, key=lambda value: (counts[value], value)):
        if kept and len(relabel(column, kept | {value: merged[value]})) > room:
            break
        kept[value] = merged[value]
    return relabel(column, kept) if kept else ""


def _text(value: Any) -> str:
    """Return JSON, which is YAML."""
    return json.dumps(value, ensure_ascii=False)
