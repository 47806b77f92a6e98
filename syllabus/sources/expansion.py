"""Compressed files, and the limits that keep a small file from filling the machine."""

from __future__ import annotations

import io
import zipfile
import zlib
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from syllabus.errors import Unmet

if TYPE_CHECKING:
    from pydantic import ByteSize

    from syllabus.settings import Reading

COMPRESSIONS = {".gz": "gzip", ".bz2": "bz2", ".zst": "zstd"}
"""How a compressed text ends, and what pyarrow calls it."""
_STANDARD = ("gzip", "bz2")
"""Those that Python's own module of that name reads, too."""
DOWNLOAD = 20_000_000_000
"""The most bytes of a download."""
_RATIO = 250
_SMALL = 1_000_000_000


def compression(path: Path) -> str | None:
    """Return how a file is compressed, by its name."""
    return COMPRESSIONS.get(path.suffix.lower())


def allowed(path: Path, limit: ByteSize | None) -> int:
    """Return the most bytes that a file may expand to: what is declared, or what honest data do not exceed."""
    return limit if limit is not None else max(_SMALL, _RATIO * path.stat().st_size)


def check(path: Path, expanded: int, limit: ByteSize | None) -> None:
    """Refuse a file that expands to too much.

    Raises:
        Unmet: `expanded` bytes are more than what `allowed` returns.
    """
    if expanded > (most := allowed(path, limit)):
        raise too_large(path, most, limit)


def too_large(path: Path | str, most: int, limit: ByteSize | None) -> Unmet:
    """Return the error for a source that holds more than `most` bytes."""
    declared = "data.reading.limit" if limit is not None else "the usual limit; data.reading.limit raises it"
    return Unmet(f"{path}: expands to more than {most:,} bytes, {declared}")


def opened(path: Path, reading: Reading) -> BinaryIO:
    """Open a file for reading, expanded as it is read.

    What is read raises `Unmet` where the compressed bytes are damaged or expand to too much.
    """
    kind = compression(path)
    if kind is None:
        return path.open("rb")
    return io.BufferedReader(_Expanding(path, kind, reading), 1 << 20)


class _Expanding(io.RawIOBase):
    """The expanded bytes of a file, counted."""

    def __init__(self, path: Path, kind: str, reading: Reading) -> None:
        self._path, self._kind, self._limit = path, kind, reading.limit
        self._left = allowed(path, reading.limit)
        self._stream = _stream(path, kind)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # as all of io calls it
        try:
            piece = self._stream.read(len(buffer))
        except (OSError, EOFError, zlib.error) as error:
            raise Unmet(f"{self._path}: not a whole {self._kind} file: {str(error).splitlines()[0]}") from None
        self._left -= len(piece)
        if self._left < 0:
            raise too_large(self._path, allowed(self._path, self._limit), self._limit)
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        self._stream.close()
        super().close()


def _stream(path: Path, kind: str) -> Any:
    try:
        import pyarrow as pa
    except ImportError:
        if kind not in _STANDARD:
            raise
        return import_module(kind).open(path)
    return pa.input_stream(str(path), compression=kind)


def check_zip(path: Path, limit: ByteSize | None) -> None:
    """Expand every member of a zip once, without keeping it, and refuse one that is damaged or too large.

    Raises:
        Unmet: it is damaged, needs a password, or expands to too much.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            check(path, sum(member.file_size for member in members), limit)
            # The sizes that it declares may lie; what does not hold what is declared fails its checksum.
            damaged = archive.testzip()
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, OSError, EOFError, ValueError) as error:
        raise Unmet(f"{path}: not a whole {path.suffix} file: {error}") from None
    except RuntimeError:
        raise Unmet(f"{path}: is protected by a password; save it without one") from None
    if damaged is not None:
        raise Unmet(f"{path}: not a whole {path.suffix} file: {damaged} is damaged")
