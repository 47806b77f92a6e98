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


def undo(rule: str, column: str | None, rows: Sequence[int] = (), *, more: bool = False) -> str | None:
    """Return what undoes a change, lines in backticks; None where nothing can: a row needs a target.

    Args:
        rule: what was done.
        column: where.
        rows: some of the rows that were dropped: they can be kept one by one.
        more: whether these are not all.
    """
    name = json.dumps(column, ensure_ascii=False)
    if rule in ("duplicates", "near_duplicates", "contradictions", "gaps"):
        off = f"gaps: {{columns: {{{name}: keep}}}}" if rule == "gaps" else f"{rule}: keep"
        kept = ", ".join([*map(str, rows), *(["…"] if more else [])])
        return f"`{off}`, or row by row, `keep_rows: [{kept}]`"
    if rule == "drop_rows":
        return "take the row out of `drop_rows`"
    if rule in _KEYS:
        return f"take `{name}` out of `{_KEYS[rule]}`"
    return {
        "strip": "`strip: false`",
        "missing": "take the marker out of `missing` or `missing_in`; an empty cell is always missing",
        "infinite": f"`types: {{{name}: text}}`",
    }.get(rule)
