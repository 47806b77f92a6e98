"""What lies at a source before it is read: a folder with its files by kind, or a table and its column of pictures."""

from __future__ import annotations

import os
import re
import tempfile
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from syllabus import frames
from syllabus.errors import Unmet
from syllabus.projects.dialect import dialect
from syllabus.settings import Database, Reading
from syllabus.sources import Source, expansion, local, opened, text, typed
from syllabus.sources.columnar import Columnar

if TYPE_CHECKING:
    import polars as pl

PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp")
TEXTS = (".txt", ".text", ".md", ".markdown", ".html", ".htm", ".eml", ".rst", ".tex")
SOUNDS = (".wav", ".mp3", ".flac", ".ogg", ".mp4", ".avi", ".mov")
DOCUMENTS = (".pdf", ".docx", ".doc", ".odt")
NEARLY = 0.9
"""The share of files, or of names of files, of one kind from which on the others are strays."""
HEAD = 64
"""The rows of a table in which pictures are looked for."""
SEVERAL = 2.0
"""A text beside a picture has so many words, on average."""
_ENDING = re.compile(rb"\.(png|jpe?g|gif|bmp|tiff?|webp)\b", re.IGNORECASE)
_LOOKED_AT = 64_000


@dataclass(frozen=True)
class Folder:
    """A folder.

    Args:
        path: where it is.
        files: all within it that are not hidden, in order.
    """

    path: Path
    files: tuple[Path, ...]

    @cached_property
    def endings(self) -> Counter[str]:
        """How often each ending of a name occurs."""
        return Counter(file.suffix.lower() for file in self.files)

    @cached_property
    def classes(self) -> dict[str, list[Path]]:
        """The files of each folder in it, however deep within."""
        found: dict[str, list[Path]] = {}
        for file in self.files:
            first, *rest = file.relative_to(self.path).parts
            if rest:
                found.setdefault(first, []).append(file)
        return found

    def many(self, kinds: Collection[str]) -> int:
        """Return how many files are of these kinds."""
        return sum(self.endings[kind] for kind in kinds)

    def nearly(self, kinds: Collection[str]) -> bool:
        """Return whether nearly all files are of these kinds."""
        return self.many(kinds) >= max(1, NEARLY * len(self.files))


@dataclass(frozen=True)
class Pictures:
    """The column of a table that holds pictures, or names them.

    Args:
        column: its name.
        folder: under which the names lie; none where the cells hold bytes.
    """

    column: str
    folder: Path | None


@dataclass(frozen=True)
class Table:
    """A table.

    Args:
        source: where it is.
        pictures: its column of pictures, if one is seen.
        texts: beside pictures, the columns whose cells have several words.
    """

    source: Source
    pictures: Pictures | None = None
    texts: tuple[str, ...] = ()

    @property
    def plain_text(self) -> bool:
        """Whether it is one file of text in prose, by its name."""
        if isinstance(self.source, Database) or not Path(str(self.source)).is_file():
            return False
        path = Path(str(self.source))
        bare = path.with_suffix("") if expansion.compression(path) else path
        return bare.suffix.lower() in (".md", ".markdown", ".text")


Survey = Folder | Table


def survey(source: Source, picture: str | None = None) -> Survey:
    """Look at what lies at a source; `picture` is the column that a person says holds pictures.

    Raises:
        Unmet: a folder holds no file, or there is nothing to be read.
    """
    if isinstance(source, Database) or "://" in str(source):
        return Table(source)
    path = Path(str(source))
    if path.is_dir():
        files = (Path(where) / name for where, _, names in os.walk(path) for name in names)
        shown = (file for file in files if not any(part.startswith(".") for part in file.relative_to(path).parts))
        return Folder(path, tuple(sorted(shown)))
    found = Table(source)
    head = None if found.plain_text else _head(str(source), picture)
    seen = None if head is None else _pictures(head, str(source), picture)
    return found if head is None or seen is None else Table(source, seen, _texts(head))


def _texts(head: pl.DataFrame) -> tuple[str, ...]:
    """Return the columns whose cells have several words and seldom say the same."""
    import polars as pl

    held = {name: head[name].drop_nulls() for name in head.columns if head[name].dtype == pl.String}
    return tuple(
        name
        for name, cells in held.items()
        if len(cells) and cells.n_unique() > len(cells) / 2 and _words(cells) >= SEVERAL
    )


def _words(cells: pl.Series) -> float:
    return 1 + frames.mean(cells.str.strip_chars().str.count_matches(r"\s+"))


def _pictures(head: pl.DataFrame, source: str, named: str | None) -> Pictures | None:
    """Return the column of pictures: of bytes, or of names of files that are there.

    Raises:
        Unmet: the column that is named holds neither.
    """
    import polars as pl

    if named is not None and named not in head.columns:
        return None  # who reads the table says so, with the nearest name
    held = [name for name in head.columns if head[name].dtype == pl.Binary and named in (None, name)]
    if held:
        return Pictures(held[0], None)
    for column in head.get_columns():
        if named in (None, column.name) and column.dtype == pl.String:
            names = column.drop_nulls().to_list()
            ended = [name for name in names if Path(name).suffix.lower() in PICTURES]
            if names and len(ended) >= NEARLY * len(names):
                folder = next((one for one in _folders(source) if _there(ended, one)), None)
                if folder is not None:
                    return Pictures(column.name, folder)
                if named is not None:
                    raise Unmet(
                        f"--image {named} names files such as {ended[0]}, which do not lie beside the table, in "
                        f"{Path(source).parent}"
                    )
    if named is not None:
        raise Unmet(f"--image {named} holds neither pictures, as bytes, nor names of files that are pictures")
    return None


def _folders(source: str) -> list[Path]:
    """Return where names may lie: beside the table, in a folder beside it, where we are, or at the root."""
    beside = next(iter(local.matching(source))).parent
    within = sorted(one for one in beside.iterdir() if one.is_dir() and not one.name.startswith("."))[:HEAD]
    return [beside, *within, Path(), Path("/")]


def _there(names: list[str], folder: Path) -> bool:
    # A name that begins at the root lies under no other folder, and one that leaves its folder in none.
    rooted = [Path(name).is_absolute() for name in names]
    if any(rooted) != (folder == Path("/")) or any(".." in Path(name).parts for name in names):
        return False
    return sum((folder / name).is_file() for name in names) >= NEARLY * len(names)


def _head(source: str, named: str | None) -> pl.DataFrame | None:
    """Return the first rows, their texts and bytes alone; none where no picture can be among them."""
    import polars as pl
    import polars.selectors as columns

    first, name = next(iter(local.matching(source).items()))
    reader = local.kind(first, name)
    if isinstance(reader, Columnar):
        with typed.reading_of(first):
            frame: pl.LazyFrame = getattr(pl, reader.function)(first, glob=False, hive_partitioning=False)
            return frame.select(columns.string() | columns.binary()).head(HEAD).collect()
    with expansion.opened(first, Reading()) as file:
        if named is None and not _ENDING.search(file.read(_LOOKED_AT)):
            return None
    reading = Reading.model_validate(dialect(first) if reader is text else {})
    with tempfile.TemporaryDirectory() as scratch:
        rows = opened(first, Path(scratch) / "head", reading).frame
        return rows.select(columns.string()).head(HEAD).collect()
