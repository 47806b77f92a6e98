"""Where the raw data lies and how it is written."""

from __future__ import annotations

from typing import Literal

from pydantic import ByteSize, Field

from syllabus.settings.section import Section

SCHEMES = ("http", "https", "s3")
"""The URLs that `data.source` may name."""


class Database(Section):
    """A table or a query of a database; either is named, not both."""

    url: str
    """The environment variable that holds SQLAlchemy's URL, such as `postgresql+psycopg://user:password@host/name`."""
    query: str | None = None
    """One SQL query; it says `:name` where a value of `parameters` stands. With `order by`, rows keep their numbers."""
    parameters: dict[str, str | int | float | bool | None] = {}
    """The values of the query, bound by the driver, never written into its text."""
    table: str | None = None
    """A whole table or view, ordered by its primary key."""
    schema_: str | None = Field(default=None, alias="schema")
    """The schema of the table, where it is not the usual one."""

    def __str__(self) -> str:
        """Return how messages and reports name it; the URL is known to the environment only."""
        whole = self.table if self.schema_ is None else f"{self.schema_}.{self.table}"
        return f"{'the query' if self.table is None else f'table {whole}'} at {self.url}"


class Reading(Section):
    """How the source is written, where its name does not say so."""

    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    """What separates the cells of a text; by default what the name says: a comma for `.csv`, a tab for `.tsv`."""
    quote: Literal['"', "'", ""] = '"'
    """What surrounds a cell of a text that holds the delimiter; `""` where quotes mean nothing."""
    encoding: str = "utf-8"
    """The encoding of a text, such as `cp1252` or `utf-16`; one that Python knows."""
    header: int = Field(default=1, ge=0, le=1_000_000)
    """The line of a text or sheet that names the columns; 0 where none does: they are `column_1`, `column_2`, …"""
    sheet: str | None = None
    """The sheet of a workbook; by default its only one."""
    file_column: str | None = None
    """A column to add that holds the name of the file that a row comes from."""
    limit: ByteSize | None = None
    """The most that the source may hold, such as `50GB`, once it is downloaded and expanded. By default
    20 GB downloaded, and expanded 250 times the file or 1 GB, whichever is more."""
    allow_private: bool = False
    """Whether a URL may lead to this machine or to a private network."""


class Freshness(Section):
    """How `dvc repro` notices that a database or a remote file has changed: by one of these."""

    query: str | None = None
    """A query of the source's database whose answer changes when the data do: `select max(updated) from loans`."""
    every: Literal["hour", "day", "week", "month"] | None = None
    """The data are taken as new once in each such time (UTC)."""
