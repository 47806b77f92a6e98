"""What is wrong with a batch, in sentences: what was seen, and what to do about it. The worst comes first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from syllabus.monitoring.drift import Test
from syllabus.monitoring.sentences import change, of_test, percent, points, some
from syllabus.reports.wording import capital, count, many, named, number

if TYPE_CHECKING:
    from syllabus.monitoring.batch import Batch
    from syllabus.monitoring.labelled import Labelled
    from syllabus.monitoring.truth import Truth
    from syllabus.settings import Thresholds

UNUSUAL = "(rows)"
"""What tests that are about rows as a whole call their column."""
BROKEN = ("lacking", "unread", "silent", "unit")
"""What is wrong with the rows themselves: the first to be mended, since all that follows may come of it."""
ORDER = (
    *BROKEN,
    "label",
    "new",
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
    if batch.masked:
        told = f"{some(sorted(batch.masked))} {'is' if len(batch.masked) == 1 else 'are'} masked in the log."
        advice = "Nothing is asked about what is masked, and the model cannot be asked again."
        yield Finding("masked", "notice", "", told, advice)
    if added:
        told = f"{many(len(added), 'column')} that train had not: {some(added)}."
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
        kind, says, advice = of_test(test, tally, predicted=predicted, measured=test.column in batch.measured)
        told_only = test.column in ignored or (kind == "values" and test.column in batch.levels)
        severity: Literal["alarm", "notice"] = "notice" if told_only else "alarm"
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
        told = f"{many(sum(strange.values()), 'row')} are labelled as what train did not have: {some(list(strange))}."
        advice = "If the class is real, train anew; if it is another spelling, see data.cleaning.relabel."
        yield Finding("label", "alarm", batch.labelled.target, told, advice)
    if batch.labelled is not None:
        yield from _unfit(batch.labelled, limits)
    if compared is not None:
        yield from _worse(compared, limits, broken=broken)


def _unfit(labelled: Labelled | Truth, limits: Thresholds) -> Iterator[Finding]:
    """Yield that labels cannot be read, or belong to no row."""
    if unread := labelled.unread:
        share = unread / (unread + labelled.rows)
        told = f"{many(unread, 'label')} of {count(unread + labelled.rows)} cannot be read as {labelled.target} is."
        severity: Literal["alarm", "notice"] = "alarm" if share >= limits.unread else "notice"
        yield Finding("label", severity, labelled.target, told, "Look how the labels are written now.", share)
    elif labelled.held is not None and not labelled.rows:
        told = f"None of the {many(len(labelled.held), 'label')} belongs to a row here, by {', '.join(labelled.keys)}."
        yield Finding("label", "notice", labelled.target, told, "See whether both write the key in the same way.")


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
            "performance", "alarm", "", f"{capital(named(row['name']))} is {told(row)}.", advice, row["loss"], row["p"]
        )
    if slices := worse(compared["slices"]):
        first, several = slices[0], f"{len(slices)} of {many(len(compared['slices']), 'slice')}"
        where = f"{first['column']} is {first['group']}"
        among = f"on {several}, most " if len(slices) > 1 else ""
        says = f"It is worse {among}where {where}: {named(metric)} {told(first)}."
        advice = "Look what these rows have in common; the slices are listed below."
        yield Finding("slices", "alarm", first["column"], says, advice, first["loss"], first["p"])


def broken(found: Sequence[Finding]) -> bool:
    """Return whether the rows themselves are wrong, so that nothing should be learned from them."""
    return any(one.kind in BROKEN and one.severity == "alarm" for one in found)


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
    known = f"{points(test.effect)} more than on test"
    told = f"{percent(share)} of the rows are as unusual as one known row in a hundred, {known}."
    advice = (
        "The model answers them without having seen their like: see which columns changed, and trust it less there."
    )
    return Finding("unusual", "alarm", "", told, advice, test.effect, test.corrected)


def _target(test: Test, batch: Batch) -> Finding:
    assert batch.labelled is not None
    assert batch.labelled.tally is not None
    changed = change(batch.labelled.tally.of, batch.labelled.tally)
    told = f"What is predicted has itself changed, {test.column}: {changed} (stability index {test.effect:.2f})."
    advice = "See whether the model still does as well: probabilities and thresholds are of the world before."
    return Finding("target", "alarm", test.column, told, advice, test.effect, test.corrected)
