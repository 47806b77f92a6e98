"""Ratings: who rates, what is rated, and with which value; or clicks, which have none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from syllabus.drafting import Column
from syllabus.errors import Unmet, nearest
from syllabus.projects import timeline, yaml
from syllabus.projects.draft import Asked, Draft, Row
from syllabus.projects.kinds import Claim, tables
from syllabus.projects.look import Look, glimpse, look
from syllabus.projects.roles import Finding, roles
from syllabus.projects.surveys import Folder, Survey
from syllabus.ratings.options import CLICKS

if TYPE_CHECKING:
    import polars as pl

OPTIONS = frozenset({"user", "item", "time"})
EXTRAS = ()
CANDIDATES = ("factorization", "neighbours", "biases")
SCALE = 20
"""So many different values, whole or half, are the marks of a scale."""
_ENDING = r"([_\W]?(id|ids|key|nr|no|number|code|name|uuid))?$"
_USERS = re.compile(
    r"^(user|customer|client|member|student|reviewer|visitor|account|person|reader|viewer|buyer|subscriber|session|"
    rf"profile|who){_ENDING}",
    re.IGNORECASE,
)
_ITEMS = re.compile(
    r"^(item|product|movie|film|book|isbn|song|track|artist|article|business|restaurant|game|show|episode|sku|asin|page|"
    rf"url|lecturer|course|recipe|app|what){_ENDING}",
    re.IGNORECASE,
)
_VALUES = re.compile(
    r"^(rating|ratings|rate|rated|stars|star|score|grade|mark|points|preference)([_\W]?value)?$", re.IGNORECASE
)


@dataclass(frozen=True)
class Columns:
    """Which columns say who, what, how much and when.

    Args:
        user: of who rates.
        item: of what is rated.
        value: of the values; None where rows are clicks.
        time: when; None where nothing says it.
    """

    user: str
    item: str
    value: str | None
    time: str | None


def claim(survey: Survey, asked: Asked) -> Claim | None:
    """Claim a table of which somebody names the users or the items."""
    said = [option for option in ("item", "user") if option in asked.named]
    return Claim(2, f"as --{said[0]} says") if said and not isinstance(survey, Folder) else None


def draft(survey: Survey, asked: Asked) -> Draft:
    """Return what the table is taken for.

    Raises:
        Unmet: it is none, or it is not seen who rates or what is rated.
    """
    if isinstance(survey, Folder):
        raise Unmet(f"{survey.path}: is a folder, and ratings stand in a table: --data names a file")
    if asked.task is not None:
        raise Unmet(f"--task {asked.task} says nothing of ratings: values, or who comes to what, are learned")
    # Without a value something stands for it, so that the table can be looked at.
    seen = glimpse(survey.source)
    named = _columns(roles(seen.typed, None, seen.spelling), list(seen.typed.columns), asked)
    looked = look(survey.source, named.value or named.item, "regression" if named.value else "classification")
    if asked.one("time") is not None:
        timeline.time(looked, named.time, survey.source)
    table = timeline.whole(survey.source, looked)
    users, items = (table[name].n_unique() for name in (named.user, named.item))
    twice = len(table) - table.select(named.user, named.item).n_unique() if named.value else 0
    last = named.time is not None and _falls_apart(table, named)
    target = named.value or CLICKS
    return Draft(
        task="rating",
        target=target,
        about=f"Predicts what each of {yaml.scalar(named.user)} will like",
        rows=_rows(looked, named, users, items),
        counted=f"{len(table):,} {'ratings' if named.value else 'clicks'}",
        said=tables.learned(looked)
        | {"named": named, "target": target, "twice": twice, "last": last, "range": _range(table, named.value)},
        candidates=CANDIDATES,
        columns=_suite(looked, named),
        notes=list(tables.notes(looked)),
        hints=[*_hints(named, twice), *_apart(table, named.value)],
        dates=[named.time] if named.time else [],
    )


def _columns(found: list[Finding], known: list[str], asked: Asked) -> Columns:
    """Return who, what, how much and when, as said or by their names.

    Raises:
        Unmet: it is not said, and no name tells it.
    """
    given = {option: asked.one(option) for option in ("user", "item", "time")} | {"target": asked.target}
    for option, name in given.items():
        if name is not None and name not in known:
            raise Unmet(f"--{option} {name} is not a column; {nearest(name, known)}")
    said = [name for name in given.values() if name is not None]
    for name in said:
        if said.count(name) > 1:
            raise Unmet(f"{name} is named for two things: user, item, time and target are columns of their own")
    left = [name for name in known if name not in said]
    by_name = {"user": _USERS, "item": _ITEMS}
    for option, pattern in by_name.items():
        given[option] = given[option] or next(filter(pattern.match, left), None)
    for option, what in (("user", "who rates"), ("item", "what is rated")):
        if given[option] is None:
            raise Unmet(f"it is not plain which column says {what}: --{option} COLUMN names it, of {', '.join(left)}")
    numbers = {one.column for one in found if one.role == "numeric"}
    value = given["target"] or next((name for name in left if _VALUES.match(name) and name in numbers), None)
    dates = [one.column for one in found if one.role == "date"]
    return Columns(str(given["user"]), str(given["item"]), value, given["time"] or next(iter(dates), None))


def _falls_apart(table: pl.DataFrame, named: Columns) -> bool:
    """Return whether users have rows at several times, so that each has a last one."""
    import polars as pl

    per = table.group_by(named.user).agg(pl.col(str(named.time)).n_unique().alias("times"))
    return bool((per["times"] >= 3).sum() >= 10) and not table[str(named.time)].null_count()


def _range(table: pl.DataFrame, value: str | None) -> list[float] | None:
    """Return the ends of a scale of marks."""
    if value is None:
        return None
    known = table[value].drop_nulls()
    marks = known.n_unique() <= SCALE and bool((known * 2 == (known * 2).round()).all())
    least, most = float(known.min()), float(known.max())  # type: ignore[arg-type]  # these are numbers
    return [int(end) if end.is_integer() else end for end in (least, most)] if marks and least < most else None


def _apart(table: pl.DataFrame, value: str | None) -> list[tuple[str, str]]:
    """Return what should be looked at of marks that stand far from the others of the scale, at its ends."""
    scale = _range(table, value)
    if value is None or scale is None:
        return []
    marks = table[value].drop_nulls().unique().sort()
    steps = marks.diff().drop_nulls()
    if len(steps) < 3:
        return []
    usual = float(steps.median())  # type: ignore[arg-type]  # a number
    ends = [(0, "lowest"), (-1, "highest")]
    odd = [(float(marks[at]), which) for at, which in ends if float(steps[at]) > 1.5 * usual]
    return [
        (
            value,
            f"{mark:g} is the {which}, far from the other marks: does it mean none? Then name it in missing_in",
        )
        for mark, which in odd
    ]


def _rows(looked: Look, named: Columns, users: int, items: int) -> list[Row]:
    """Return the lines of the columns."""
    told: dict[str | None, tuple[str, str, str]] = {
        named.user: ("user", f"{users:,} values", "what each has rated is learned from"),
        named.item: ("item", f"{items:,} values", "ranked for each user"),
        named.time: ("time", "", "tells which are the last of a user"),
        named.value: ("target: rating", looked.task.evidence, "predicted"),
    }
    rest = [one for one in looked.findings if one.column not in told]
    by_name = {one.column: one for one in looked.findings}
    first = [
        (name, role, seen or by_name[name].evidence, does)
        for name, (role, seen, does) in told.items()
        if name is not None
    ]
    return [*first, *((one.column, one.role, one.evidence, "kept beside, not learned from") for one in rest)]


def _suite(looked: Look, named: Columns) -> list[Column]:
    """Return what each column is, for the suite: new users and items are nothing to wonder at."""
    kept = {named.user: "group", named.item: "group", named.time: "date"}
    known = [Column(one.column, kept.get(one.column, one.role)) for one in looked.findings]  # type: ignore[arg-type]  # a role
    target = Column(named.value or CLICKS, "numeric", target=True)
    return [*known, target, *([] if named.value else [Column(named.item, "group")])]


def _hints(named: Columns, twice: int) -> list[tuple[str, str]]:
    """Return what a person should look at."""
    if twice:
        how = "the last of them counts" if named.time else "their mean counts"
        return [(named.item, f"{twice:,} rows rate what the same {named.user} has rated before: {how}")]
    return (
        [] if named.value else [(named.item, "no column holds a value, so rows are clicks; --target COLUMN names one")]
    )
