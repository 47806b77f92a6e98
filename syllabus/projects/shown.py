"""What `syllabus new` shows of a source in the terminal, before anything is written."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Sequence

from syllabus.projects import SUITE, Project, listing
from syllabus.projects.draft import Row
from syllabus.projects.look import glimpse
from syllabus.projects.roles import roles
from syllabus.projects.suggestions import suggestions
from syllabus.sources import Source

ASKED = 10
"""How many questions are asked in the terminal."""


def project(made: Project) -> str:
    """Return what a project's source was taken for, how large it is, and what a person should look at."""
    draft = made.draft
    expectations = len(json.loads(made.files[SUITE])["expectations"])
    seen = [_plain(f"Taken for {made.modality}: {made.why}."), ""] if made.why else []
    told = [*seen, _table(draft.rows), "", f"{draft.counted}; {expectations} expectations", *map(_plain, draft.notes)]
    return "\n".join([*told, *_hints(draft.hints, "in params.yaml")])


def columns(source: Source, words: Sequence[str], held: str | None = None) -> str:
    """Return the columns of a source, those that are likely to be predicted, and the command for the likeliest.

    Args:
        source: what to look at.
        words: of the command line, without a target.
        held: a column of pictures, as bytes.

    Raises:
        Unmet: it cannot be read or has no rows.
    """
    seen = glimpse(source, held=held)
    found = roles(seen.typed, None, seen.spelling)
    hints = [(one.column, one.hint) for one in found if one.hint]
    told = [_table(listing.rows(found)), "", f"{seen.rows:,} rows", *_hints(hints, "with a target")]
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
