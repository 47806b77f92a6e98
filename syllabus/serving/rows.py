"""The rows that a package is asked about, some at a time, wherever they come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from syllabus import frames, sources

if TYPE_CHECKING:
    import polars as pl

    from syllabus.serving.packages import Package
    from syllabus.sources import Raw, Source


class Rows(Protocol):
    """Rows that can be asked for again from anywhere."""

    @property
    def columns(self) -> Sequence[str]:
        """The names of the columns, without `row`."""

    @property
    def kept(self) -> Sequence[str]:
        """The columns that stand beside the answers, whoever asks."""

    @property
    def total(self) -> int:
        """How many there are."""

    @property
    def sha256(self) -> str:
        """The digest of all that they come from."""

    def between(self, start: int, stop: int) -> pl.DataFrame:
        """Return the rows from `start` to before `stop`, with `row`."""


@dataclass(frozen=True, eq=False)
class Table:
    """The rows of a table.

    Args:
        raw: its source, opened.
        columns: the names of its columns.
    """

    raw: Raw
    columns: Sequence[str]
    kept: Sequence[str] = ()

    @cached_property
    def total(self) -> int:
        """How many there are."""
        return frames.count(self.raw.frame)

    @cached_property
    def sha256(self) -> str:
        """The digest of the source."""
        return self.raw.sha256

    def between(self, start: int, stop: int) -> pl.DataFrame:
        """Return the rows from `start` to before `stop`, with `row`."""
        return self.raw.frame.slice(start, stop - start).collect()


def columns(package: Package, source: Source) -> tuple[Rows | None, Sequence[str]]:
    """Return the rows where they stand in no table, and the names of the columns in any case, from the head of a table.

    Raises:
        Unmet: the source cannot be read.
    """
    modality: Any = package.modality
    found: Rows | None = modality.requests(source, package.data) if hasattr(modality, "requests") else None
    return found, found.columns if found is not None else sources.columns(source, package.data.reading)


def table(package: Package, source: Source, scratch: Path, names: Sequence[str]) -> Table:
    """Open a table, with a folder for what it takes."""
    modality: Any = package.modality
    held = modality.held(package.data) if hasattr(modality, "held") else None
    return Table(sources.opened(source, scratch, package.data.reading, held), names)
