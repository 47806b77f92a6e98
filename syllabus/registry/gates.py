"""The gates that a model must pass to be registered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from syllabus.settings import LOWER_IS_BETTER, Gates


@dataclass(frozen=True)
class Gate:
    """One gate, what it asks and what the model showed.

    Args:
        name: what is asked, as `params.yaml` spells it.
        asks: the threshold, in words.
        value: what the model showed; None where it could not be measured, which fails.
        threshold: the number that it is held against, where there is one.
        passed: whether it passed.
        advice: what to do when it failed.
        low, high: the 95 % interval of the value, where there is one.
    """

    name: str
    asks: str
    value: float | int | str | None
    threshold: float | None
    passed: bool
    advice: str
    low: float | None = None
    high: float | None = None

    @property
    def unsettled(self) -> bool:
        """Whether the rows of test leave it open on which side of the threshold the value lies."""
        known = self.low is not None and self.high is not None and self.threshold is not None
        return known and self.low < self.threshold < self.high  # type: ignore[operator]  # all known

    @property
    def sentence(self) -> str:
        """Say how the model stands to this gate."""
        if self.value is None:
            return f"{self.name} could not be measured and must be {self.asks}"
        shown = _shown(self.value) if isinstance(self.value, float) else str(self.value)
        by = ""
        if isinstance(self.value, float) and self.threshold is not None:
            by = f", {'passed' if self.passed else 'missed'} by {_shown(abs(self.value - self.threshold))}"
        open_ = ""
        if self.unsettled and self.low is not None and self.high is not None:
            open_ = f"; the rows of test do not settle it: between {_shown(self.low)} and {_shown(self.high)}"
        return f"{self.name} is {shown} and must be {self.asks}{by}{open_}"


@dataclass(frozen=True)
class Evidence:
    """What the gates look at, all measured on test.

    Args:
        metric: the metric that chose the winner.
        metrics: the winner's metrics.
        bounds: their 95 % intervals, where they have one.
        baseline: the same of predicting the prior.
        fairness: for each sensitive column, the gaps by measure, among groups large enough.
        verdict: on the fit.
        advice: what the verdict says to try.
        failed: the critical expectations and the warnings that did not hold.
    """

    metric: str
    metrics: Mapping[str, float | None]
    baseline: Mapping[str, float | None]
    fairness: Mapping[str, Mapping[str, float | None]]
    verdict: str
    advice: str
    failed: tuple[str, ...]
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    """Whether a model is registered, and why."""

    gates: tuple[Gate, ...]

    @property
    def passed(self) -> bool:
        """Whether every gate passed."""
        return all(gate.passed for gate in self.gates)

    @property
    def failed(self) -> list[Gate]:
        """The gates that did not."""
        return [gate for gate in self.gates if not gate.passed]

    def report(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        gates = [asdict(gate) | {"sentence": gate.sentence} for gate in self.gates]
        return {"registered": self.passed, "gates": gates}


def decide(gates: Gates, evidence: Evidence) -> Decision:
    """Hold the evidence against every declared gate."""
    return Decision(
        (
            *_bounds(gates, evidence),
            *_baseline(gates, evidence),
            *_fairness(gates, evidence),
            *_fit(gates, evidence),
            *_validation(gates, evidence),
        )
    )


def _bounds(gates: Gates, evidence: Evidence) -> Iterator[Gate]:
    for metric, floor in gates.at_least.items():
        value = evidence.metrics.get(metric)
        advice = _either(evidence.advice, f"lower gates.at_least.{metric}, if less is enough")
        passed = value is not None and value >= floor
        ends = evidence.bounds.get(metric, (None, None))
        yield Gate(metric, f"at least {floor:,.10g}", value, floor, passed, advice, *ends)
    for metric, ceiling in gates.at_most.items():
        value = evidence.metrics.get(metric)
        advice = _either(evidence.advice, f"raise gates.at_most.{metric}, if more is bearable")
        passed = value is not None and value <= ceiling
        ends = evidence.bounds.get(metric, (None, None))
        yield Gate(metric, f"at most {ceiling:,.10g}", value, ceiling, passed, advice, *ends)


def _shown(value: float) -> str:
    """Write a measurement: what is small with four decimals."""
    return f"{value:.4f}" if 0.00005 <= abs(value) < 100 or value == 0 else f"{value:,.6g}"


def _either(advice: str, other: str) -> str:
    return f"{advice}; or {other}" if advice else f"look where it errs in the report; or {other}"


def _baseline(gates: Gates, evidence: Evidence) -> Iterator[Gate]:
    margin = gates.better_than_baseline_by
    if margin is None:
        return
    ours, prior = evidence.metrics.get(evidence.metric), evidence.baseline.get(evidence.metric)
    ahead, ends = None, evidence.bounds.get(evidence.metric)
    low, high = None, None
    if ours is not None and prior is not None:
        sign = -1 if evidence.metric in LOWER_IS_BETTER else 1
        ahead = sign * (ours - prior)
        low, high = sorted(sign * (end - prior) for end in ends) if ends else (None, None)
    yield Gate(
        f"{evidence.metric} over the baseline",
        f"at least {margin:,.10g}",
        ahead,
        margin,
        ahead is not None and ahead >= margin,
        "the columns say little about the target: look for ones that say more",
        low,
        high,
    )


def _fairness(gates: Gates, evidence: Evidence) -> Iterator[Gate]:
    if gates.fairness is None:
        return
    for column, gaps in evidence.fairness.items():
        gap = gaps.get(gates.fairness.measure)
        yield Gate(
            f"{gates.fairness.measure} across {column}",
            f"at most {gates.fairness.at_most:,.10g}",
            gap,
            gates.fairness.at_most,
            gap is not None and gap <= gates.fairness.at_most,
            f"look at the groups of {column} in the report; gather more rows of the group that fares worst, "
            "reweigh, or, for classes, set a threshold for each group",
        )


def _fit(gates: Gates, evidence: Evidence) -> Iterator[Gate]:
    if gates.fit:
        asks = " or ".join(gates.fit)
        yield Gate(
            "the verdict on the fit", asks, evidence.verdict, None, evidence.verdict in gates.fit, evidence.advice
        )


def _validation(gates: Gates, evidence: Evidence) -> Iterator[Gate]:
    if gates.validation:
        names = ", ".join(evidence.failed)
        yield Gate(
            "the number of expectations that did not hold",
            "at most 0",
            len(evidence.failed),
            0,
            not evidence.failed,
            f"look at the Data Docs for {names}; mend the data or the rule" if names else "",
        )
