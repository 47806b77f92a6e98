"""Time series: when each value was, of which series, how far it is forecast, and what else is known."""

from __future__ import annotations

from syllabus.drafting import Column
from syllabus.errors import Unmet
from syllabus.projects import timeline, yaml
from syllabus.projects.draft import Asked, Draft, Row, Untold
from syllabus.projects.kinds import Claim, tables
from syllabus.projects.look import Look, glimpse, look
from syllabus.projects.roles import roles
from syllabus.projects.surveys import Folder, Survey
from syllabus.projects.timeline import Timeline
from syllabus.sources import Source

OPTIONS = frozenset({"time", "series"})
EXTRAS = ("series",)
CANDIDATES = ("lags", "lstm", "seasonal_naive")


def claim(survey: Survey, asked: Asked) -> Claim | None:
    """Claim a table of which somebody names the time or the series, and neither users nor items."""
    if isinstance(survey, Folder) or {"user", "item"} & set(asked.named):
        return None
    said = [option for option in ("series", "time") if option in asked.named]
    return Claim(1, f"as --{said[0]} says") if said else None


def draft(survey: Survey, asked: Asked) -> Draft:
    """Return what the table is taken for.

    Raises:
        Unmet: it has no times, too few moments, or nobody says what is forecast.
    """
    if isinstance(survey, Folder):
        raise Unmet(f"{survey.path}: is a folder, and series stand in a table: --data names a file")
    if asked.task is not None:
        raise Unmet(f"--task {asked.task} says nothing of series: the next values are forecast")
    target = asked.target or _target(survey.source, asked)
    looked = look(survey.source, target, "regression")
    when = timeline.time(looked, asked.one("time"), survey.source)
    found = timeline.timeline(survey.source, looked, when, asked.named.get("series", ()))
    ahead = f"{found.horizon} steps of {found.frequency} ahead"
    return Draft(
        task="forecast",
        target=target,
        about=f"Predicts {yaml.scalar(target)}, {ahead}",
        rows=[(target, "target: forecast", looked.task.evidence, f"forecast, {ahead}"), *_rows(looked, found)],
        counted=f"{looked.rows:,} rows, {found.count:,} series of up to {found.steps:,} moments",
        said=tables.learned(looked) | {"timeline": found},
        candidates=CANDIDATES,
        columns=_columns(looked, found),
        notes=list(tables.notes(looked)),
        hints=[*_hints(found), *((one, hint) for one, hint in tables.hints(looked) if one in (target, when))],
        dates=[when],
    )


def _target(source: Source, asked: Asked) -> str:
    """Return the only column of numbers, where there is one.

    Raises:
        Untold: there are several, or none.
    """
    seen = glimpse(source)
    named = {name for names in asked.named.values() for name in names}
    numbers = [one.column for one in roles(seen.typed, None, seen.spelling) if one.role == "numeric"]
    left = [name for name in numbers if name not in named]
    if len(left) != 1:
        raise Untold("which column is to be forecast? Say --target COLUMN; nothing is written")
    return left[0]


def _rows(looked: Look, found: Timeline) -> list[Row]:
    """Return the lines of the columns."""
    told: list[Row] = []
    for one in looked.findings:
        if one.column == found.time:
            how = "" if found.regular else ", not regular"
            row = (one.column, "time", f"{one.evidence}; every {found.frequency}{how}", "rows are put on its grid")
        elif one.column in found.series:
            row = (one.column, "series", one.evidence, "tells the series apart")
        elif one.column in found.static:
            row = (one.column, "static", f"{one.evidence}; never changes in a series", "known of each series")
        elif one.column in found.past:
            row = (one.column, "past", one.evidence, "looked back at; is it known ahead? Then `known`")
        else:
            row = (one.column, one.role, one.evidence, "not learned from")
        told.append(row)
    return told


def _columns(looked: Look, found: Timeline) -> list[Column]:
    """Return what each column is, for the suite."""
    kept = {found.time: "date"} | dict.fromkeys(found.series, "group" if found.count > 100 else "categorical")
    known = [Column(one.column, kept.get(one.column, one.role)) for one in looked.findings]  # type: ignore[arg-type]  # a role
    made = [Column("step", "unasked"), Column("gap", "numeric"), Column("frequency", "categorical")]
    return [*known, Column(looked.target, "numeric", target=True), *made]


def _hints(found: Timeline) -> list[tuple[str, str]]:
    """Return what a person should look at."""
    told = []
    if found.repeated:
        where = "of one series " if found.series else ""
        mean = (
            f"{found.repeated:,} rows {where}stand at the same moment as an earlier one: their mean is taken, and "
            "`duplicates: sum` adds them up; or name the columns that tell series apart by --series"
        )
        told.append((found.time, mean))
    if not found.regular:
        told.append((found.time, f"the moments are irregular, and brought down to every {found.frequency}"))
    return told
