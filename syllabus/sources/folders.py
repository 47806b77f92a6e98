"""A folder with a folder for each class: an example a file."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from syllabus import frames
from syllabus.errors import Unmet
from syllabus.frames import ROW

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Data

PATH = "path"
"""The column of a file's path."""


@dataclass(frozen=True)
class Folder:
    """The files of a folder.

    Args:
        rows: a line a file: `row`, from 1, `path`, and the target, its class.
        files: in the same order.
        size: how much they hold.
        sha256: the digest of all of them and their names.
    """

    rows: pl.LazyFrame
    files: list[Path]
    size: int
    sha256: str


def is_folder(data: Data) -> bool:
    """Return whether the source is a folder."""
    return isinstance(data.source, str) and Path(data.source).is_dir()


def columns(data: Data) -> list[str]:
    """Return the names of the columns.

    Raises:
        Unmet: there are not two classes, files lie beside them, or the target has the name of their column.
    """
    _classes(data)
    if data.target == PATH:
        raise Unmet(f"data.target: {PATH} is what the column of the files' names is called: choose another name")
    return [PATH, data.target]


def opened(data: Data) -> Folder:
    """List the files.

    Raises:
        Unmet: there are not two classes, files lie beside them, or there is none.
    """
    import polars as pl

    folder = Path(str(data.source))
    files, labels = [], []
    for one in _classes(data):
        for path in sorted(path for path in one.rglob("*") if path.is_file() and not path.name.startswith(".")):
            files.append(path)
            labels.append(one.name)
    if not files:
        raise Unmet(f"{folder}: its folders hold no file")
    names = [path.relative_to(folder).as_posix() for path in files]
    rows = pl.DataFrame({PATH: names, data.target: labels}).with_row_index(ROW, offset=1)
    digest = hashlib.sha256()
    for name, path in zip(names, files, strict=True):
        digest.update(f"{name}\0{frames.sha256(path)}\n".encode())
    size = sum(path.stat().st_size for path in files)
    return Folder(rows.with_columns(pl.col(ROW).cast(pl.UInt64)).lazy(), files, size, digest.hexdigest())


def _classes(data: Data) -> list[Path]:
    """Return the folders of the classes.

    Raises:
        Unmet: there are not two, or files lie beside them.
    """
    folder = Path(str(data.source))
    found = sorted(one for one in folder.iterdir() if not one.name.startswith("."))
    beside = [one.name for one in found if not one.is_dir()]
    classes = [one for one in found if one.is_dir()]
    if len(classes) < 2:
        lying = f" and files such as {beside[0]}" if beside else ""
        held = f"{len(classes)} folder{'s' * (len(classes) != 1)}{lying}"
        raise Unmet(
            f"{folder}: a folder of {data.modality} holds a folder for each class, at least two; it holds {held}"
        )
    return classes
