"""How a model is judged: what it answered on one part of the data, held against the truth.

`examine` makes everything that a report says of one model on one part. `curves.write` writes the rows of its
plots, `baseline.fit` the prior that every model must beat, and `fit.judge` compares train, validation and test.
Here no model is known: only the truth, the answers, and the raw columns for slices and groups.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Any

from syllabus.examination.answers import examiner
from syllabus.examination.metrics import Measured

if TYPE_CHECKING:
    import polars as pl

    from syllabus.examination.answers import Answers
    from syllabus.examination.fairness import Attribute
    from syllabus.examination.slices import Slice


@dataclass(frozen=True, eq=False)
class Examination:
    """What one model showed on one part.

    Args:
        answers: what was examined.
        metrics: by name, the value with its interval.
        slices: the worst first.
        fairness: for each sensitive attribute, then for each crossing of two.
        findings: what the task alone has, such as a confusion or intervals.
    """

    answers: Answers
    metrics: dict[str, Measured]
    slices: tuple[Slice, ...]
    fairness: tuple[Attribute, ...]
    findings: dict[str, Any]

    @property
    def values(self) -> dict[str, float | None]:
        """The metrics without their intervals, rounded as in the report."""
        values: dict[str, float | None] = plain({name: one.value for name, one in self.metrics.items()})
        return values

    @property
    def gaps(self) -> dict[str, dict[str, float | None]]:
        """For each sensitive attribute the gaps among its large groups: what a gate reads."""
        gaps: dict[str, dict[str, float | None]] = plain(
            {
                one.name: {name: gap.value for name, gap in one.gaps_large.items()}
                for one in self.fairness
                if not one.crossed
            }
        )
        return gaps

    def report(self) -> dict[str, Any]:
        """Return all of it as what JSON can hold: floats of six decimals, None for what has no value."""
        report: dict[str, Any] = plain(
            {
                "task": self.answers.TASK,
                "n": len(self.answers),
                "metrics": self.metrics,
                "slices": self.slices,
                "fairness": self.fairness,
                **self.findings,
            }
        )
        return report


def examine(
    answers: Answers,
    *,
    metrics: Sequence[str] | None = None,
    primary: str,
    frame: pl.DataFrame | None = None,
    slices: Sequence[str] = (),
    sensitive: Sequence[str] = (),
    min_group: int = 50,
    resamples: int = 500,
    seed: int = 0,
) -> Examination:
    """Examine one model on one part.

    Args:
        answers: n examples.
        metrics: the names of the metrics to report; all of the task where none is named.
        primary: the metric that slices are judged by.
        frame: the raw columns of the same n examples, for slices and fairness.
        slices: columns to be sliced by.
        sensitive: columns across which fairness is audited.
        min_group: a slice or a group with fewer examples is shown, and decides nothing.
        resamples: how many bootstrap resamples the intervals come from; 0 for none.
        seed: of the resamples.

    Raises:
        Unmet: a metric or a column does not exist, or the columns are of other rows.
    """
    from syllabus.examination import intervals
    from syllabus.examination import slices as slicing
    from syllabus.examination.metrics import reported as all_of

    asked, reported = examiner(answers.TASK), all_of(answers) if metrics is None else metrics
    audited: list[Attribute] = []
    sliced: list[Slice] = []
    if frame is not None:
        audited = asked.audit(answers, frame, sensitive, min_group=min_group)
        sliced = slicing.compute(answers, frame, slices, names=reported, primary=primary, min_rows=min_group, seed=seed)
    return Examination(
        answers,
        intervals.measure(answers, reported, resamples=resamples, seed=seed),
        tuple(sliced),
        tuple(audited),
        asked.findings(answers, frame),
    )


def plain(value: Any) -> Any:
    """Return dataclasses, mappings, sequences and numbers as what JSON can hold.

    >>> plain({"a": (0.12345678, float("nan")), "b": None})
    {'a': [0.123457, None], 'b': None}
    """
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        # Six decimals, or six digits of what is small, are more than any part can support; what is smaller still is
        # the noise of a sum, and -0.0 would be another text for 0.
        if abs(value) < 1e-15:
            return 0.0
        digits = 6 if abs(value) >= 0.1 else 5 - math.floor(math.log10(abs(value)))
        return float(round(value, digits))
    return value
