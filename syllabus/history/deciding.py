"""Whether a challenger takes the champion's place: decided on the same rows of test, by what was declared before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from syllabus.examination import metrics
from syllabus.history.told import number
from syllabus.settings import Retraining


@dataclass(frozen=True)
class Verdict:
    """What was decided.

    Args:
        better: whether the challenger wins.
        sentence: why, with the figures.
        figures: the metric's row of the comparison, and on how many rows; empty where there is none.
    """

    better: bool
    sentence: str
    figures: Mapping[str, Any]


def decide(found: Mapping[str, Any], metric: str, asked: Retraining) -> Verdict:
    """Hold what `comparing.compare(champion, challenger)` found against what is asked of a challenger.

    Args:
        found: the comparison; the champion is its first side.
        metric: the one that decides.
        asked: the margin, and whether chance must be ruled out.
    """
    if found["unable"]:
        return Verdict(False, f"the two cannot be compared: {found['unable']}", {})
    row = next((one for one in found["metrics"] if one["metric"] == metric), None)
    if row is None:
        return Verdict(False, f"{metric} could not be measured of both on the same rows", {})
    sign = 1 if metrics.get(metric).better == "higher" else -1
    short = list(_lacking(row, sign * row["difference"], asked))
    told = f"{metric} is {number(row['second']['value'])}, the champion's {number(row['first']['value'])}"
    rows = found["test"]["rows"]
    sentence = f"{told} on the same {rows:,} rows of test, a difference of {_difference(row)}"
    return Verdict(not short, f"{sentence}: {' and '.join(short) or 'better'}", {**row, "rows": rows})


def _lacking(row: Mapping[str, Any], gain: float, asked: Retraining) -> Iterator[str]:
    """Yield what the challenger lacks; `gain` is by how much it is better."""
    if gain <= 0:
        yield "not better"
    elif gain < asked.margin:
        yield f"better by less than the margin of {asked.margin:g}"
    if gain > 0 and asked.sure and row["better"] != "second":
        yield "no more than chance may do"


def _difference(row: Mapping[str, Any]) -> str:
    value = f"{row['difference']:+.4g}"
    return value if row["low"] is None else f"{value} ({row['low']:+.4g} to {row['high']:+.4g})"
