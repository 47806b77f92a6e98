"""The lines of a text, whatever its encoding, its compression and its line ends."""

from __future__ import annotations

import codecs
import io
import re
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from syllabus.errors import Unmet
from syllabus.sources import expansion

if TYPE_CHECKING:
    from syllabus.settings import Reading

LONGEST = 4_000_000
"""The most bytes that a row of text may have."""
# The beginnings of formats that are often misnamed.
_FORMATS = {
    b"PAR1": "a Parquet file",
    b"ARROW1": "an Arrow file",
    b"PK\x03\x04": "a zip or Excel file",
    b"\xd0\xcf\x11\xe0": "an old Excel file",
    b"\x1f\x8b": "a gzip file",
    b"BZh": "a bzip2 file",
    b"\x28\xb5\x2f\xfd": "a zstd file",
    b"%PDF": "a PDF",
}
_WIDE = {
    b"\xff\xfe": "UTF-16 text: declare data.reading.encoding: utf-16",
    b"\xfe\xff": "UTF-16 text: declare data.reading.encoding: utf-16",
}
# How Python marks bytes that are not of the encoding.
_ESCAPED = re.compile("[\udc80-\udcff]")


def check(path: Path, reading: Reading) -> None:
    """Refuse a file whose beginning says that it is no such text.

    Raises:
        Unmet: it begins as another format does, or as a text of another encoding.
    """
    with expansion.opened(path, reading) as stream:
        start = stream.read(8)
    for magic, what in (_FORMATS | _WIDE if _codec(reading) == "utf-8-sig" else _FORMATS).items():
        if start.startswith(magic):
            raise Unmet(f"{path}: named {path.suffix}, but it is {what}")


def lines(path: Path, reading: Reading) -> Generator[str, None, None]:
    """Yield the lines of a text, whatever they end with.

    Raises:
        Unmet: at the first that is too long, or holds a NUL or a byte that is not of the encoding.
    """
    number = 0
    with _text(path, reading, "surrogateescape") as file:
        try:
            for number, line in enumerate(iter(lambda: file.readline(LONGEST + 1), ""), 1):
                _sound(line, f"{path}:{number}", reading)
                yield line
        except UnicodeError as error:
            raise Unmet(f"{path}:{number + 1}: not {reading.encoding}: {_reason(error)}") from None


def plain(path: Path, reading: Reading, scratch: Path) -> Path:
    """Return the text in UTF-8, not compressed, from the header on: the file itself, or a copy of it in `scratch`.

    Raises:
        Unmet: it holds a NUL, or what was declared cannot read it.
    """
    whole = path
    if expansion.compression(path) or _codec(reading) != "utf-8-sig" or reading.header > 1:
        whole = scratch / "plain"
        try:
            with _text(path, reading, "strict") as file, whole.open("w", encoding="utf-8", newline="") as copy:
                for _ in range(reading.header - 1):
                    file.readline(LONGEST + 1)
                shutil.copyfileobj(file, copy, 1 << 20)
        except UnicodeError as error:
            exhaust(lines(path, reading))
            raise Unmet(f"{path}: not {reading.encoding}: {_reason(error)}") from None
    with whole.open("rb") as stream:
        if _unsound(stream):
            exhaust(lines(path, reading))
    return whole


def _unsound(stream: BinaryIO) -> bool:
    """Return whether a text holds a NUL or too long a line: DuckDB leaves out lines longer than its buffer."""
    run = 0
    while piece := stream.read(1 << 20):
        if b"\x00" in piece:
            return True
        ends = [place for end in (b"\n", b"\r") if (place := piece.find(end)) >= 0]
        run += min(ends, default=len(piece))
        if run > LONGEST:
            return True
        if ends:
            run = len(piece) - 1 - max(piece.rfind(b"\n"), piece.rfind(b"\r"))
    return False


def exhaust(lines: Iterator[str]) -> None:
    """Look at every line, for the error that one of them raises."""
    for _ in lines:
        pass


def _text(path: Path, reading: Reading, errors: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(expansion.opened(path, reading), encoding=_codec(reading), errors=errors, newline="")


def _codec(reading: Reading) -> str:
    name = codecs.lookup(reading.encoding).name
    return "utf-8-sig" if name == "utf-8" else name


def _sound(line: str, where: str, reading: Reading) -> None:
    if "\x00" in line:
        place = len(line[: line.index("\x00")].encode("utf-8", "surrogateescape")) + 1
        raise Unmet(f"{where}: byte {place} is NUL: the file is binary or damaged")
    if not line.isascii() and (broken := _ESCAPED.search(line)):
        place = len(line[: broken.start()].encode(_codec(reading).removesuffix("-sig"), "surrogateescape")) + 1
        found = f"byte 0x{ord(broken.group()) - 0xDC00:02x} at position {place}"
        if _codec(reading) != "utf-8-sig":
            raise Unmet(f"{where}: not {reading.encoding}: {found}")
        raise Unmet(f"{where}: not UTF-8: {found}; if it is text, declare data.reading.encoding, such as cp1252")
    if len(line) > LONGEST // 4 and len(line.encode("utf-8", "surrogatepass")) > LONGEST:
        raise Unmet(f"{where}: a line of more than {LONGEST:,} bytes")


def _reason(error: UnicodeError) -> str:
    return error.reason if isinstance(error, UnicodeDecodeError) else str(error)
