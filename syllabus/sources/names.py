"""What the columns of a source may be named."""

from __future__ import annotations

from syllabus.errors import Unmet
from syllabus.frames import ROW

COLUMNS = 10_000
"""The most columns of a table."""
_SHOWN = 80


def check(where: str, names: list[str]) -> None:
    """Refuse names that cannot tell columns apart here, in SQL or in polars.

    Args:
        where: the file, with its line where it has lines.
        names: the names, in order.

    Raises:
        Unmet: a name is missing, stands twice or stands for something else, or there are too many.
    """
    if not any(names):
        raise Unmet(f"{where}: the first line names no columns")
    if len(names) > COLUMNS:
        raise Unmet(
            f"{where}: {len(names):,} columns; a table may have {COLUMNS:,}: choose some, or put them into rows"
        )
    places: dict[str, int] = {}
    for place, name in enumerate(names, 1):
        if not name:
            raise Unmet(f"{where}: column {place} has no name")
        if name == "*" or (name.startswith("^") and name.endswith("$")):
            raise Unmet(f"{where}: column {place} is named {name}, which stands for a pattern of names; rename it")
        if name.lower() == ROW:
            raise Unmet(f"{where}: column {place} is named {name}, which is Syllabus's own number of a row; rename it")
        if name.lower() in places:
            raise Unmet(f"{where}: {_both(names, places[name.lower()], place)}; rename one")
        places[name.lower()] = place


def _both(names: list[str], first: int, second: int) -> str:
    one, other = names[first - 1], names[second - 1]
    said = f"are both named {one[:_SHOWN]}" if one == other else f"({one}, {other}) differ in case only"
    return f"columns {first} and {second} {said}"
