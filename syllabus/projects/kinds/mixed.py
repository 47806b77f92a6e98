"""Mixed: a table whose rows have a picture, a text where there is one, and further columns."""

from __future__ import annotations

from syllabus.drafting import Column
from syllabus.errors import Unmet
from syllabus.projects import listing, pictures, yaml
from syllabus.projects.draft import Asked, Draft, Untold
from syllabus.projects.kinds import Claim, images, tables, text
from syllabus.projects.look import look
from syllabus.projects.surveys import Folder, Survey
from syllabus.settings import Reading

OPTIONS = frozenset({"image", "text"})
EXTRAS = ("images", "text")
CANDIDATES = ("fusion", "cnn", "linear")
DEARER = 2
"""A network for pictures and texts takes about so many times as long as one for pictures."""


def claim(survey: Survey, asked: Asked) -> Claim | None:
    """Claim a table with pictures and texts."""
    if isinstance(survey, Folder) or survey.pictures is None:
        return None
    texts = asked.named.get("text") or tuple(name for name in survey.texts if name != asked.target)
    if not texts:
        return None
    return Claim(2, f"column {survey.pictures.column} holds pictures, and {', '.join(texts)} texts")


def draft(survey: Survey, asked: Asked) -> Draft:
    """Return what the rows are taken for.

    Raises:
        Unmet: a picture is lacking, or nobody says what is predicted.
    """
    if isinstance(survey, Folder):
        raise Unmet(f"{survey.path}: is a folder, and pictures with texts stand in a table: --data names a file")
    held = pictures.column(survey)
    if asked.target is None:
        raise Untold("which column is to be predicted? Say --target COLUMN; nothing is written")
    looked = look(survey.source, asked.target, asked.task, held.column if held.folder is None else None)
    reading = Reading.model_validate(looked.reading)
    usual = () if any(one.role == "text" for one in looked.findings) else survey.texts
    named = text.any_columns(looked, asked.named.get("text") or [name for name in usual if name != asked.target])
    seen = pictures.sample(pictures.cells(survey, reading))
    apart = {held.column, *named}
    others = [one for one in looked.findings if one.column not in apart]
    kept = [*tables.said(looked)["columns"]]
    path = [{"column": "path", "role": "ignore", "why": "identifier: the name of the picture's file"}]
    roles = [one for one in kept if one["column"] not in apart] + (path if held.folder else [])
    shared = [one for one in text.COLUMNS if one.name not in {column.name for column in pictures.COLUMNS}]
    said = tables.learned(looked) | images.said(looked.task, seen, looked.rows)
    return Draft(
        task=looked.task.kind,
        target=looked.target,
        about=f"Predicts {yaml.scalar(looked.target)}",
        rows=[
            tables.target_row(looked),
            pictures.row(held.column, seen),
            *text.rows(looked, named),
            *listing.rows(others),
        ],
        counted=f"{looked.rows:,} rows",
        said=said
        | {
            "picture": held.column,
            "texts": list(named),
            "columns": roles,
            "epochs": max(pictures.EPOCHS[0], said["epochs"] // DEARER),
            "groups": [one.column for one in others if one.role == "group"],
        },
        candidates=CANDIDATES,
        columns=[
            *pictures.COLUMNS,
            *shared,
            *([Column("path", "unasked")] if held.folder else []),
            *(one for one in tables.columns(looked) if one.name not in apart),
        ],
        notes=list(tables.notes(looked)),
        hints=[*(hint for hint in tables.hints(looked) if hint[0] not in apart), *seen.hints(held.column)],
        beside=pictures.beside(survey, reading),
        dates=[one.column for one in others if one.role == "date"],
        undecided=frozenset({looked.target}) if looked.merged else frozenset(),
    )
