"""What to write into `params.yaml`, under `data.cleaning`, so that a change is not made."""

from __future__ import annotations

import json
from collections.abc import Sequence

_KEYS = {
    "relabel": "relabel",
    "number": "numbers",
    "date": "dates",
    "type": "types",
    "limits": "limits",
}


def undo(rule: str, column: str | None, rows: Sequence[int] = ()) -> str | None:
    """Return the line that undoes a change, or what to take out; None where nothing can: a row needs a target.

    Args:
        rule: what was done.
        column: where.
        rows: some of the rows that were dropped: they can be kept one by one.
    """
    if rule in ("duplicates", "near_duplicates", "contradictions", "gaps"):
        off = f"gaps: {{columns: {{{json.dumps(column)}: keep}}}}" if rule == "gaps" else f"{rule}: keep"
        return f"{off}, or keep_rows: [{', '.join(map(str, rows))}]"
    if rule == "drop_rows":
        return "take the row out of drop_rows"
    if rule in _KEYS:
        return f"take {json.dumps(column, ensure_ascii=False)} out of {_KEYS[rule]}"
    return {
        "strip": "strip: false",
        "missing": "take the marker out of missing or missing_in; an empty cell is always missing",
        "infinite": f"types: {{{json.dumps(column, ensure_ascii=False)}: text}}",
    }.get(rule)
