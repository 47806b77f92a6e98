"""Parquet, and Arrow's own files, which are Feather's too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syllabus.sources import proof, typed

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Reading


@dataclass(frozen=True)
class Columnar:
    """A kind of file that says itself what its columns are.

    Args:
        title: what it is called.
        function: what of polars opens it.
    """

    title: str
    function: str

    def names(self, path: Path, reading: Reading) -> tuple[str, list[str]]:  # noqa: ARG002  # as every kind of file
        """Return the file and the names of its columns.

        Raises:
            Unmet: it is not a whole file of its kind.
        """
        return str(path), self._opened(path).collect_schema().names()

    def prove(self, files: Mapping[Path, str], reading: Reading) -> None:
        """Look at every cell of some files once.

        Raises:
            Unmet: one is damaged, or expands to more than the limit.
        """
        proof.prove(files, self.title, self.function, reading)

    def scan(
        self,
        path: Path,
        reading: Reading,  # noqa: ARG002  # as every kind of file
        scratch: Path,  # noqa: ARG002  # as every kind of file
        held: str | None = None,
    ) -> pl.LazyFrame:
        """Open a file that was proven, lazily; the column `held` may hold bytes.

        Raises:
            Unmet: a column holds other than single values.
        """
        return typed.plain(str(path), self._opened(path), held)

    def _opened(self, path: Path) -> pl.LazyFrame:
        import polars as pl

        # What a Parquet file says of its values, least and most, may be wrong.
        options: dict[str, Any] = {"use_statistics": False} if self is PARQUET else {}
        with typed.reading_of(path):
            frame: pl.LazyFrame = getattr(pl, self.function)(path, glob=False, hive_partitioning=False, **options)
            frame.collect_schema()
        return frame


PARQUET = Columnar("Parquet", "scan_parquet")
ARROW = Columnar("Arrow", "scan_ipc")
