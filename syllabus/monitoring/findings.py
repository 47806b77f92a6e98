"""What is wrong with a batch, in sentences: what was seen, and what to do about it. The worst comes first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from syllabus.monitoring import units
from syllabus.monitoring.distributions import Categories, Numbers, Tally
from syllabus.monitoring.drift import Test
from syllabus.reports import wording
from syllabus.reports.wording import capital, count, many, named, number

if TYPE_CHECKING:
    from syllabus.monitoring.batch import Batch
    from syllabus.settings import Thresholds

SILENT = 0.99
"""A column of which so much is missing has gone silent."""
NAMED = 5
UNUSUAL = "(rows)"
"""What tests that are about rows as a whole call their column."""
BROKEN = ("lacking", "unread", "label", "silent", "unit", "new")
"""What is wrong with the rows themselves: the first to be mended, since all that follows may come of it."""
ORDER = (
    *BROKEN,
    "performance",
    "slices",
    "expectation",
    "beyond",
    "missing",
    "values",
    "target",
    "prediction",
    "unusual",
)


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or worth knowing.

    Args:
        kind: what it is about, such as `values` or `silent`.
        severity: whether it is an alarm, or is only told.
        column: of which column; empty where of none.
        says: what was seen.
        advice: what to do.
        effect: how large it is, in the unit of its kind.
        p: how often chance alone gives as much, corrected; None where nothing was tested.
    """

    kind: str
    severity: Literal["alarm", "notice"]
    column: str
    says: str
    advice: str
    effect: float | None = None
    p: float | None = None

    def plain(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return asdict(self)


def of_schema(batch: Batch, added: Sequence[str], limits: Thresholds) -> Iterator[Finding]:
    """Yield what is wrong with the columns and cells themselves."""
    for name in batch.lacking:
        advice = "Ask whoever delivers the rows for it: without it the model cannot be asked."
        yield Finding("lacking", "alarm", name, f"The column {name} is missing.", advice)
    share = batch.refused / batch.rows
    for name, (rows, first) in sorted(batch.unread.items(), key=lambda one: -one[1][0]):
        told = f"{many(rows, 'row')} of {count(batch.rows)} cannot be read: {first}."
        advice = "Look how the column is written now; data.cleaning in params.yaml says how it is read."
        severity: Literal["alarm", "notice"] = "alarm" if share >= limits.unread else "notice"
        yield Finding("unread", severity, name, told, advice, rows / batch.rows)
    if added:
        told = f"{many(len(added), 'column')} that train had not: {_some(added)}."
        yield Finding("added", "notice", "", told, "Nothing need be done: the model does not read them.")


def of_tests(tests: Sequence[Test], batch: Batch, limits: Thresholds, ignored: Sequence[str]) -> Iterator[Finding]:
    """Yield what is more than chance, and large; of a column that holds new categories, no more than that."""
    certain = [test for test in tests if test.corrected < limits.alpha and _large(test, limits)]
    told = {test.column: test.kind for test in certain if test.kind == "values"}
    told |= {test.column: test.kind for test in certain if test.kind == "new"}
    for test in certain:
        # New categories, or a drift of numbers, say the same already.
        if test.kind in ("values", "beyond") and told.get(test.column, test.kind) != test.kind:
            continue
        if test.kind == "unusual":
            yield _unusual(test, batch)
            continue
        if test.kind == "target":
            yield _target(test, batch)
            continue
        predicted = test.column in batch.predictions
        tally = (batch.predictions if predicted else batch.tallies)[test.column]
        kind, says, advice = _said(test, tally, predicted=predicted)
        severity: Literal["alarm", "notice"] = "notice" if test.column in ignored else "alarm"
        yield Finding(kind, severity, test.column, says, advice, test.effect, test.corrected)


def of_performance(
    compared: Mapping[str, Any] | None, batch: Batch, limits: Thresholds, *, broken: bool
) -> Iterator[Finding]:
    """Yield where the model does worse than on test, and labels that it cannot know.

    Args:
        compared: the metrics beside test's; None where no label is known.
        batch: what was seen.
        limits: from what on a difference is an alarm.
        broken: whether the rows themselves are wrong, which may be why it does worse.
    """
    if batch.labelled is not None and batch.labelled.strange:
        strange = batch.labelled.strange
        told = f"{many(sum(strange.values()), 'row')} are labelled as what train did not have: {_some(list(strange))}."
        advice = "If the class is real, train anew; if it is another spelling, see data.cleaning.relabel."
        yield Finding("label", "alarm", batch.labelled.target, told, advice)
    if compared is not None:
        yield from _worse(compared, limits, broken=broken)


def _worse(compared: Mapping[str, Any], limits: Thresholds, *, broken: bool) -> Iterator[Finding]:
    """Yield that the whole is worse, and in one sentence which slices are."""
    metric = compared["metric"]

    def worse(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        held = [row for row in rows if row["worse"] and row["loss"] is not None and row["loss"] >= limits.worse]
        return sorted(held, key=lambda row: -float(row["loss"]))

    def told(row: Mapping[str, Any]) -> str:
        rows = many(row["batch"].get("rows", compared["rows"]), "row")
        test, now = number(row["test"]["value"]), number(row["batch"]["value"])
        return f"{now} on {rows}, on test it was {test}: worse by {percent(row['loss'])}"

    advice = "What the model learned holds no more: train anew with these rows, and examine it on later ones."
    if broken:
        advice = "Mend first what is wrong with the rows themselves, and look again: this may come of it."
    for row in worse(compared["metrics"]):
        yield Finding(
            "performance", "alarm", "", f"{capital(named(metric))} is {told(row)}.", advice, row["loss"], row["p"]
        )
    if slices := worse(compared["slices"]):
        first, several = slices[0], f"{len(slices)} of {many(len(compared['slices']), 'slice')}"
        where = f"{first['column']} is {first['group']}"
        among = f"on {several}, most " if len(slices) > 1 else ""
        says = f"It is worse {among}where {where}: {named(metric)} {told(first)}."
        advice = "Look what these rows have in common; the slices are listed below."
        yield Finding("slices", "alarm", first["column"], says, advice, first["loss"], first["p"])


def sort(found: Sequence[Finding]) -> list[Finding]:
    """Return alarms before what is only told, the gravest kind first, then the largest effect."""
    place = {kind: at for at, kind in enumerate(ORDER)}
    return sorted(
        found,
        key=lambda one: (one.severity != "alarm", place.get(one.kind, len(place)), -abs(one.effect or 0), one.column),
    )


def _large(test: Test, limits: Thresholds) -> bool:
    if test.kind == "missing":
        return abs(test.effect) >= limits.missing
    least = {
        "values": limits.stability,
        "target": limits.stability,
        "new": limits.new,
        "beyond": limits.new,
        "unusual": limits.unusual,
    }
    return test.effect >= least[test.kind]


def _unusual(test: Test, batch: Batch) -> Finding:
    share = (batch.unusual or 0) / batch.read
    known = f"{_points(test.effect)} more than on test"
    told = f"{percent(share)} of the rows are as unusual as one known row in a hundred, {known}."
    advice = (
        "The model answers them without having seen their like: see which columns changed, and trust it less there."
    )
    return Finding("unusual", "alarm", "", told, advice, test.effect, test.corrected)


def _target(test: Test, batch: Batch) -> Finding:
    assert batch.labelled is not None
    assert batch.labelled.tally is not None
    change = _change(batch.labelled.tally.of, batch.labelled.tally)
    told = f"What is predicted has itself changed, {test.column}: {change} (stability index {test.effect:.2f})."
    advice = "See whether the model still does as well: probabilities and thresholds are of the world before."
    return Finding("target", "alarm", test.column, told, advice, test.effect, test.corrected)


def _said(test: Test, tally: Tally, *, predicted: bool) -> tuple[str, str, str]:
    """Return the kind, what was seen, and what to do."""
    name, of = test.column, tally.of
    if test.kind == "missing":
        return _missing(name, tally)
    if test.kind == "new":
        new = sorted(tally.new, key=lambda value: (-tally.new[value], value))
        told = f"{name} holds what train has not, in {percent(tally.unlisted / tally.known)} of the rows: {_some(new)}."
        advice = "If it is another spelling, see data.cleaning.relabel; if it is real, train anew."
        return "new", told, advice
    if test.kind == "beyond" and isinstance(of, Numbers):
        return _beyond(name, of, tally)
    index = f"stability index {test.effect:.2f}"
    if predicted:
        told = f"What the model predicts has changed, {name}: {_change(of, tally)} ({index})."
        return "prediction", told, "Look which columns have drifted; where labels come later, ask for some now."
    if isinstance(of, Numbers) and (unit := units.guess(of, tally.sample)):
        told = f"{name} seems to be {unit}: {_change(of, tally)}."
        return "unit", told, "Ask whoever delivers the rows for the unit, and turn it back before the model is asked."
    if isinstance(of, Numbers) and tally.low == tally.high and tally.known > 1:
        told = f"{name} is always {tally.low:g}, and in train it varied ({index})."
        return "silent", told, "Ask whoever delivers the rows whether its source still works."
    told = f"{name} has drifted: {_change(of, tally)} ({index})."
    return "values", told, "If the world has changed, train anew; if only how it is written has, mend the source."


def _beyond(name: str, of: Numbers, tally: Tally) -> tuple[str, str, str]:
    share = percent((tally.counts[0] + tally.counts[-1]) / tally.known)
    ends = f"{_short(float(of.ends[1]))} to {_short(float(of.ends[-1]))}"
    now = f"it is {_short(tally.low)} to {_short(tally.high)}"
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
    word = "more" if now > before else "less"
    told = f"{name} is missing {word} often: in {percent(now)} of the rows, in train in {percent(before)}."
    return "missing", told, "Look where it is missing, and since when."


def _change(of: Numbers | Categories, tally: Tally) -> str:
    if isinstance(of, Numbers):
        mean = tally.mean or 0.0
        moved = abs(mean - of.mean) / of.std if of.std else 0.0
        told = f"{moved:.2f}" if moved < 10 else f"{moved:,.0f}"
        by = f", {told} standard deviations {'up' if mean > of.mean else 'down'}" if moved else ""
        return f"the mean is {_short(mean)}, it was {_short(of.mean)}{by}"
    shares = [
        (now / max(tally.known, 1), before / max(of.known, 1), value)
        for value, now, before in zip(of.values, tally.counts, of.counts, strict=True)
    ]
    now, before, value = max(shares, key=lambda one: abs(one[0] - one[1]))
    return f"{value} is {percent(now)} of the rows, it was {percent(before)}"


def _short(value: float) -> str:
    return (
        f"{value:,.4g}".replace("-", "−")
        if 0.001 <= abs(value) < 1e6 or not value
        else f"{value:.3g}".replace("-", "−")
    )


def percent(share: float) -> str:
    """Write a share with a plain space: sentences go to terminals, too."""
    return wording.percent(share).replace("\u00a0", " ")


def _points(share: float) -> str:
    return f"{100 * share:.1f} percentage points"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
