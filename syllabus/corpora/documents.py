"""Where documents come from: a text file that is cut, a folder of files, or a column of a table."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syllabus import frames, sources
from syllabus.corpora.options import Options
from syllabus.errors import Unmet, nearest, shown
from syllabus.frames import ROW
from syllabus.sources import expansion

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Data

TEXTS = (".txt", ".text", ".md", ".markdown")
PATH, TITLE, WITHIN = "path", "title", "within"
"""What files and headings tell of a document: its path, its own heading, and the ones above that."""
AT_A_TIME = 64
_MARK = "\ufeff"


@dataclass(frozen=True)
class Source:
    """The documents of a source.

    Args:
        schema: the columns that it tells beside the text, and what each holds.
        documents: yields for each, in order, what stands in those columns and the text, None where it has none.
        files: what they are read from.
    """

    schema: dict[str, Any]
    documents: Iterator[tuple[dict[str, Any], str | None]]
    files: list[Path]

    @property
    def sha256(self) -> str:
        """The digest of the file, or of the names and digests of several."""
        if len(self.files) == 1:
            return frames.sha256(self.files[0])
        told = "\n".join(f"{path.name} {frames.sha256(path)}" for path in self.files)
        return hashlib.sha256(told.encode()).hexdigest()


def columns(data: Data, options: Options) -> list[str]:
    """Return the names of the columns that the source tells beside the text.

    Raises:
        Unmet: the source is not there, cannot be cut as declared, or has no such column.
    """
    path = _path(data, options)
    if path is None:
        known = sources.columns(data.source, data.reading)
        if options.text not in known:
            raise Unmet(
                f"data.options.text: {options.text} is not a column of {data.source}; {nearest(options.text, known)}"
            )
        return [name for name in known if name != options.text]
    if path.is_dir():
        return [PATH]
    return [WITHIN, TITLE] if options.heading else []


def opened(data: Data, options: Options, scratch: Path) -> Source:
    """Open the documents of the source.

    Raises:
        Unmet: it cannot be read; while documents are drawn, that one is not text in the declared encoding.
    """
    import polars as pl

    names = columns(data, options)
    path = _path(data, options)
    if path is None:
        raw = sources.opened(data.source, scratch, data.reading)
        kinds = raw.frame.collect_schema()
        if kinds[options.text] != pl.String:
            raise Unmet(
                f"data.options.text: column {options.text} of {data.source} holds {kinds[options.text]}, no text"
            )
        rows = _of_table(raw.frame.drop(ROW), options.text)
        return Source({name: kinds[name] for name in names}, rows, list(raw.files))
    if path.is_dir():
        files = sorted(one for one in path.rglob("*") if one.is_file() and not one.name.startswith("."))
        if not files:
            raise Unmet(f"{path}: the folder holds no file")
        each = (({PATH: one.relative_to(path).as_posix()}, text(one, data)) for one in files)
        return Source({PATH: pl.String}, each, files)
    return Source(dict.fromkeys(names, pl.String), _cut(text(path, data), options, path), [path])


def text(path: Path, data: Data) -> str:
    """Return what a text file holds, expanded if it is compressed.

    Raises:
        Unmet: it is not in the declared encoding, or expands to too much.
    """
    with expansion.opened(path, data.reading) as file:
        raw = file.read()
    try:
        # Line ends as editors on other systems write them would be pieces of their own.
        return raw.decode(data.reading.encoding).removeprefix(_MARK).replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise Unmet(
            f"{shown(str(path))}: not {data.reading.encoding} text: byte {error.start:,}, in line {line:,}, cannot be "
            f"read; data.reading.encoding names another encoding, such as cp1252 or utf-16"
        ) from None


def _path(data: Data, options: Options) -> Path | None:
    """Return the text file or the folder that the source is; None for a table.

    Raises:
        Unmet: there is no such file, or it is cut in a way that does not go with it.
    """
    path = Path(data.source) if isinstance(data.source, str) else None
    plain = path is not None and "://" not in str(data.source)
    bare = path.with_suffix("") if path is not None and expansion.compression(path) else path
    is_text = plain and bare is not None and bare.suffix.lower() in TEXTS
    declared = "separator" if options.separator else "heading" if options.heading else None
    if is_text and path is not None:
        if not path.is_file():
            raise Unmet(f"{path}: no such file")
        return path
    if declared and plain and path is not None and not path.exists():
        raise Unmet(f"{path}: no such file")
    if declared:
        raise Unmet(f"data.options.{declared} cuts one text file ({', '.join(TEXTS)}), and {data.source} is none")
    return path if plain and path is not None and path.is_dir() else None


def _of_table(rows: pl.LazyFrame, column: str) -> Iterator[tuple[dict[str, Any], str | None]]:
    for some in rows.collect_batches(maintain_order=True, chunk_size=AT_A_TIME, lazy=True):
        for line in some.iter_rows(named=True):
            held = line.pop(column)
            yield line, held


def _cut(whole: str, options: Options, path: Path) -> Iterator[tuple[dict[str, Any], str]]:
    if options.heading:
        yield from _by_heading(whole, options.heading, path)
        return
    for one in whole.split(options.separator) if options.separator else [whole]:
        yield {}, one


def _by_heading(whole: str, level: int, path: Path) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield what stands under each heading, with the heading itself; one that only others stand under has none."""
    found = list(re.finditer(rf"^(#{{1,{level}}})[ \t]+(.+?)[ \t#]*$", whole, re.MULTILINE))
    if not found:
        raise Unmet(f"{path}: no heading of level {level} or higher cuts it: say data.options.separator, or neither")
    if before := whole[: found[0].start()].strip():
        yield {WITHIN: None, TITLE: None}, before
    above: dict[int, str] = {}
    ends = [*(one.start() for one in found[1:]), len(whole)]
    for heading, end in zip(found, ends, strict=True):
        depth = len(heading[1])
        above = {at: title for at, title in above.items() if at < depth}
        told = {WITHIN: " / ".join(above.values()) or None, TITLE: heading[2]}
        above[depth] = heading[2]
        if whole[heading.end() : end].strip():
            yield told, whole[heading.start() : end].strip() + "\n"
