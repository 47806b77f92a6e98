"""What each column is: its role, the evidence for it, and what will be done."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from syllabus import frames
from syllabus.cleaning import proposals
from syllabus.features.dates import is_moment
from syllabus.projects import spans, spelling, words
from syllabus.settings import Data

if TYPE_CHECKING:
    import polars as pl

    from syllabus.projects.spelling import Spelling

Role = Literal[
    "target", "numeric", "categorical", "boolean", "date", "text", "identifier", "group", "constant", "empty", "leak"
]
IGNORED: tuple[Role, ...] = ("identifier", "constant", "empty", "leak")
"""Roles whose columns teach a model nothing, or too much."""
ENOUGH = 20
"""The fewest rows that say whether all values of a column differ."""
COMMON: int = Data.model_fields["most_categories"].default
SCARCE = 3
"""Categories of fewer rows each teach little."""
FEW = 20
"""Up to so many rows of one key are about one thing; a key of more rows is a category, such as a region's."""

_NAMED_KEY = re.compile(
    r"(^|[_\W])(id|ids|uuid|guid|key|nr|no|num|index|idx|ref|hash)$|^unnamed|[a-z]I[dD]$|ID$", re.ASCII
)
_NAMED_WHO = re.compile(
    r"^(user|customer|client|patient|subject|person|member|account|household|student|employee|device|store|company|"
    r"session|family|school|hospital|site|group)([_\W]?(id|key|nr|no|number|code))?$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Finding:
    """What a column is taken for.

    Args:
        column: its name.
        role: what it is.
        evidence: what was seen, in words.
        action: what will be done, in words.
        hint: what a person may want to look at.
        gap: what a missing value says, in a column of one value and gaps.
    """

    column: str
    role: Role
    evidence: str
    action: str
    hint: str = ""
    gap: str | int | None = None


def roles(typed: pl.DataFrame, target: str | None, how: Spelling) -> list[Finding]:
    """Return a finding for every column of a sample whose values have their types."""
    found = [_finding(column, how) for column in typed if column.name != target]
    groups = [one for one in found if one.role == "group"]
    if len(groups) > 1:
        # Rows can be kept together by one column; the one with most groups is the smallest unit.
        most = max(groups, key=lambda one: typed[one.column].n_unique())
        found = [_demoted(one) if one in groups and one is not most else one for one in found]
    return found


def leaking(found: list[Finding], suspects: Mapping[str, str]) -> list[Finding]:
    """Return the findings with columns that alone tell the target marked: evidence by column."""

    def marked(one: Finding) -> Finding:
        if one.column not in suspects or one.role in IGNORED:
            return one
        action = "ignored: is it known before the target is? Then give it a role"
        return replace(one, role="leak", evidence=f"{suspects[one.column]}; {one.evidence}", action=action)

    return [marked(one) for one in found]


def asking(found: list[Finding], questions: Mapping[str, str]) -> list[Finding]:
    """Return the findings with a question for a person, where there is one about a column that is learned from."""

    def asked(one: Finding) -> Finding:
        if one.column not in questions or one.role in IGNORED:
            return one
        return replace(one, hint="; ".join(filter(None, (questions[one.column], one.hint))))

    return list(map(asked, found))


def timeline(typed: pl.DataFrame, found: list[Finding]) -> str | None:
    """Return the column of dates by which the rows stand in order: a log, whose future is to be predicted.

    Strong evidence alone counts: one such column only, never missing, never falling from row to row, of many
    different times, and no column whose rows must stay in one part.
    """
    if len(typed) < ENOUGH or any(one.role == "group" for one in found):
        return None
    dates = [typed[one.column] for one in found if one.role == "date"]
    full = [column for column in dates if not column.null_count() and column.n_unique() >= ENOUGH]
    rising = [column.name for column in full if column.is_sorted()]
    return rising[0] if len(rising) == 1 else None


def _finding(column: pl.Series, how: Spelling) -> Finding:
    import polars as pl

    name, rows, known = column.name, len(column), column.drop_nulls()
    different = known.n_unique()
    gaps = f", {_percent(1 - len(known) / rows)} missing" if rows > len(known) else ""
    if not len(known):
        return Finding(name, "empty", "no value in any row", "ignored")
    if different == 1:
        return _of_one(column, known[0], gaps)
    if column.dtype == pl.Boolean:
        return Finding(name, "boolean", f"true or false{gaps}", "a category of two values")
    if column.dtype.is_temporal():
        span = f"{known.min()!s} to {known.max()!s}{gaps}{_written(how, name)}"
        unsure = how.unsure.get(name, "")
        if not is_moment(column.dtype):
            return Finding(name, "numeric", span, "a number of time", unsure)
        return Finding(name, "date", span, "its age and its parts", _also(unsure, spans.far(known)))
    if column.dtype == pl.String:
        found = _of_texts(name, known, different, gaps)
    else:
        found = _of_numbers(name, known, different, rows, gaps, how)
    return replace(found, hint=_also(how.unsure.get(name, ""), found.hint))


def _of_one(column: pl.Series, value: Any, gaps: str) -> Finding:
    """Return what a column of one value is: where cells are empty besides, that may say no."""
    name, seen = column.name, _shown(value)
    if not gaps:
        return Finding(name, "constant", f"always {seen}", "ignored")
    text = seen.lower()
    number = column.dtype.is_numeric()
    if text in spelling.MARKS and not column.dtype.is_temporal():
        no = 0 if number else "false" if text == "true" else "no"
        return Finding(
            name, "boolean", f"{seen} or nothing{gaps}", f"a category of two values: nothing says {no}", gap=no
        )
    filled = "0" if number else '"no"'
    line = f"gaps: {{columns: {{{json.dumps(name, ensure_ascii=False)}: {{constant: {filled}}}}}}}"
    asked = f"one value, or none: does a gap say no? Then not ignored, but {line}"
    hint = "" if spelling.untold(text) or column.dtype.is_temporal() else asked
    return Finding(name, "constant", f"always {seen}{gaps}", "ignored", hint)


def _also(*hints: str) -> str:
    return "; ".join(hint for hint in hints if hint)


def _of_texts(name: str, known: pl.Series, different: int, gaps: str) -> Finding:
    length = frames.mean(known.str.len_chars())
    spaces = frames.mean(known.str.count_matches(r"\s+"))
    share = different / len(known)
    if (spaces >= 3 and share > 0.3) or (length > 60 and share > 0.5):
        seen = f"{_percent(share)} of the texts differ, {spaces + 1:.0f} words on average{gaps}"
        return Finding(name, "text", seen, "its words become numbers")
    repeats = _repeats(name, different, len(known))
    speech = words.speech(known) if share > words.SELDOM and not repeats else None
    if speech is not None and speech.free and len(known) >= ENOUGH:
        seen = f"{_percent(share)} of the texts differ, and their words come again, {speech.words:.1f} a text{gaps}"
        return Finding(name, "text", seen, "its words become numbers")
    if len(known) >= ENOUGH and share > 0.9:
        return Finding(name, "identifier", f"{_percent(share)} of the values differ{gaps}", "ignored")
    if repeats:
        return _group(name, different, len(known), gaps)
    values = known.unique()
    if different == 2 and spelling.words(values.to_list()):
        return Finding(name, "boolean", f"{' or '.join(sorted(values))}{gaps}", "a category of two values")
    top = known.value_counts(sort=True).head(3)[name].to_list()
    seen = f"{different} values, such as {', '.join(map(_shown, sorted(top)))}{gaps}"
    hint = f"many categories: the {COMMON:,} most frequent are told apart" if different > COMMON else _alike(known)
    if speech is not None and speech.words >= words.WORDS and len(known) < SCARCE * different:
        often = f"{len(known) / different:.1f} rows a value, {speech.words:.1f} words each"
        hint = "; ".join(filter(None, (f"{often}: free text? Then its role is text", hint)))
    return Finding(name, "categorical", seen, "categories learned from train", hint)


def _of_numbers(name: str, known: pl.Series, different: int, rows: int, gaps: str, how: Spelling) -> Finding:
    seen = f"{_shown(known.min())} to {_shown(known.max())}, {different} values{gaps}{_written(how, name)}"
    if known.dtype.is_integer() and len(known) >= ENOUGH:
        steps = np.diff(known.to_numpy())
        rising = bool((steps > 0).all())
        if different == len(known) == rows and (rising or _NAMED_KEY.search(name)):
            way = "rising from row to row" if rising else "and it is named as one"
            return Finding(name, "identifier", f"every value differs, {way}", "ignored")
        if _repeats(name, different, len(known)):
            return _group(name, different, len(known), gaps)
    hint = ""
    if (odd := _sentinel(known)) is not None:
        hint = f"{odd[1]} rows hold {_shown(odd[0])}, far from the rest: a mark for missing?"
    return Finding(name, "numeric", seen, "used as it is" if not _written(how, name) else "read as a number", hint)


def _repeats(name: str, different: int, rows: int) -> bool:
    """Return whether a column names whom or what a row is about, and several rows are about the same."""
    if not ENOUGH <= different <= 0.7 * rows:
        return False
    return bool(_NAMED_WHO.match(name)) or (bool(_NAMED_KEY.search(name)) and rows <= FEW * different)


def _group(name: str, different: int, rows: int, gaps: str) -> Finding:
    seen = f"{different} values, {rows / different:.1f} rows each{gaps}"
    return Finding(name, "group", seen, "rows of one value stay in one part; not learned from")


def _demoted(one: Finding) -> Finding:
    return replace(one, role="identifier", action="ignored; rows are kept together by another column")


def _alike(known: pl.Series) -> str:
    """Return the line that writes seeming spellings of one category alike, or reads several units: proposed only."""
    counts = known.value_counts(sort=True)
    line = proposals.short(known.name, dict(counts.iter_rows()))
    return f"{'the same?' if line.startswith('relabel') else 'several units:'} {line}" if line else ""


def _sentinel(known: pl.Series) -> tuple[Any, int] | None:
    """Return a value such as -999 that many rows hold and that lies far from all others."""
    for value in (known.min(), known.max()):
        count = int((known == value).sum())
        rest = known.filter(known != value)
        if count < 3 or not len(rest) or not re.fullmatch(r"-?9{2,}(\.[09]+)?", str(value)):
            continue
        spread = float(rest.max() - rest.min()) or 1.0  # type: ignore[operator, arg-type]  # these are numbers
        if abs(float(value) - float(rest.median())) > 2 * spread:  # type: ignore[arg-type]  # numbers
            return value, count
    return None


def _written(how: Spelling, name: str) -> str:
    if name in how.numbers:
        number = how.numbers[name]
        signs = [f'decimal "{number.decimal}"'] * (number.decimal != ".")
        signs += [f'thousands "{number.thousands}"'] * bool(number.thousands)
        signs += [f"unit {number.unit}"] * bool(number.unit)
        signs += [f"units {', '.join(number.units)}"] * bool(number.units)
        signs += [f"{number.negatives} for -5"] * (number.negatives != "-5")
        return f", written with {', '.join(signs)}" if signs else ", written as texts"
    if name not in how.dates:
        return ""
    forms = how.dates[name]
    return f", written {forms if isinstance(forms, str) else ', '.join(forms)}"


def _shown(value: Any) -> str:
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 24 else f"{text[:23]}…"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share > 0.01 else f"{100 * share:.2g} %"
