"""A table: what each column is, and what is to be predicted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from syllabus import drafting
from syllabus.cleaning import proposals
from syllabus.errors import Unmet
from syllabus.projects import listing, yaml
from syllabus.projects.draft import Asked, Draft, Row, Untold
from syllabus.projects.kinds import Claim
from syllabus.projects.look import Look, look
from syllabus.projects.roles import IGNORED
from syllabus.projects.surveys import Folder, Survey
from syllabus.projects.tasks import metric, way

OPTIONS = frozenset[str]()
EXTRAS = ()
CANDIDATES = ("lightgbm", "linear", "tree")


def claim(survey: Survey, asked: Asked) -> Claim | None:  # noqa: ARG001  # as every kind
    """Claim every table, weakly."""
    return None if isinstance(survey, Folder) else Claim(0, "")


def draft(survey: Survey, asked: Asked) -> Draft:
    """Return what the table is taken for.

    Raises:
        Unmet: it is none, cannot be learned from, or nobody says what is predicted.
    """
    if isinstance(survey, Folder):
        raise Unmet(f"{survey.path}: is a folder, and --modality tables learns from a table: --data names a file")
    if asked.target is None:
        raise Untold("which column is to be predicted? Say --target COLUMN; nothing is written")
    looked = look(survey.source, asked.target, asked.task)
    return Draft(
        task=looked.task.kind,
        target=looked.target,
        about=f"Predicts {yaml.scalar(looked.target)}",
        rows=[target_row(looked), *listing.rows(looked.findings)],
        counted=f"{looked.rows:,} rows",
        said=said(looked),
        candidates=CANDIDATES,
        columns=columns(looked),
        notes=list(notes(looked)),
        hints=hints(looked),
        dates=[one.column for one in looked.findings if one.role == "date"],
        undecided=frozenset({looked.target}) if looked.merged else frozenset(),
    )


def target_row(looked: Look) -> Row:
    """Return the line of the target."""
    return (looked.target, f"target: {looked.task.kind}", looked.task.evidence, "predicted")


def notes(looked: Look) -> Iterator[str]:
    """Yield what is to be known of the table as a whole."""
    if len(looked.findings) > listing.LISTED:
        yield "params.yaml names every column that is not simply numeric or categorical, with the reason."
    if (header := looked.reading.get("header", 1)) > 1:
        yield f"The columns are named in line {header}; what stands above it is left out."


def hints(looked: Look) -> list[tuple[str, str]]:
    """Return what a person should look at, the target first."""
    found = [(one.column, one.hint) for one in looked.findings if one.hint]
    if looked.merged:
        found.insert(0, (looked.target, _spellings(looked)))
    if asked := looked.spelling.unsure.get(looked.target):
        found.insert(0, (looked.target, asked))
    return found


def columns(looked: Look) -> list[drafting.Column]:
    """Return what each column is, for the suite."""
    known = [drafting.Column(one.column, one.role) for one in looked.findings if one.role != "target"]
    role: drafting.Role = "numeric" if looked.task.kind == "regression" else "categorical"
    return [*known, drafting.Column(looked.target, role, target=True)]


def said(looked: Look) -> dict[str, Any]:
    """Return what the template is filled with."""
    kept = {"group": "group", "date": "date", "text": "text"} | dict.fromkeys(IGNORED, "ignore")
    named = [
        {"column": one.column, "role": kept[one.role], "why": f"{one.role}: {one.evidence}"}
        for one in looked.findings
        if one.role in kept
    ]
    groups = [one.column for one in looked.findings if one.role == "group"]
    usual = way(looked.task)
    return learned(looked) | {
        "columns": named,
        "gaps": [one for one in looked.findings if one.gap is not None and one.role not in IGNORED],
        "questions": [one for one in looked.findings if one.hint],
        "method": "group" if groups else "time" if looked.time else usual,
        "by": groups[0] if groups else looked.time,
        "ordered": looked.time,
        "usual": usual,
        "times": [one.column for one in looked.findings if one.role == "date"],
        "trials": {"lightgbm": 20, "linear": 8, "tree": 12},
    }


def learned(looked: Look) -> dict[str, Any]:
    """Return what the parts about cleaning, the target and the examination are filled with."""
    return {
        "look": looked,
        "reading": looked.reading,
        "relabel": proposals.relabel(looked.target, looked.merged),
        "metric": metric(looked.task),
    }


def _spellings(looked: Look) -> str:
    """Return the question whether some classes are one, with the line that makes them one."""
    left = looked.task.classes - len(looked.merged)
    line = proposals.relabel(looked.target, looked.merged)
    return f"the same classes, written in several ways? Then there are {left}, by data.cleaning: {line}"
