"""How a text file is written: its encoding, and what separates its cells."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path
from typing import Any

HEAD = 1_000_000
"""The bytes at the beginning of a file that are looked at."""
DELIMITERS = (",", ";", "\t", "|")


def dialect(path: Path) -> dict[str, Any]:
    """Return what `data.reading` must say for a text to be read, nothing where its name says all.

    UTF-8 is recognised by its bytes, which hardly any other encoding's text happens to be; UTF-16 by its mark. Whatever
    is neither is read as cp1252, which is latin-1 with the signs that Windows adds.
    """
    head = _head(path)
    encoding = _encoding(head)
    text = head.decode(encoding, "replace").lstrip("\ufeff")
    # The last line may be cut off in the middle.
    lines = text.splitlines(keepends=True)
    sample = "".join(lines[:-1] if len(lines) > 1 and len(head) == HEAD else lines)
    found: dict[str, Any] = {} if encoding == "utf-8" else {"encoding": encoding}
    delimiter = _delimiter(sample)
    usual = "\t" if ".tsv" in path.suffixes else ","
    if delimiter is not None and delimiter != usual:
        found["delimiter"] = delimiter
    return found


def _head(path: Path) -> bytes:
    """Return the beginning of a file, unpacked."""
    from syllabus import sources
    from syllabus.sources import expansion

    with expansion.opened(path, sources.USUAL) as file:
        return file.read(HEAD)


def _encoding(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        # The head may end in the middle of a sign.
        head[: len(head) - 4 if len(head) == HEAD else None].decode("utf-8")
    except UnicodeDecodeError as error:
        return "utf-8" if len(head) == HEAD and error.start >= len(head) - 8 else "cp1252"
    return "utf-8"


def _delimiter(sample: str) -> str | None:
    """Return the sign that cuts most rows into the same number of cells, more than one; None for a single column."""
    best: tuple[float, int, str] | None = None
    for sign in DELIMITERS:
        reader = csv.reader(io.StringIO(sample, newline=""), delimiter=sign)
        try:
            widths = [len(row) for row, _ in zip(reader, range(500), strict=False) if row]
        except csv.Error:
            continue
        if not widths or widths[0] < 2:
            continue
        # The header counts as a row like any other, so a title line above it does not decide.
        width, often = Counter(widths).most_common(1)[0]
        rated = (often / len(widths), width, sign)
        if width > 1 and (best is None or rated > best):
            best = rated
    return best[2] if best else None
