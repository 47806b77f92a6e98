"""Dates that lie so far from all others that they hardly are dates: year 1, 1900 in a log of one year, 9999."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

FAR = 2
"""How many times the span of nearly all dates one lies away that is pointed out."""
_LEAST = dt.timedelta(days=3653)


def far(known: pl.Series) -> str:
    """Return what is said of a column of dates, none of them missing; empty where none is far from the rest."""
    import polars as pl

    moments = known.dt.replace_time_zone(None) if isinstance(known.dtype, pl.Datetime) else known
    times = moments.cast(pl.Datetime("us")).sort()
    edge = max(1, len(times) // 100)
    if len(times) < 20 or times[edge] is None:
        return ""
    first, last = times[edge], times[-1 - edge]
    room = max(FAR * (last - first), _LEAST)
    early, late = times.filter(times < _moved(first, -room)), times.filter(times > _moved(last, room))
    if not len(early) + len(late):
        return ""
    shown = ", ".join(dict.fromkeys(f"{time:%Y-%m-%d}".rjust(10, "0") for time in [*early.head(2), *late.tail(2)]))
    ends = [f'"{end:%Y-%m-%d}"' if len(some) else "null" for end, some in ((first, early), (last, late))]
    return (
        f"{len(early) + len(late):,} rows hold {shown}, far from the rest: no such dates? "
        f"limits: {{{_name(known.name)}: [{', '.join(ends)}]}}"
    )


def _moved(time: dt.datetime, by: dt.timedelta) -> dt.datetime:
    """Return a time some days later, or the end of the calendar."""
    try:
        return time + by
    except OverflowError:
        return dt.datetime.min if by.days < 0 else dt.datetime.max


def _name(name: str) -> str:
    import json

    return json.dumps(name, ensure_ascii=False)
