"""What `syllabus new` shows of a table in the terminal: every column, or of a wide table those to look at."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Sequence
from itertools import groupby

from syllabus.cleaning import proposals
from syllabus.projects import SUITE, Project
from syllabus.projects.look import Look, glimpse
from syllabus.projects.roles import Finding, roles
from syllabus.projects.suggestions import suggestions
from syllabus.sources import Source

Row = tuple[str, str, str, str]
LISTED = 60
"""A table of more columns is summed up by role."""
ASKED = 10
"""How many questions are asked in the terminal."""
_EACH = 5
_LOOKED_AT = ("leak", "group", "date", "text")


def project(made: Project) -> str:
    """Return the columns of a project with what will be done, how large it is, and what a person should look at."""
    task = made.look.task
    target = (made.look.target, f"target: {task.kind}", task.evidence, "predicted")
    expectations = len(json.loads(made.files[SUITE])["expectations"])
    told = [_table([target, *_rows(made.look.findings)]), "", f"{made.look.rows:,} rows; {expectations} expectations"]
    if len(made.look.findings) > LISTED:
        told.append("params.yaml names every column that is not simply numeric or categorical, with the reason.")
    if (header := made.look.reading.get("header", 1)) > 1:
        told.append(f"The columns are named in line {header}; what stands above it is left out.")
    hints = [(one.column, one.hint) for one in made.look.findings if one.hint]
    if made.look.merged:
        hints.insert(0, (made.look.target, spellings(made.look)))
    if asked := made.look.spelling.unsure.get(made.look.target):
        hints.insert(0, (made.look.target, asked))
    return "\n".join([*told, *_hints(hints, "in params.yaml")])


def spellings(look: Look) -> str:
    """Return the question whether some classes are one, with the line that makes them one."""
    left = look.task.classes - len(look.merged)
    line = proposals.relabel(look.target, look.merged)
    return f"the same classes, written in several ways? Then there are {left}, by data.cleaning: {line}"


def columns(source: Source, words: Sequence[str]) -> str:
    """Return the columns of a source, those that are likely to be predicted, and the command for the likeliest.

    Args:
        source: what to look at.
        words: of the command line, without a target.

    Raises:
        Unmet: it cannot be read or has no rows.
    """
    seen = glimpse(source)
    found = roles(seen.typed, None, seen.spelling)
    hints = [(one.column, one.hint) for one in found if one.hint]
    told = [_table(_rows(found)), "", f"{seen.rows:,} rows", *_hints(hints, "with a target")]
    likely = suggestions(seen.typed, found)
    if likely:
        told += ["Likely to be predicted:", *(f"  {_plain(one.column)}: {_plain(one.why)}" for one in likely)]
        command = shlex.join(["syllabus", "new", *words, f"--target={likely[0].column}"])
        told.append(f"For the first of them: {_plain(command)}")
    else:
        told.append("No column is likely to be predicted: all are keys, dates, texts or always the same.")
    return "\n".join(told)


def _hints(hints: Sequence[tuple[str, str]], where: str) -> list[str]:
    """Return what a person should look at, in one line; none where there is nothing."""
    if not hints:
        return []
    further = f"; and {len(hints) - ASKED} more {where}" if len(hints) > ASKED else ""
    return [
        "Please look at: " + "; ".join(f"{_plain(column)} ({_plain(hint)})" for column, hint in hints[:ASKED]) + further
    ]


def _rows(found: Sequence[Finding]) -> list[Row]:
    """Return a row for each column; of a wide table for those to look at, and one for the rest of each role."""
    if len(found) <= LISTED:
        return [(one.column, one.role, one.evidence, one.action) for one in found]
    rows: list[Row] = []
    first = [one for one in found if one.role in _LOOKED_AT or one.hint][:LISTED]
    rows += [(one.column, one.role, one.evidence, one.action) for one in first]
    rest = sorted((one for one in found if one not in first), key=lambda one: one.role)
    for role, ones in groupby(rest, key=lambda one: one.role):
        held = list(ones)
        named = ", ".join(one.column for one in held[:_EACH]) + (", …" if len(held) > _EACH else "")
        many = "1 column" if len(held) == 1 else f"{len(held):,} columns"
        rows.append((named, role, many, held[0].action))
    return rows


def _table(rows: Sequence[Row]) -> str:
    """Return the columns side by side, within the terminal's width where it has one."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("column", "role", "evidence", "what will be done"):
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(*map(_plain, row))
    console = Console(width=None if sys.stdout.isatty() else 160, markup=False, highlight=False)
    with console.capture() as captured:
        console.print(table)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def _plain(text: str) -> str:
    """Return a text that steers no terminal."""
    return "".join(sign if sign.isprintable() else "·" for sign in text)
