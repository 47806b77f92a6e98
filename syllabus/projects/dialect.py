"""How a text file is written: its encoding, and what separates its cells."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HEAD = 1_000_000
"""The bytes at the beginning of a file that are looked at."""
DELIMITERS = (",", ";", "\t", "|")
HEADED = 500
"""The rows that are looked at for where the header is."""
WORDS = 4
"""Lines of prose have so many words, on average."""
# What Excel writes and reads above a table.
_NAMED = re.compile(r"""\A"?sep=([,;\t|])"?[ \t]*\r?\n""", re.IGNORECASE)
_DIGITS = re.compile(r"[+-]?[\d.,\u00a0 ]*\d[\d.,\u00a0 ]*\s*\S?")


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
    usual = "\t" if ".tsv" in path.suffixes else ","
    if (table := _table(sample)) is not None:
        delimiter, header = table
        found |= {"delimiter": delimiter} if delimiter != usual else {}
        found |= {"header": header} if header > 1 else {}
    return found


def prose(path: Path) -> bool:
    """Return whether a text is no table: its lines have words, and no sign cuts nearly all of them alike."""
    head = _head(path)
    text = head.decode(_encoding(head), "replace").lstrip("\ufeff")
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines or sum(len(line.split()) for line in lines) < WORDS * len(lines):
        return False
    cut = (_rows(text, sign) for sign in DELIMITERS)
    return not any(width > 1 and often > 0.8 * len(rows) for rows in cut for width, often in [_width(rows)])


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


def _table(sample: str) -> tuple[str, int] | None:
    """Return the sign that cuts most rows into the same number of cells, more than one, and the line of the header.

    None for a single column.
    """
    if named := _NAMED.match(sample):
        rest = sample[named.end() :]
        return named[1], 1 + (_header(rest, named[1], _width(_rows(rest, named[1]))[0]) or 1)
    best: tuple[float, int, str, int] | None = None
    for sign in DELIMITERS:
        rows = _rows(sample, sign)
        if not rows:
            continue
        # The header counts as a row like any other, so a title line above it does not decide.
        width, often = _width(rows)
        line = _header(sample, sign, width)
        rated = (often / len(rows), width, sign, line or 0)
        if width > 1 and line and (best is None or rated > best):
            best = rated
    return (best[2], best[3]) if best else None


def _width(rows: Mapping[int, list[str]]) -> tuple[int, int]:
    """Return how many cells most rows have, and how many rows that are."""
    return Counter(map(len, rows.values())).most_common(1)[0] if rows else (1, 0)


def _rows(sample: str, sign: str) -> dict[int, list[str]]:
    """Return the first rows, by the line on which each begins; none where the quotes are not sound."""
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=sign)
    rows: dict[int, list[str]] = {}
    try:
        begins = 1
        for row in reader:
            if row and len(rows) < HEADED:
                rows[begins] = row
            begins = reader.line_num + 1
            if len(rows) == HEADED:
                break
    except csv.Error:
        return {}
    return rows


def _header(sample: str, sign: str, width: int) -> int | None:
    """Return the line of the header: the first, or the one below lines of titles; None where it is no table.

    A line is a title where it has hardly a cell. One column of texts in which the sign stands is no table with a title
    above: there must be three columns, or one of numbers whose name is none.
    """
    rows = _rows(sample, sign)
    first = next(iter(rows.values()), [])
    if len(first) > 1 and not _titled(first, width):
        return 1
    for titles, (line, row) in enumerate(rows.items()):
        if len(row) == width and not _titled(row, width):
            body = [other for at, other in rows.items() if at > line and len(other) == width]
            named = all(cell.strip() for cell in row) and not any(map(_number, row))
            counted = any(sum(_number(cells[at]) for cells in body) > 0.5 * len(body) for at in range(width))
            sure = (counted and bool(body)) or (width > 2 and (line > titles + 1 or len(rows[next(iter(rows))]) > 1))
            return line if named and sure else 1 if len(first) > 1 else None
    return 1 if len(first) > 1 else None


def _titled(row: list[str], width: int) -> bool:
    return sum(bool(cell.strip()) for cell in row) <= max(1, width // 3)


def _number(cell: str) -> bool:
    return bool(_DIGITS.fullmatch(cell.strip()))
