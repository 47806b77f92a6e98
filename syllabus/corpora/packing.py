"""Documents become a table: the text of each as it is learned from, and beside it what a suite can check."""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from syllabus import cleaning
from syllabus.corpora import alike, personal
from syllabus.corpora.documents import AT_A_TIME, Source
from syllabus.corpora.options import Kind, Options
from syllabus.errors import Unmet
from syllabus.frames import ROW
from syllabus.progress import Progress

if TYPE_CHECKING:
    pass

TEXT = "text"
ALIKE = "alike"
"""The column that holds the first row of those that say nearly the same: a split keeps them in one part."""
KINDS: tuple[Kind, ...] = get_args(Kind)
MADE = {
    "characters": "UInt64",
    "bytes": "UInt64",
    "words": "UInt64",
    "lines": "UInt64",
    "letters": "Float64",
    "repeated": "Float64",
    "compressed": "Float64",
    **{f"{kind}s": "UInt32" for kind in KINDS},
    "sha256": "String",
}
"""The columns that packing adds: of every language, what lengths and repetition say. `letters` is the share of
characters that are letters, `repeated` of lines that stood before, `compressed` of bytes that zlib leaves."""
_HELD = 16_000_000
"""So many characters are packed at a time, or one document."""


@dataclass
class Packed:
    """What came of packing.

    Args:
        files: Parquet files in order, with `row`, the source's columns, `TEXT` and those of `MADE`.
        total: how many documents the source has.
        dropped: for each rule, the rows that were left out.
        masked: for each kind of what is personal, the rows that were changed.
        told: the rows in which it was found, and `counts`, how often in all.
        sketches: by row, what near duplicates are found by.
    """

    files: list[Path] = field(default_factory=list)
    total: int = 0
    dropped: dict[str, list[int]] = field(default_factory=dict)
    masked: dict[Kind, list[int]] = field(default_factory=dict)
    told: dict[Kind, list[int]] = field(default_factory=dict)
    counts: dict[Kind, int] = field(default_factory=dict)
    sketches: dict[int, Any] = field(default_factory=dict)

    def changes(self) -> Iterator[dict[str, Any]]:
        """Yield the changes as ingest reports them."""
        shown: list[dict[str, Any]]
        for rule, rows in sorted(self.dropped.items()):
            shown = [{ROW: row} for row in rows[: cleaning.EXAMPLES]]
            undo = None if rule == "empty" else "`options: {personal: {" + rule + ": mask}}`"
            yield {"rule": rule, "column": TEXT, "rows": len(rows), "examples": shown, "undo": undo}
        for kind, rows in self.masked.items():
            shown = [{ROW: row, "before": kind, "after": f"[{kind}]"} for row in rows[: cleaning.EXAMPLES]]
            undo = "`options: {personal: {" + kind + ": keep}}`"
            yield {"rule": f"masked {kind}", "column": TEXT, "rows": len(rows), "examples": shown, "undo": undo}


def pack(source: Source, options: Options, folder: Path) -> Packed:
    """Write the documents under `folder`, some at a time.

    Raises:
        Unmet: no document holds any text.
    """
    import polars as pl

    folder.mkdir(parents=True)
    schema: dict[str, Any] = {ROW: pl.UInt64, **source.schema, TEXT: pl.String}
    schema |= {name: getattr(pl, kind) for name, kind in MADE.items()}
    packed, progress = Packed(), Progress("read documents", unit="document", total=None)
    lines: list[dict[str, Any]] = []

    def write() -> None:
        packed.files.append(folder / f"{packed.total:012}.parquet")
        pl.DataFrame(lines, schema=schema).write_parquet(packed.files[-1], compression="lz4")
        lines.clear()

    for told, text in source.documents:
        packed.total += 1
        line = _line(packed, text, options)
        if line is not None:
            lines.append({ROW: packed.total} | told | line)
        if len(lines) == AT_A_TIME or sum(line["characters"] for line in lines) > _HELD:
            write()
        progress.at(packed.total)
    if lines:
        write()
    if not packed.files:
        why = ", ".join(f"{len(rows)} {rule}" for rule, rows in packed.dropped.items()) or "there is none"
        raise Unmet(f"no document can be learned from: {why}")
    return packed


def _line(packed: Packed, text: str | None, options: Options) -> dict[str, Any] | None:
    """Return what stands in the table of a text; None where it is left out."""
    row = packed.total
    if text is None or not text.strip():
        packed.dropped.setdefault("empty", []).append(row)
        return None
    counts: dict[str, int] = {}
    for kind in personal.KINDS:
        text, counts[f"{kind}s"] = personal.masked(text, kind, write=options.treated(kind) == "mask")
        found = counts[f"{kind}s"]
        if found:
            packed.told.setdefault(kind, []).append(row)
            packed.counts[kind] = packed.counts.get(kind, 0) + found
        if found and options.treated(kind) == "drop":
            packed.dropped.setdefault(kind, []).append(row)
            return None
        if found and options.treated(kind) == "mask":
            packed.masked.setdefault(kind, []).append(row)
    packed.sketches[row] = alike.sketch(text)
    return {TEXT: text, **facts(text), **counts}


def facts(text: str) -> dict[str, Any]:
    """Return what a suite can check of a text that holds any."""
    raw, lines = text.encode(), [line for line in text.splitlines() if line.strip()]
    return {
        "characters": len(text),
        "bytes": len(raw),
        "words": sum(1 for _ in re.finditer(r"\w+", text)),
        "lines": len(lines),
        "letters": round(sum(map(str.isalpha, text)) / len(text), 6),
        "repeated": round(1 - len(set(lines)) / max(len(lines), 1), 6),
        "compressed": round(len(zlib.compress(raw, 6)) / len(raw), 6),
        "sha256": hashlib.sha256(raw).hexdigest(),
    }
