"""The page of a batch: what is wrong and what to do first, then every column beside what train held of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syllabus import frames, reports, templating
from syllabus.monitoring import columns, pictures, sentences
from syllabus.monitoring.distributions import Numbers
from syllabus.monitoring.drift import Test
from syllabus.monitoring.tally import Tally
from syllabus.reports import scale, wording

if TYPE_CHECKING:
    from jinja2 import Environment

    from syllabus.monitoring.watching import Watched

TEMPLATES = Path(__file__).parent / "templates"
MOST = 100
"""So many columns have a picture, those that have changed most first."""


@dataclass(frozen=True)
class Panel:
    """What the page shows of a column.

    Args:
        name: of the column.
        mark: in a word what is wrong; empty where nothing is.
        alarm: whether that is an alarm.
        picture: its bars.
        facts: names and texts of what was measured.
    """

    name: str
    mark: str
    alarm: bool
    picture: pictures.Picture
    facts: Sequence[tuple[str, str]]


MARKS: Mapping[str, str] = {
    "values": "drifted",
    "beyond": "out of range",
    "silent": "silent",
    "unit": "another unit",
    "new": "new values",
    "missing": "missing",
    "target": "drifted",
    "label": "new classes",
    "prediction": "drifted",
    "unread": "unreadable",
    "lacking": "not there",
}


def write(watched: Watched, page: Path) -> None:
    """Write the page as one HTML file that loads nothing and runs no script."""
    batch = watched.batch
    panels = [_panel(watched, name, one) for name, one in batch.tallies.items()]
    panels.sort(key=lambda one: (not one.mark, not one.alarm))
    labelled = batch.labelled
    answers = dict(batch.predictions)
    truth = {labelled.target: labelled.tally} if labelled and labelled.tally and labelled.rows else {}
    html = (
        _environment()
        .get_template("monitor.html.j2")
        .render(
            watched=watched,
            batch=batch,
            alarms=watched.alarms,
            notices=[one for one in watched.findings if one.severity != "alarm"],
            panels=panels[:MOST],
            further=[one.name for one in panels[MOST:]],
            predictions=[_panel(watched, name, one) for name, one in (answers | truth).items()],
            drifted=sum(bool(one.mark) for one in panels),
            unusual=_unusual(watched),
            performance=_performance(watched),
            limits=watched.limits,
            before=_before(watched),
        )
    )
    frames.write_text(html, page)


def _before(watched: Watched) -> str:
    """Return what columns are held against, in a word or two."""
    fresh = getattr(columns.load(watched.package.model.modality), "fresh", None)
    return "held back of train" if fresh is not None and all(map(fresh, watched.batch.tallies)) else "in train"


def _panel(watched: Watched, name: str, tally: Tally) -> Panel:
    found = [one for one in watched.findings if one.column == name and MARKS.get(one.kind)]
    tests = {test.kind: test for test in watched.tests if test.column == name}
    return Panel(
        name,
        MARKS[found[0].kind] if found else "",
        any(one.severity == "alarm" for one in found),
        pictures.of(tally),
        [*_facts(tally, tests)],
    )


def _facts(tally: Tally, tests: Mapping[str, Test]) -> list[tuple[str, str]]:
    of = tally.of
    told = []
    if isinstance(of, Numbers) and not of.moves:
        told.append(("mean", f"{_number(of.mean)} → {_number(tally.mean)}"))
    before = of.missing / max(of.missing + of.known, 1)
    if before or tally.missing:
        told.append(("missing", f"{wording.percent(before)} → {wording.percent(tally.missing / max(tally.rows, 1))}"))
    if (test := tests.get("values") or tests.get("target")) is not None:
        told.append(("stability index", wording.number(test.effect)))
        told.append(("by chance", _chance(test.corrected)))
    elif isinstance(of, Numbers) and of.moves:
        told.append(("drift", "a moment moves on by itself"))
    return told


def _number(value: float | None) -> str:
    return wording.NONE if value is None else sentences.short(value)


def _chance(p: float) -> str:
    return "under 0.001" if p < 0.001 else wording.number(p)


def _unusual(watched: Watched) -> tuple[float, float, bool] | None:
    """Return the share of unusual rows of the batch and of test, and whether that is an alarm."""
    batch, known = watched.batch, watched.reference
    if batch.unusual is None or known.unusual is None or not batch.read:
        return None
    alarm = any(one.kind == "unusual" for one in watched.alarms)
    return batch.unusual / batch.read, known.unusual / known.tested, alarm


def _performance(watched: Watched) -> dict[str, Any] | None:
    found = watched.compared
    if found is None:
        return None
    whole = next(row for row in found["metrics"] if row["name"] == found["metric"])
    rows = [row for row in found["slices"] if row["batch"]["value"] is not None]
    ends = [
        side[end]
        for row in (whole, *rows)
        for side in (row["test"], row["batch"])
        if side
        for end in ("value", "low", "high")
    ]
    rows.sort(key=lambda row: (not row["worse"], -(row["loss"] or 0)))
    labelled = watched.batch.labelled
    told = {"labelled": labelled.rows, "kept": labelled.kept, "own": labelled.truth is not None} if labelled else {}
    return {**found, **told, "whole": whole, "sliced": rows, "scale": _axis(ends)}


def _axis(ends: Sequence[float | None]) -> scale.Scale:
    """Return the axis of slices, with few ticks where they are long to read: beside it stand four columns."""
    made = scale.linear(ends)
    return made if max(len(made.label(tick)) for tick in made.ticks) <= 5 else scale.linear(ends, most=3)


@cache
def _environment() -> Environment:
    return templating.environment(TEMPLATES, wording.FILTERS, upon=[reports.TEMPLATES])
