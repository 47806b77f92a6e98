"""Pictures: a folder with a folder for each class, or a table that holds pictures or the names of their files."""

from __future__ import annotations

from typing import Any

from syllabus.drafting import Column
from syllabus.projects import classes, listing, pictures, yaml
from syllabus.projects.draft import Asked, Draft, Untold
from syllabus.projects.kinds import Claim, tables
from syllabus.projects.look import look
from syllabus.projects.pictures import Sample
from syllabus.projects.surveys import PICTURES, Folder, Survey, Table
from syllabus.projects.tasks import Task, way
from syllabus.settings import Reading

OPTIONS = frozenset({"image"})
EXTRAS = ("images",)
CANDIDATES = ("cnn",)
FEW = 3000
"""Of fewer examples a larger share is examined, or the figures would say little."""


def claim(survey: Survey, asked: Asked) -> Claim | None:
    """Claim a folder of pictures, and a table with a column of them."""
    if isinstance(survey, Folder):
        return Claim(1, "nearly all files are pictures") if survey.nearly(PICTURES) else None
    if survey.pictures is None:
        return Claim(1, "as --image says") if "image" in asked.named else None
    how = "holds pictures" if survey.pictures.folder is None else "names pictures that are there"
    return Claim(1, f"column {survey.pictures.column} {how}")


def draft(survey: Survey, asked: Asked) -> Draft:
    """Return what the pictures are taken for.

    Raises:
        Unmet: there are no two classes, no picture can be read, or nobody says what is predicted.
    """
    return _of_folder(survey, asked) if isinstance(survey, Folder) else _of_table(survey, asked)


def _of_folder(folder: Folder, asked: Asked) -> Draft:
    found = classes.found(folder, PICTURES, "pictures", asked)
    held = [file for files in found.files.values() for file in files]
    seen = pictures.sample(held)
    return Draft(
        task="classification",
        target=found.look.target,
        about=f"Predicts {yaml.scalar(found.look.target)}",
        rows=[tables.target_row(found.look), pictures.row(str(folder.path), seen)],
        counted=f"{len(held):,} pictures",
        said=tables.learned(found.look) | said(found.look.task, seen, len(held)) | {"picture": None},
        candidates=CANDIDATES,
        columns=[*pictures.COLUMNS, Column("path", "unasked"), *tables.columns(found.look)],
        hints=[*found.hints, *seen.hints(str(folder.path))],
    )


def _of_table(table: Table, asked: Asked) -> Draft:
    held = pictures.column(table)
    if asked.target is None:
        raise Untold("which column is to be predicted? Say --target COLUMN; nothing is written")
    looked = look(table.source, asked.target, asked.task, held.column if held.folder is None else None)
    reading = Reading.model_validate(looked.reading)
    seen = pictures.sample(pictures.cells(table, reading))
    others = [one for one in looked.findings if one.column != held.column]
    beside = [(*row[:3], "kept beside the picture, not learned from") for row in listing.rows(others)]
    kept = [one for one in tables.columns(looked) if one.name != held.column]
    return Draft(
        task=looked.task.kind,
        target=looked.target,
        about=f"Predicts {yaml.scalar(looked.target)}",
        rows=[tables.target_row(looked), pictures.row(held.column, seen), *beside],
        counted=f"{looked.rows:,} pictures",
        said=tables.learned(looked) | said(looked.task, seen, looked.rows) | {"picture": held.column},
        candidates=CANDIDATES,
        columns=[*pictures.COLUMNS, *([Column("path", "unasked")] if held.folder else []), *kept],
        notes=list(tables.notes(looked)),
        hints=[*tables.hints(looked), *seen.hints(held.column)],
        beside=pictures.beside(table, reading),
        dates=[one.column for one in others if one.role == "date"],
        undecided=frozenset({looked.target}) if looked.merged else frozenset(),
    )


def said(task: Task, seen: Sample, count: int) -> dict[str, Any]:
    """Return what the template says of the pictures, the split and the training."""
    return seen.options() | {
        "method": way(task),
        "few": count < FEW,
        "epochs": seen.epochs(count),
        "slices": ["brightness", "contrast"],
        "fits": ["good", "underfit", "overfit"],
    }
