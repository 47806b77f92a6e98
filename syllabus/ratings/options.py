"""What `data.options` says of ratings."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from syllabus import modalities

CLICKS = "clicks"
"""The column that ingest adds where rows are clicks: how often a user came to an item."""


class Options(modalities.Options):
    """Which columns say who, what and when, and what a value means."""

    user: str
    """The column of the users."""
    item: str
    """The column of the items."""
    time: str | None = None
    """The column of the time, by which a user's last ratings are told."""
    feedback: Literal["values", "clicks"] = "values"
    """Whether the target is a value that a user gave, or a row says no more than that a user came to an item: then the
    target is `clicks`, which ingest counts."""
    goal: Literal["values", "ranks"] | None = None
    """What models learn and the verdict on their fit follows: how near the values are, or how high what users liked
    ranks. By default values, and ranks where rows are clicks."""
    range: tuple[float, float] | None = Field(default=None)
    """The lowest and the highest value that a rating can have; one beyond is refused, and none beyond is predicted."""
    liked: float | None = None
    """From which value on a rating says that the item was right for the user: only such are ranked. By default all."""
    hold: Literal["rows", "last"] = "rows"
    """What validation and test are: rows as `split` says, or of each user the last rating and the one before."""
    duplicates: Literal["refuse", "last", "mean"] = "refuse"
    """What becomes of several ratings of one item by one user: nothing is read, or they become one."""

    @model_validator(mode="after")
    def _agreed(self) -> Self:
        named = [name for name in (self.user, self.item, self.time) if name is not None]
        twice = sorted({name for name in named if named.count(name) > 1})
        if twice:
            raise ValueError(f"{twice[0]} is named twice: user, item and time are three columns")
        if self.range is not None and not self.range[0] < self.range[1]:
            raise ValueError(f"range: the lowest value {self.range[0]:g} is not below the highest {self.range[1]:g}")
        if self.range and self.liked is not None and not self.range[0] <= self.liked <= self.range[1]:
            raise ValueError(f"liked: {self.liked:g} lies outside of the range, so nothing or all would be liked")
        if self.hold == "last" and self.time is None:
            raise ValueError("hold: last needs the column of the time: name it in time")
        if self.feedback == "clicks" and (self.range or self.liked is not None or self.duplicates != "refuse"):
            raise ValueError(
                "feedback: clicks have no value, so range, liked and duplicates say nothing: leave them out"
            )
        if self.feedback == "clicks" and self.goal == "values":
            raise ValueError("goal: values: clicks have none: leave it out, and ranks are learned")
        if self.duplicates == "last" and self.time is None:
            raise ValueError("duplicates: last needs the column of the time: name it in time")
        return self

    @property
    def ranked(self) -> bool:
        """Whether the goal are ranks."""
        return self.feedback == "clicks" or self.goal == "ranks"
