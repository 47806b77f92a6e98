"""How much memory a stage may take, as `memory_limit` declares: what does not fit goes through the disk."""

from __future__ import annotations

import os

_REST = 350_000_000
_declared: list[int] = []


def read_ahead_little() -> None:
    """Tell polars, unless the environment does, to decode one group of rows at a time.

    By default it decodes ahead of a slower writer without bound (its issue 28569): three million rows took 1 GB
    instead of 0.3 GB, and not less time.
    """
    os.environ.setdefault("POLARS_ROW_GROUP_PREFETCH_SIZE", "1")


def declare(limit: int | None) -> None:
    """Set the limit in bytes for this process; None where there is none but the machine's."""
    _declared[:] = [] if limit is None else [limit]


def of_database() -> dict[str, str | bool | int | float | list[str]]:
    """Return what DuckDB is told: the limit less what the rest of the process takes, Great Expectations most of it."""
    return {"memory_limit": f"{max(_declared[0] // 3, _declared[0] - _REST)}B"} if _declared else {}


def rows(width: int, usual: int) -> int:
    """Return how many rows of `width` bytes may be held at a time: an eighth of the limit, or as many as usual."""
    return min([usual, *(max(10_000, limit // 8 // width) for limit in _declared)])
