"""What a test has found, as a sentence with its advice."""

from __future__ import annotations

from collections.abc import Sequence

from syllabus.monitoring import units
from syllabus.monitoring.distributions import Categories, Numbers
from syllabus.monitoring.drift import Test
from syllabus.monitoring.tally import Tally
from syllabus.reports import wording

SILENT = 0.99
"""A column of which so much is missing has gone silent."""
NAMED = 5
"""So many names are written out."""
LONGEST = 60
"""So many signs of a name are shown."""


def of_test(test: Test, tally: Tally, *, predicted: bool, measured: bool = False) -> tuple[str, str, str]:
    """Return the kind, what was seen, and what to do.

    Args:
        test: that found something.
        tally: of its column.
        predicted: whether that holds answers of the model.
        measured: whether it is measured of what stands in the rows, such as a length: then it has no unit, and one
            that stands still is no source that has stopped.
    """
    name, of = test.column, tally.of
    if test.kind == "missing":
        return _missing(name, tally)
    if test.kind == "new":
        new = sorted(tally.new, key=lambda value: (-tally.new[value], value))
        told = f"{name} holds what train has not, in {percent(tally.unlisted / tally.known)} of the rows: {some(new)}."
        advice = "If it is another spelling, see data.cleaning.relabel; if it is real, train anew."
        return "new", told, advice
    if test.kind == "beyond" and isinstance(of, Numbers):
        return _beyond(name, of, tally)
    index = f"stability index {test.effect:.2f}"
    if predicted:
        told = f"What the model predicts has changed, {name}: {change(of, tally)} ({index})."
        return "prediction", told, "Look which columns have drifted; where labels come later, ask for some now."
    if isinstance(of, Numbers) and not measured and (unit := units.guess(of, tally.sample)):
        told = f"{name} seems to be {unit}: {change(of, tally)}."
        return "unit", told, "Ask whoever delivers the rows for the unit, and turn it back before the model is asked."
    if isinstance(of, Numbers) and not measured and tally.low == tally.high and tally.known > 1:
        told = f"{name} is always {tally.low:g}, and in train it varied ({index})."
        return "silent", told, "Ask whoever delivers the rows whether its source still works."
    told = f"{name} has drifted: {change(of, tally)} ({index})."
    return "values", told, "If the world has changed, train anew; if only how it is written has, mend the source."


def _beyond(name: str, of: Numbers, tally: Tally) -> tuple[str, str, str]:
    share = percent((tally.counts[0] + tally.counts[-1]) / tally.known)
    ends = f"{short(float(of.ends[1]))} to {short(float(of.ends[-1]))}"
    now = f"it is {short(tally.low)} to {short(tally.high)}"
    told = f"{name} goes beyond what train holds, {ends}, in {share} of the rows: {now}."
    return "beyond", told, "Look whether the unit is the same; if the world has changed, train anew."


def _missing(name: str, tally: Tally) -> tuple[str, str, str]:
    of = tally.of
    before, now = of.missing / max(of.known + of.missing, 1), tally.missing / tally.rows
    if now >= SILENT > before:
        told = f"{name} has gone silent: it is missing in {percent(now)} of the rows, in train in {percent(before)}."
        return (
            "silent",
            told,
            "Ask whoever delivers the rows whether its source still works; the model now guesses without it.",
        )
    if isinstance(of, Numbers) and of.moves and of.alike is not None:
        told = f"{percent(now)} of the steps of {name} have no row, in train {percent(before)}."
        return "missing", told, "Ask whoever delivers the rows whether some were lost on the way."
    word = "more" if now > before else "less"
    told = f"{name} is missing {word} often: in {percent(now)} of the rows, in train in {percent(before)}."
    return "missing", told, "Look where it is missing, and since when."


def change(of: Numbers | Categories, tally: Tally) -> str:
    """Say what has changed most: the mean of numbers, or the share of a category."""
    if isinstance(of, Numbers):
        mean = tally.mean or 0.0
        moved = abs(mean - of.mean) / of.std if of.std else 0.0
        told = f"{moved:.2f}" if moved < 10 else f"{moved:,.0f}"
        by = f", {told} standard deviations {'up' if mean > of.mean else 'down'}" if moved else ""
        return f"the mean is {short(mean)}, it was {short(of.mean)}{by}"
    shares = [
        (now / max(tally.known, 1), before / max(of.known, 1), value)
        for value, now, before in zip(of.values, tally.counts, of.counts, strict=True)
    ]
    now, before, value = max(shares, key=lambda one: abs(one[0] - one[1]))
    return f"{cut(value)} is {percent(now)} of the rows, it was {percent(before)}"


def short(value: float) -> str:
    """Write a number of a column."""
    size = abs(value)
    if 10_000 <= size < 1e9:
        told = f"{value:,.0f}"
    else:
        told = f"{value:,.4g}" if 0.001 <= size < 10_000 or not value else f"{value:.3g}"
    return told.replace("-", "−")


def percent(share: float) -> str:
    """Write a share with a plain space: sentences go to terminals, too."""
    return wording.percent(share).replace("\u00a0", " ")


def points(share: float) -> str:
    """Write a difference of shares."""
    return f"{100 * share:.1f} percentage points"


def some(names: Sequence[str]) -> str:
    """Name some, and say how many more there are."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(map(cut, names[:NAMED])) + more


def cut(name: str) -> str:
    """Return the beginning of a name that is long: a value may be a whole text."""
    return name if len(name) <= LONGEST else f"{name[:LONGEST]}…"
