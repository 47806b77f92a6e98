"""Where answers may be written: over nothing that is read, into no package, and by one run at a time."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from syllabus.errors import Unmet
from syllabus.serving import pieces

if TYPE_CHECKING:
    from syllabus.serving.packages import Package
    from syllabus.sources import Source


@contextmanager
def alone(package: Package, source: Source, out: Path) -> Iterator[None]:
    """Look whether answers can be written to `out`, and keep other runs from it until the block ends.

    Raises:
        Unmet: they cannot, would change what is read, or another run writes them.
    """
    pieces.check(out)
    _check(package, source, out)
    with _held(out):
        yield


def _check(package: Package, source: Source, out: Path) -> None:
    rejects = pieces.rejects(out)
    if out.resolve().is_relative_to(package.folder.resolve()):
        raise Unmet(f"{out}: lies within the package {package.folder}, which it would change; write it elsewhere")
    if not isinstance(source, str | Path) or "://" in str(source):
        return
    if Path(source).is_dir():
        if out.resolve().is_relative_to(Path(source).resolve()):
            raise Unmet(f"{out}: lies within {source}, whose files are read; write the answers elsewhere")
        return
    for file in _read(str(source)):
        if _same(out, file):
            raise Unmet(f"{out}: is read, and the answers would replace it; give OUTPUT another name")
        if _same(rejects, file):
            told = f"is read, and what cannot be answered for {out} would replace it"
            raise Unmet(f"{rejects}: {told}; give OUTPUT another name")


def _read(source: str) -> list[Path]:
    # A file may have a name that reads like a pattern.
    if glob.has_magic(source) and not Path(source).exists():
        return [Path(file) for file in glob.glob(source, recursive=True)]  # noqa: PTH207  # absolute ones, too
    return [Path(source)]


def _same(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.samefile(other)


@contextmanager
def _held(out: Path) -> Iterator[None]:
    import fcntl

    out.parent.mkdir(parents=True, exist_ok=True)
    path = out.with_name(f".{out.name}.lock")
    while True:
        with path.open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                told = "another run writes its answers there at this moment: wait until it ends, or give another name"
                raise Unmet(f"{out}: {told}") from None
            if not _is(path, file.fileno()):
                continue  # whoever held it has just removed it, and the next run would make another
            try:
                yield
            finally:
                path.unlink(missing_ok=True)
            return


def _is(path: Path, opened: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(opened))
    except FileNotFoundError:
        return False
