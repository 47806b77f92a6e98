"""What the columns of a table are, and what dates and free texts become."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from syllabus.settings.section import Names, Section

Role = Literal["numeric", "categorical", "date", "text", "group", "time", "ignore"]
DatePart = Literal["age", "year", "month", "day", "weekday", "hour", "minute"]


class Dates(Section):
    """What is read of a column of dates or times."""

    parts: tuple[DatePart, ...] | None = None
    """`age` is the days before the newest date of train. By default all that vary in train; where rows are split by
    time neither `age` nor `year`, which later rows have beyond train, and of the time itself what came twice."""
    since: Names | None = None
    """Other dates of the row from which days are counted. By default those in earlier columns, where there are
    six dates at the most."""


class Texts(Section):
    """How many numbers a column of free text becomes, beside its length and how it speaks for each class."""

    words: int = Field(default=16, ge=0, le=1000)
    """The words, and pairs of words, that tell most of the target in train."""
    themes: int = Field(default=16, ge=0, le=1000)
    """Groups of words that go together in train: of its TF-IDF weights, the first singular vectors."""
    vocabulary: int = Field(default=20_000, ge=1, le=1_000_000)
    """The words, and pairs of words, that are weighed: those in most texts."""
