"""A folder with a folder for each class: which classes there are, and how many files each has."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from syllabus.errors import Unmet
from syllabus.projects.draft import Asked
from syllabus.projects.look import Look
from syllabus.projects.spelling import Spelling
from syllabus.projects.surveys import Folder
from syllabus.projects.tasks import Task

TARGET = "label"
"""What the column of the classes is called, where nobody names it."""
SCARCE = 10
"""A class of fewer files is hardly learned, and hardly examined."""
_SHOWN = 3


@dataclass(frozen=True)
class Classes:
    """The classes of a folder.

    Args:
        look: what the folder is taken for, as a table would be.
        files: those of each class.
        hints: what a person should look at.
    """

    look: Look
    files: dict[str, list[Path]]
    hints: list[tuple[str, str]]


def found(folder: Folder, kinds: Collection[str], named: str, asked: Asked) -> Classes:
    """Return the classes of a folder of files of these kinds.

    Args:
        folder: where they lie.
        kinds: how the names of the files end.
        named: what they are called.
        asked: the target's name, if somebody says it.

    Raises:
        Unmet: there are no two classes, or no such file.
    """
    if asked.task == "regression":
        raise Unmet(
            f"--task regression: {folder.path} is a folder by class, and numbers stand in a table: --data TABLE"
        )
    if asked.named:
        raise Unmet(f"--{min(asked.named)} names a column of a table, and {folder.path} is a folder")
    every = {name: [file for file in files if _of(file, kinds)] for name, files in folder.classes.items()}
    held = {name: files for name, files in every.items() if files}
    if not any(_of(file, kinds) for file in folder.files):
        others = f"{len(folder.files):,} other files" if folder.files else "no file"
        raise Unmet(f"{folder.path}: holds no {named}, but {others}; known are {', '.join(kinds)}")
    if len(held) < 2:
        loose = sum(_of(file, kinds) and file.parent == folder.path for file in folder.files)
        there = f"{loose:,} {named} beside each other" if loose else f"the {named} of one folder, {min(held)}"
        raise Unmet(
            f"{folder.path}: holds {there}, and {named} are told apart by a folder for each class, at least two; or "
            f"by a table that names the files and their classes: --data TABLE"
        )
    counts = {name: len(files) for name, files in held.items()}
    total, rarest = sum(counts.values()), min(counts, key=lambda name: (counts[name], name))
    first = ", ".join(list(counts)[:_SHOWN]) + (", …" if len(counts) > _SHOWN else "")
    evidence = f"{len(counts)} folders of {min(counts.values()):,} to {max(counts.values()):,} {named}: {first}"
    task = Task("classification", evidence, counts[rarest] / total, len(counts))
    target = asked.target or TARGET
    look = Look(total, {}, Spelling((), {}, {}, {}), [], target, task, None, {})
    return Classes(look, held, list(_hints(folder, kinds, named, counts, target)))


def _hints(
    folder: Folder, kinds: Collection[str], named: str, counts: dict[str, int], target: str
) -> list[tuple[str, str]]:
    told = []
    if scarce := [name for name, count in counts.items() if count < SCARCE]:
        few = ", ".join(f"{name} has {counts[name]}" for name in scarce[:_SHOWN]) + (
            ", …" if len(scarce) > _SHOWN else ""
        )
        told.append((target, f"{few}: too few {named} to learn a class and examine it"))
    if strays := [file for file in folder.files if not _of(file, kinds)]:
        first = strays[0].relative_to(folder.path)
        lost = (
            f"{len(strays):,} files are no {named} by their names, such as {first}: those in a class are tried, and "
            "dropped where they cannot be read"
        )
        told.append((str(folder.path), lost))
    return told


def _of(file: Path, kinds: Collection[str]) -> bool:
    return file.suffix.lower() in kinds
