"""The grid that moments stand on: each moment is a step, a whole number, and equal distances in steps are seasons.

Days and longer are counted on the wall's calendar, hours and shorter in time that passes: where clocks go forward an
hour is no gap, and the hour that comes twice is two steps.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from syllabus.errors import Unmet

if TYPE_CHECKING:
    import polars as pl

    from syllabus.examples import Column

MICROSECONDS = {"s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000, "w": 604_800_000_000}
MONTHS = {"mo": 1, "q": 3, "y": 12}
MONDAY = 4 * MICROSECONDS["d"]
"""The first of January 1970 was a Thursday: a week that nothing else begins begins on Monday."""
SEASONS = {
    "1s": 60,
    "1m": 60,
    "5m": 288,
    "10m": 144,
    "15m": 96,
    "30m": 48,
    "1h": 24,
    "1d": 7,
    "1w": 52,
    "1mo": 12,
    "1q": 4,
}
PERIODS = {"minute": 60, "hour": 24, "weekday": 7, "monthday": 31, "yearday": 366, "month": 12}
USUAL = {
    "s": ("minute", "hour", "weekday"),
    "m": ("minute", "hour", "weekday"),
    "h": ("hour", "weekday", "yearday"),
    "d": ("weekday", "yearday"),
    "w": ("yearday",),
    "mo": ("month",),
    "q": ("month",),
    "y": (),
}


@dataclass(frozen=True)
class Grid:
    """A frequency and where its steps begin.

    Args:
        frequency: a number and a unit, such as 15m or 1mo.
        offset: where in a step its moments lie, in microseconds; 0 for months and longer.
        zone: of the clocks.
    """

    frequency: str
    offset: int = 0
    zone: str | None = None

    @property
    def parts(self) -> tuple[int, str]:
        """The number and the unit."""
        found = re.fullmatch(r"(\d+)([a-z]+)", self.frequency)
        assert found is not None
        return int(found[1]), found[2]

    @property
    def months(self) -> int:
        """How many months a step is; 0 where it is of a fixed length."""
        count, unit = self.parts
        return count * MONTHS.get(unit, 0)

    @property
    def length(self) -> int:
        """How many microseconds a step is, where it is of a fixed length."""
        count, unit = self.parts
        return count * MICROSECONDS[unit]

    @property
    def passing(self) -> bool:
        """Whether steps are counted in time that passes, and not on the calendar."""
        return self.parts[1] in ("s", "m", "h")

    @property
    def season(self) -> int:
        """After how many steps a pattern usually comes again."""
        return SEASONS.get(self.frequency, 1)

    def steps(self, moments: pl.Series) -> pl.Series:
        """Return the step of each moment, which `instants` gave, as Int64; missing where it is."""
        if self.months:
            return ((moments.dt.year().cast(int) * 12 + moments.dt.month().cast(int) - 1) // self.months).alias("step")
        return ((moments.dt.epoch("us") - self.offset) // self.length).alias("step")

    def moments(self, steps: pl.Series) -> pl.Series:
        """Return when each step begins, on the wall's clock."""
        import polars as pl

        if self.months:
            total = steps * self.months
            frame = pl.DataFrame({"y": total // 12, "m": total % 12 + 1})
            return frame.select(pl.datetime("y", "m", 1)).to_series()
        moments = (steps * self.length + self.offset).cast(pl.Datetime("us"))
        if not self.passing or self.zone is None:
            return moments
        return moments.dt.replace_time_zone("UTC").dt.convert_time_zone(self.zone).dt.replace_time_zone(None)


def instants(moments: pl.Series, keys: pl.DataFrame, rows: pl.Series, zone: str | None, *, passing: bool) -> pl.Series:
    """Return moments without a zone: where time that passes is counted, those of UTC.

    Args:
        moments: dates or times, of a zone or none.
        keys: what names the series of each row; may have no column.
        rows: the rows' numbers.
        zone: of the clocks that wrote moments without an offset.
        passing: whether hours or shorter are counted.

    Raises:
        Unmet: a clock of the zone never showed such a moment.
    """
    import polars as pl

    known = moments.cast(pl.Datetime("us", getattr(moments.dtype, "time_zone", None)))
    if getattr(known.dtype, "time_zone", None) is not None:
        seen = known if passing or zone is None else known.dt.convert_time_zone(zone)
        return (seen.dt.convert_time_zone("UTC") if passing else seen).dt.replace_time_zone(None)
    if zone is None or not passing:
        return known
    # Of two rows of a series at an hour that comes twice, the later row is the second.
    frame = pl.DataFrame([*keys.get_columns(), known.alias(" at")])
    again = frame.select(pl.int_range(pl.len()).over([*keys.columns, " at"])).to_series()
    which = pl.DataFrame({"which": pl.Series(again % 2 == 1)}).select(
        pl.when("which").then(pl.lit("latest")).otherwise(pl.lit("earliest"))
    )
    placed = known.to_frame("at").with_columns(which.to_series().alias("which"))
    found = placed.select(
        pl.col("at").dt.replace_time_zone(zone, ambiguous=pl.col("which"), non_existent="null")
    ).to_series()
    lost = found.is_null() & known.is_not_null()
    if lost.any():
        at = int(lost.arg_true()[0])
        raise Unmet(
            f"row {rows[at]}: clocks of {zone} never showed {known[at]}: they were put forward then; "
            f"is data.options.timezone right?"
        )
    return found.dt.convert_time_zone("UTC").dt.replace_time_zone(None)


def inferred(moments: pl.Series, keys: pl.DataFrame, zone: str | None) -> Grid:
    """Return the grid of the usual distance between two moments of a series.

    Raises:
        Unmet: the moments do not lie on one.
    """
    import polars as pl

    table = pl.DataFrame([*keys.get_columns(), moments.alias(" at")]).unique().sort([*keys.columns, " at"])
    apart = pl.col(" at").diff().over(keys.columns) if keys.columns else pl.col(" at").diff()
    found = table.select(apart.dt.total_microseconds().alias("apart")).drop_nulls()["apart"]
    if found.is_empty():
        raise Unmet("every series has one moment, so their frequency is not seen: declare data.options.frequency")
    usual = int(found.value_counts(sort=True).sort(["count", "apart"], descending=[True, False])["apart"][0])
    days = usual / MICROSECONDS["d"]
    for name, low, high in (("1mo", 28, 31), ("1q", 89, 92), ("1y", 365, 366)):
        if low <= days <= high:
            grid = Grid(name, 0, zone)
            placed = table.with_columns(grid.steps(table[" at"]))
            if placed.select([*keys.columns, "step"]).is_unique().all():
                return grid
    grid = _fixed(usual, table[" at"], zone)
    odd = (table[" at"].dt.epoch("us") - grid.offset) % grid.length != 0
    if odd.any():
        share = float((found == usual).to_numpy().mean())
        raise Unmet(
            f"the moments are irregular: {share:.0%} of them lie {grid.frequency} after the one before, and "
            f"{table[' at'].filter(odd)[0]} is not on that grid; data.options: {{frequency: {grid.frequency}, "
            f"duplicates: mean}} would bring them down to it"
        )
    return grid


def _fixed(length: int, moments: pl.Series, zone: str | None) -> Grid:
    """Return the grid of a length in microseconds, through most of the moments."""
    unit = next(name for name in ("w", "d", "h", "m", "s") if length % MICROSECONDS[name] == 0 or name == "s")
    count = max(1, length // MICROSECONDS[unit])
    rest = moments.dt.epoch("us") % (count * MICROSECONDS[unit])
    counts = rest.alias("rest").value_counts().sort(["count", "rest"], descending=[True, False])
    return Grid(f"{count}{unit}", int(counts["rest"][0]), zone)


def declared(frequency: str, moments: pl.Series, zone: str | None) -> Grid:
    """Return the declared grid: through all of the moments where one does.

    Otherwise it begins with the full minute or hour, at midnight or on Monday.
    """
    plain = Grid(frequency, 0, zone)
    if plain.months:
        return plain
    rest = (moments.drop_nulls().dt.epoch("us") % plain.length).unique()
    usual = MONDAY % plain.length if plain.parts[1] == "w" else 0
    return Grid(frequency, int(rest[0]) if len(rest) == 1 else usual, zone)


def calendar(moments: pl.Series, names: tuple[str, ...], holidays: str | None) -> dict[str, pl.Series]:
    """Return what of the calendar is asked for at moments on the wall's clock, each from 0."""
    of: dict[str, Any] = {
        "minute": moments.dt.minute,
        "hour": moments.dt.hour,
        "weekday": lambda: moments.dt.weekday() - 1,
        "monthday": lambda: moments.dt.day() - 1,
        "yearday": lambda: moments.dt.ordinal_day() - 1,
        "month": lambda: moments.dt.month() - 1,
        "holiday": lambda: moments.dt.date().is_in(_holidays(moments, str(holidays))),
    }
    return {name: of[name]() for name in names}


def columns(names: tuple[str, ...]) -> list[Column]:
    """Return what `calendar` gives, as columns."""
    from syllabus.examples import Column

    return [Column(name, period=PERIODS.get(name)) for name in names]


def check_holidays(asked: str) -> None:
    """Look whether the holidays are known.

    Raises:
        Unmet: the package is not installed, or does not know the country.
    """
    _of(asked, range(2000, 2001))


def _holidays(moments: pl.Series, asked: str) -> list[dt.date]:
    return sorted(_of(asked, moments.dt.year().unique().to_list())) if moments.len() else []


def _of(asked: str, years: Sequence[int]) -> list[dt.date]:
    try:
        import holidays
    except ImportError:
        raise Unmet('data.options.holidays needs holidays: pip install "syllabus[series]"') from None
    country, _, part = asked.partition("-")
    try:
        return list(holidays.country_holidays(country, subdiv=part or None, years=years))
    except NotImplementedError as error:
        raise Unmet(f"data.options.holidays: {asked} is not known: {error}") from None
