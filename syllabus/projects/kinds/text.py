"""Text: a folder with a folder for each class, or a table with columns of free text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from syllabus.drafting import Column
from syllabus.errors import Unmet, nearest
from syllabus.projects import classes, listing, words, yaml
from syllabus.projects.draft import Asked, Draft, Row, Untold
from syllabus.projects.kinds import Claim, tables
from syllabus.projects.look import Look, look
from syllabus.projects.surveys import TEXTS, Folder, Survey, Table
from syllabus.projects.tasks import way

OPTIONS = frozenset({"text"})
EXTRAS = ("text",)
CANDIDATES = ("linear", "lightgbm")
FEW = 5000
"""Of fewer texts a larger share is examined, or the figures would say little."""
SAMPLE = 200
COLUMNS = [
    Column("text", "text"),
    Column("letters", "numeric"),
    Column("words", "numeric"),
    Column("lines", "numeric"),
    Column("language", "categorical"),
    Column("certainty", "numeric"),
    Column("sha256", "identifier"),
    Column("alike", "unasked"),
]
"""What each column is that ingest adds."""


def claim(survey: Survey, asked: Asked) -> Claim | None:
    """Claim a folder of texts in folders by class, and a table of which somebody names the text."""
    if isinstance(survey, Table):
        return Claim(1, "as --text says") if "text" in asked.named and "image" not in asked.named else None
    loose = any(file.parent == survey.path for file in survey.files)
    if not survey.nearly(TEXTS) or loose or len(survey.classes) < 2:
        return None
    return Claim(1, "texts in folders by class; --modality corpus would learn to write them")


def draft(survey: Survey, asked: Asked) -> Draft:
    """Return what the texts are taken for.

    Raises:
        Unmet: there are no two classes of texts, no column of text, or nobody says what is predicted.
    """
    return _of_folder(survey, asked) if isinstance(survey, Folder) else _of_table(survey, asked)


def _of_folder(folder: Folder, asked: Asked) -> Draft:
    found = classes.found(folder, TEXTS, "texts", asked)
    held = [file for files in found.files.values() for file in files]
    reading = encoding(held)
    size = sum(file.stat().st_size for file in held) / len(held)
    row = (str(folder.path), "text", f"{size:,.0f} bytes on average", "its words are weighed")
    return Draft(
        task="classification",
        target=found.look.target,
        about=f"Predicts {yaml.scalar(found.look.target)}",
        rows=[tables.target_row(found.look), row],
        counted=f"{len(held):,} texts",
        said=tables.learned(found.look) | said(found.look, ()) | {"reading": reading},
        candidates=CANDIDATES,
        columns=[*COLUMNS, Column("path", "unasked"), *tables.columns(found.look)],
        hints=found.hints,
    )


def _of_table(table: Table, asked: Asked) -> Draft:
    if asked.target is None:
        raise Untold("which column is to be predicted? Say --target COLUMN; nothing is written")
    looked = look(table.source, asked.target, asked.task)
    named = columns(looked, asked.named.get("text", ()))
    others = [one for one in looked.findings if one.column not in named]
    beside = [(*row[:3], "kept beside the text, not learned from") for row in listing.rows(others)]
    return Draft(
        task=looked.task.kind,
        target=looked.target,
        about=f"Predicts {yaml.scalar(looked.target)}",
        rows=[tables.target_row(looked), *rows(looked, named), *beside],
        counted=f"{looked.rows:,} texts",
        said=tables.learned(looked) | said(looked, named),
        candidates=CANDIDATES,
        columns=[*COLUMNS, *(one for one in tables.columns(looked) if one.name not in named)],
        notes=list(tables.notes(looked)),
        hints=[hint for hint in tables.hints(looked) if hint[0] not in named],
        dates=[one.column for one in others if one.role == "date"],
        undecided=frozenset({looked.target}) if looked.merged else frozenset(),
    )


def columns(looked: Look, named: Sequence[str]) -> tuple[str, ...]:
    """Return the columns of text: those that are named, or that hold free text.

    Raises:
        Unmet: there is none, or one that is named is not there or holds something else.
    """
    found = any_columns(looked, named)
    if not found:
        known = sorted(one.column for one in looked.findings)
        raise Unmet(f"no column holds free text; --text COLUMN names one of {', '.join(known)}")
    return found


def any_columns(looked: Look, named: Sequence[str]) -> tuple[str, ...]:
    """Return the same, where there may be none.

    Raises:
        Unmet: one that is named is not there or holds something else.
    """
    known = {one.column: one for one in looked.findings}
    for name in named:
        if name == looked.target:
            raise Unmet(f"--text {name} is the target, which would tell itself: name another column")
        if name not in known:
            raise Unmet(f"--text {name} is not a column; {nearest(name, known)}")
        if known[name].role in ("numeric", "date", "empty"):
            raise Unmet(f"--text {name} holds no text: it is {known[name].role}, {known[name].evidence}")
    texts = [one.column for one in looked.findings if one.role == "text"]
    return tuple(named) or tuple(name for name in texts if _speaks(looked, name))


def _speaks(looked: Look, name: str) -> bool:
    """Return whether a column is made of words, rather than of numbers and signs, as the date of a mail is."""
    return looked.typed is None or words.speech(looked.typed[name].drop_nulls().head(SAMPLE)).share > 0.5


def rows(looked: Look, named: Sequence[str]) -> list[Row]:
    """Return the lines of the columns of text."""
    return [
        (one.column, "text", one.evidence, "its words are weighed") for one in looked.findings if one.column in named
    ]


def said(looked: Look, named: Sequence[str]) -> dict[str, Any]:
    """Return what the template says of the texts and the split."""
    return {
        "columns": list(named),
        "method": way(looked.task),
        "few": looked.rows < FEW,
        "slices": ["letters"],
        "fits": ["good", "underfit", "overfit"],
    }


def encoding(files: Sequence[Path]) -> dict[str, Any]:
    """Return what `data.reading` must say of how the letters of some files are written."""
    for file in files[:: max(1, len(files) // SAMPLE)]:
        held = file.read_bytes()
        if held.startswith((b"\xff\xfe", b"\xfe\xff")):
            return {"encoding": "utf-16"}
        try:
            held.decode("utf-8")
        except UnicodeDecodeError:
            return {"encoding": "cp1252"}
    return {}
