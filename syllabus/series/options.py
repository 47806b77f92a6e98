"""What `data.options` says of time series."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from syllabus import modalities
from syllabus.settings.section import Names

Steps = Annotated[int, Field(ge=1, le=100_000)]
Level = Annotated[float, Field(gt=0, lt=1)]
Calendar = Literal["minute", "hour", "weekday", "monthday", "yearday", "month", "holiday"]


class Options(modalities.Options):
    """Which columns say when and of which series, how far it is looked back and ahead, and what becomes of gaps."""

    time: str
    """The column of the time."""
    series: Names = ()
    """The columns whose values, together, name a series; none where the table is one series."""
    horizon: Steps
    """How many steps are forecast, the next one first."""
    frequency: Annotated[str, Field(pattern=r"^[1-9]\d*(s|m|h|d|w|mo|q|y)$")] | None = None
    """The time between two steps, such as 15m, 1h, 1d, 1w, 1mo, 1q or 1y; by default the usual distance, if all moments
    lie on its grid. Declared, it brings moments that do not lie on it down to it."""
    season: Steps | None = None
    """After how many steps a pattern comes again; by default that of the frequency: 24 of 1h, 7 of 1d, 12 of 1mo."""
    context: Steps | None = None
    """How many steps are looked back at; by default two seasons or two horizons, whichever is longer."""
    known: Names = ()
    """Columns of numbers that are known ahead, such as a price list or a weather forecast."""
    past: Names = ()
    """Columns of numbers that are known only once they have happened, such as the weather."""
    static: Names = ()
    """Columns that never change within a series, such as its region: numbers, or categories."""
    calendar: tuple[Calendar, ...] | None = None
    """What of the calendar is known ahead; by default what varies at the frequency, without holidays."""
    holidays: str | None = None
    """The country, or country and part such as US-IL, of the calendar's holidays."""
    timezone: str | None = None
    """Where the clocks are that wrote moments without an offset, such as America/Chicago: for frequencies below a day
    the hour that is left out and the one that comes twice are understood then."""
    duplicates: Literal["refuse", "mean", "sum", "last"] = "refuse"
    """What becomes of several rows of one series at one moment: nothing is read, or they become one row; other numbers
    than the target become their mean with mean and sum."""
    gaps: Literal["leave", "interpolate", "zero", "refuse"] = "leave"
    """What becomes of moments without a value: they stay missing; what is looked back at is drawn in by a straight
    line; no row means 0, as in counts; or nothing is read. What was not seen is never forecast for a score, but for
    zero."""
    scaling: Literal["window", "series", "none"] = "window"
    """By which mean and deviation values are brought to one scale: those of what is looked back at, or those of the
    series in train; a series that train does not have takes the window's."""
    quantiles: tuple[Level, ...] = (0.05, 0.25, 0.5, 0.75, 0.95)
    """The quantiles that are forecast; the middle one is what a single number is asked for."""
    stride: Steps = 1
    """How many steps lie between two origins of the backtest on validation and on test."""
    most_windows: int = Field(default=200_000, ge=1)
    """So many windows of train are learned from at the most: of longer or more series every second origin, or third."""

    @field_validator("timezone")
    @classmethod
    def _known(cls, zone: str | None) -> str | None:
        from zoneinfo import available_timezones

        if zone is not None and zone not in (known := available_timezones()):
            near = get_close_matches(zone, known, n=1)
            raise ValueError(f"unknown time zone{f'; did you mean {near[0]}?' if near else ', such as Europe/Berlin'}")
        return zone

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if list(self.quantiles) != sorted(set(self.quantiles)) or 0.5 not in self.quantiles:
            raise ValueError("quantiles: must increase, and hold 0.5")
        if "holiday" in (self.calendar or ()) and self.holidays is None:
            raise ValueError("calendar: holiday needs the country, such as holidays: US")
        roles = [self.time, *self.series, *self.known, *self.past, *self.static]
        twice = sorted({name for name in roles if roles.count(name) > 1})
        if twice:
            raise ValueError(f"{twice[0]} is named twice: a column is one of time, series, known, past and static")
        return self

    @property
    def columns(self) -> dict[str, str]:
        """The role of each column that is named."""
        of = {"series": self.series, "known": self.known, "past": self.past, "static": self.static}
        return {self.time: "time"} | {name: role for role, names in of.items() for name in names}
