"""What a table of values over time is: when, of which series, how often, and what else is known of each moment."""

from __future__ import annotations

import itertools
import math
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from syllabus import cleaning, sources
from syllabus.errors import Unmet, nearest
from syllabus.frames import ROW
from syllabus.projects.look import Look
from syllabus.series import grid
from syllabus.settings import Reading
from syllabus.sources import Source

if TYPE_CHECKING:
    import polars as pl

AHEAD = {"s": 60, "m": 60, "h": 24, "d": 14, "w": 8, "mo": 12, "q": 4, "y": 3}
"""How many steps are usually forecast, by the unit of the frequency."""
FEWEST = 20
"""Fewer moments are not enough to learn from some, choose by others and examine the rest."""
ORIGINS = 1000
"""About so many forecasts are examined at the most."""
ROWS = 3
"""The fewest rows of a series, on average, for a column to name series."""
_TIMES = re.compile(
    r"^(date|day|time|datetime|timestamp|ts|ds|when|moment|period|month|week|quarter|hour)", re.IGNORECASE
)
_KEYS = ("group", "categorical", "boolean", "identifier")


@dataclass(frozen=True)
class Timeline:
    """How the values of a table stand in time.

    Args:
        time: the column of the time.
        series: the columns that name a series.
        frequency: the time between two steps.
        regular: whether all moments lie on its grid, so that it need not be declared.
        repeated: how many rows stand at the same moment of the same series as an earlier one.
        count: how many series there are.
        steps: how many different moments.
        known: what is told of each, the columns of numbers that change with time, and those that never do in a series.
    """

    time: str
    series: tuple[str, ...]
    frequency: str
    regular: bool
    repeated: int
    count: int
    steps: int
    past: tuple[str, ...]
    static: tuple[str, ...]

    @property
    def horizon(self) -> int:
        """How many steps are forecast: what is usual, and no more than half of the moments of test."""
        found = re.fullmatch(r"(\d+)([a-z]+)", self.frequency)
        assert found is not None
        usual = max(1, AHEAD[found[2]] // int(found[1])) if found[2] in ("s", "m", "h") else AHEAD[found[2]]
        return max(1, min(usual, self.steps // 20))

    @property
    def season(self) -> int:
        """After how many steps a pattern comes again."""
        season = grid.Grid(self.frequency).season
        return season if 4 * season <= self.steps else 1

    @property
    def context(self) -> int:
        """How many steps are looked back at: two seasons or two horizons, if train has several of them."""
        return max(1, min(2 * max(self.season, self.horizon), self.steps // 4))

    @property
    def stride(self) -> int:
        """How many steps lie between two examined forecasts; never a season, or all would begin alike."""
        stride = math.ceil(self.count * self.steps / 10 / ORIGINS)
        return stride + 1 if stride > 1 and stride % max(2, self.season) == 0 else max(1, stride)


def time(looked: Look, named: str | None, source: Source) -> str:
    """Return the column of the time.

    Raises:
        Unmet: there is none, or the one that is named holds no times.
    """
    known = {one.column: one for one in looked.findings}
    dates = [one.column for one in looked.findings if one.role == "date"]
    if named is not None:
        if named not in known:
            raise Unmet(f"--time {named} is not a column of {source}; {nearest(named, known)}")
        if named not in dates:
            raise Unmet(f"--time {named} holds no dates or times, but is {known[named].role}: {known[named].evidence}")
        return named
    if not dates:
        raise Unmet(
            f"{source}: no column holds dates or times, written such as 2020-12-31 or 2020-12-31 18:00; --time COLUMN "
            f"names it, of {', '.join(sorted(known))}"
        )
    return next((name for name in dates if _TIMES.match(name)), dates[0])


def timeline(source: Source, looked: Look, when: str, named: Sequence[str]) -> Timeline:
    """Return how the values stand in time; the whole table is looked at.

    Raises:
        Unmet: a column that is named is not there, there are too few moments, or no usual distance between them.
    """
    import polars as pl

    known = [one.column for one in looked.findings]
    for name in named:
        if name not in known or name == when:
            raise Unmet(f"--series {name} is not a column beside time and target; {nearest(name, known)}")
    table = whole(source, looked).drop_nulls(when)
    keys = list(named) or _keys(table, looked, when)
    moments = table[when]
    steps = moments.n_unique()
    if steps < FEWEST:
        told = f"{steps} moments" if steps > 1 else "one moment"
        raise Unmet(f"{source}: {when} holds {told}: a forecast is learned and examined from {FEWEST} on")
    repeated = len(table) - table.select(*keys, when).n_unique()
    frequency, regular = _frequency(table, keys, when)
    count = table.select(keys).n_unique() if keys else 1
    roles = {one.column: one.role for one in looked.findings}
    others = [
        name
        for name in known
        if name not in (*keys, when) and roles[name] not in ("constant", "empty", "identifier", "text", "date")
    ]
    static = [name for name in others if keys and _never_changes(table, keys, name)]
    numbers = [name for name in others if table[name].dtype.is_numeric() or table[name].dtype == pl.Boolean]
    past = [name for name in numbers if name not in static]
    return Timeline(when, tuple(keys), frequency, regular, repeated, count, steps, tuple(past), tuple(static))


def whole(source: Source, looked: Look) -> pl.DataFrame:
    """Return the table as ingest will see it."""
    with tempfile.TemporaryDirectory() as scratch:
        raw = sources.opened(source, Path(scratch) / "raw", Reading.model_validate(looked.reading))
        changes = cleaning.changes(raw.frame, looked.spelling.rules(), infer=raw.written)
        return cleaning.apply(raw.frame, changes).drop(ROW).collect(engine="streaming")


def _keys(table: pl.DataFrame, looked: Look, when: str) -> list[str]:
    """Return the fewest columns by which no two rows stand at one moment; none where none are needed, or would do."""
    if table[when].is_unique().all():
        return []
    able = [
        one.column
        for one in looked.findings
        if one.role in _KEYS
        and 1 < table[one.column].n_unique() <= len(table) / ROWS
        and not table[one.column].null_count()
    ]
    able.sort(key=lambda name: table[name].n_unique())
    for several in (*itertools.combinations(able, 1), *itertools.combinations(able, 2)):
        if float(table.select(*several, when).is_unique().to_numpy().mean()) > 0.99 and _long(table, list(several)):
            return list(several)
    return []


def _long(table: pl.DataFrame, keys: list[str]) -> bool:
    return table.select(keys).n_unique() * ROWS <= len(table)


def _frequency(table: pl.DataFrame, keys: list[str], when: str) -> tuple[str, bool]:
    """Return the time between two steps, and whether all moments lie on its grid."""
    import polars as pl

    moments = grid.instants(table[when], table.select(keys), pl.Series(range(len(table))), None, passing=True)
    named = table.select(pl.col(name).alias(f"key {place}") for place, name in enumerate(keys))
    try:
        return grid.inferred(moments, named, None).frequency, True
    except Unmet:
        # The coarsest usual one in which most moments have a step of their own.
        apart = moments.unique().sort().diff().drop_nulls().dt.total_seconds().median()
        seconds = {"1s": 1, "1m": 60, "1h": 3600, "1d": 86_400, "1w": 604_800, "1mo": 2_629_800, "1y": 31_557_600}
        fitting = [name for name, length in seconds.items() if length <= 1.5 * float(apart or 1)]  # type: ignore[arg-type]  # of numbers
        return (fitting or ["1s"])[-1], False


def _never_changes(table: pl.DataFrame, keys: list[str], name: str) -> bool:
    import polars as pl

    return bool((table.group_by(keys).agg(pl.col(name).drop_nulls().n_unique())[name] <= 1).all())
