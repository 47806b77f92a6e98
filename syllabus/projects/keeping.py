"""Where a project keeps what it learns from: a copy of its own in `data/`, or where it lies."""

from __future__ import annotations

import glob
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from syllabus import frames
from syllabus.errors import Unmet
from syllabus.projects import repositories
from syllabus.projects.draft import Beside
from syllabus.settings import Database
from syllabus.sources import Source

Tracking = Literal["dvc", "git", "none"]
COPIED = 2_000_000_000
"""The bytes up to which a source is copied into the project; a larger one is read where it lies."""
FOLDER = "data"
BESIDE = f"{FOLDER}/pictures"
"""The folder of the files that a table names."""


@dataclass(frozen=True)
class Kept:
    """What a project keeps of its source, and how `params.yaml` names it.

    Args:
        source: as it is named.
        folder: the same of the folder with the files that it names; none where it names none.
        copies: where each file or folder that is copied lies now, by its name in the project.
        names: of the files in a copied folder that are wanted; None for all.
        tracking: who keeps the copies: DVC, Git, or nobody, since there is none.
    """

    source: Source
    folder: str | None
    copies: dict[str, Path]
    names: tuple[str, ...] | None
    tracking: Tracking


def kept(project: Path, source: Source, beside: Beside | None, asked: Tracking | None) -> Kept:
    """Return what a project in the folder `project` keeps of a source.

    Raises:
        Unmet: it would lie in what it learns from.
    """
    path = Path(str(source))
    if path.is_dir():
        _check_outside(project, path)
    # A name that begins at the root lies in no folder of the project's.
    movable = beside is None or not any(Path(name).is_absolute() for name in beside.names)
    one = not isinstance(source, Database) and path.exists()
    if not (one and movable) or asked == "none" or _size(path, beside) > COPIED:
        if beside is not None:
            _check_outside(project, beside.folder)
        folder = None if beside is None else str(_reference(str(beside.folder), project))
        return Kept(_reference(source, project), folder, {}, None, "none")
    held = f"{FOLDER}/{path.resolve().name}"
    copies = {held: path} if beside is None else {held: path, BESIDE: beside.folder}
    usual: Tracking = "git" if _there(project / held, path) and repositories.tracked(project / held) else "dvc"
    names = None if beside is None else beside.names
    return Kept(held, BESIDE if beside else None, copies, names, asked or usual)


def check(project: Path, copies: dict[str, Path]) -> None:
    """Look whether a copy would overwrite something.

    Raises:
        Unmet: it would.
    """
    for name, path in copies.items():
        if (project / name).exists() and not _there(project / name, path):
            raise Unmet(f"{project / name} exists: name a new folder, nothing is overwritten")


def written(keep: Kept) -> Iterator[str]:
    """Yield the names of what `copy` and DVC write in a project."""
    for name in keep.copies:
        yield name
        if keep.tracking == "dvc":
            yield from (f"{name}.dvc", f"{FOLDER}/.gitignore")


def copy(project: Path, keep: Kept) -> None:
    """Copy what is to be copied and is not there already."""
    for name, path in keep.copies.items():
        target = project / name
        if target.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file():
            with frames.replacing(target) as partial:
                shutil.copyfile(path, partial)
        else:
            _copy_folder(path, target, keep.names)


def _copy_folder(path: Path, target: Path, names: tuple[str, ...] | None) -> None:
    if names is None:
        shutil.copytree(path, target, ignore=shutil.ignore_patterns(".*"))
        return
    for name in names:
        if (path / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path / name, target / name)


def is_here(held: Source) -> bool:
    """Return whether a source is one file or folder, which can be a dependency of DVC's."""
    if isinstance(held, Database) or "://" in str(held):
        return False
    return Path(held).exists() or not glob.has_magic(str(held))


def _check_outside(project: Path, folder: Path) -> None:
    """Look whether a project lies in a folder that it learns from, and would follow itself.

    Raises:
        Unmet: it does.
    """
    if folder.resolve() in (project.resolve(), *project.resolve().parents):
        raise Unmet(f"{project}: lies in {folder}, which it would learn from as a whole: make it elsewhere")


def _there(held: Path, path: Path) -> bool:
    return held.exists() and held.samefile(path)


def _size(path: Path, beside: Beside | None) -> int:
    """Return how many bytes would be copied."""
    files = [path] if path.is_file() else [Path(where) / name for where, _, names in os.walk(path) for name in names]
    files += [beside.folder / name for name in beside.names] if beside else []
    return sum(file.stat().st_size for file in files if file.is_file())


def _reference(source: Source, project: Path) -> Source:
    """Return how a source is named from within the project."""
    if isinstance(source, Database) or "://" in str(source):
        return source
    return os.path.relpath(source, project) if not Path(source).is_absolute() else source
