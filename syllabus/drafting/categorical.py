"""What is expected of a column of few values: which they are, and how often each occurs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from syllabus.drafting import slack
from syllabus.drafting.expectations import Expectation, Severity, expectation, figure, percent, share_down
from syllabus.drafting.profile import Values

SHARES = 50
"""The most values whose shares are compared."""

_TOLERATED, _TOLERATED_TARGET = 0.05, 0.02
_NEW = 0.01
_RARE = 0.2
_OPEN = 0.002
"""From this share of values seen once on, new ones are nothing wrong with a row: measured, or one of very many."""
_FEWEST_ROWS = 50


def draft(values: Values, *, target: bool = False) -> Iterator[Expectation]:
    """Yield the expectations of a column whose values were counted."""
    if not values.counts:
        return
    # Of a truth value, the type says what it may be.
    if not all(isinstance(value, bool) for value in values.counts):
        yield from _set(values, target=target)
    if 1 < len(values.counts) <= SHARES and values.present >= _FEWEST_ROWS:
        yield _shares(values, target=target)


def _set(values: Values, *, target: bool) -> Iterator[Expectation]:
    new = slack.unseen(values.singles, values.present)
    if new > _RARE and len(values.counts) > 1:
        return
    rarest = min(values.counts.values())
    severity: Severity = "critical" if target and rarest >= _FEWEST_ROWS else "warning"
    if target:
        why = "A class that is new, or spelled in another way, cannot be predicted."
    else:
        seen = f"Seen: {len(values.counts)} values, {values.singles} of them once"
        why = f"{seen}; another one is new, misspelled or misplaced."
    closed = values.singles <= _OPEN * values.present
    stay = "go to quarantine" if closed else "stay, since so many values were seen once"
    yield expectation(
        "column_values_to_be_in_set",
        severity,
        f"{why} {percent(new)} of the rows may have another one, and {stay}.",
        quarantine=closed,
        column=values.name,
        value_set=_sorted(values.counts),
        mostly=share_down(1 - new),
    )


def _shares(values: Values, *, target: bool) -> Expectation:
    names = _sorted(values.counts)
    weights = [round(values.counts[name] / values.present, 6) for name in names]
    # A share of millionths rounds to none, and then nothing may have it.
    weights = [max(weight, 1e-6) for weight in weights]
    # Together they must be one to a hundred-thousandth, which many that are rounded are not.
    most = weights.index(max(weights))
    weights[most] = round(weights[most] + 1 - sum(weights), 6)
    tolerated = _TOLERATED_TARGET if target else _TOLERATED
    threshold = slack.divergence(len(names), values.present, tolerated=tolerated)
    first, *rest = list(values.counts.items())[:3]
    often = ", ".join(f"{_told(name)} {percent(count / values.present)}" for name, count in (first, *rest))
    why = (
        "Metrics, gates and the threshold of a decision were chosen for this balance of classes."
        if target
        else "Other shares mean another population, a swapped column or a lost part."
    )
    return expectation(
        "column_kl_divergence_to_be_less_than",
        "warning",
        f"Seen: {often}. {why}",
        column=values.name,
        partition_object={"values": names, "weights": weights},
        threshold=math.ceil(threshold * 10_000) / 10_000,
        tail_weight_holdout=_NEW,
    )


def _sorted(counts: Mapping[Any, int]) -> list[Any]:
    return sorted(counts, key=lambda value: (str(type(value)), value))


def _told(value: Any) -> str:
    said = value if isinstance(value, str) else figure(value)
    return said if len(said) <= 40 else said[:39] + "…"
