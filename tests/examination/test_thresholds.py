"""A threshold is what was asked for, on the rows that it was chosen on."""

from __future__ import annotations

from dataclasses import replace

import answers
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syllabus.errors import Unmet
from syllabus.examination import classification, metrics, thresholds
from syllabus.examination.predictions import Predictions
from syllabus.examples import Examples, Task
from syllabus.settings import Costs, Threshold


def value(name: str, part: Predictions, threshold: float) -> float:
    weights = np.ones((1, len(part)))
    return float(np.nan_to_num(classification.weighted(replace(part, threshold=threshold), [name], weights)[name][0]))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    n=st.integers(20, 120), seed=st.integers(0, 2**31), digits=st.sampled_from([None, 1]), share=st.floats(0.05, 0.95)
)
def test_each_is_the_best_of_all_thresholds(n: int, seed: int, digits: int | None, share: float) -> None:
    part = answers.binary(n, seed=seed, digits=digits)
    if len(part.present) < 2:
        return
    every = thresholds.choose(part, 0.5).curve["threshold"]
    by_recall = thresholds.choose(part, Threshold(recall=share))
    assert value("recall", part, by_recall.threshold) >= share
    assert all(value("recall", part, higher) < share for higher in every if higher > by_recall.threshold)
    by_precision = thresholds.choose(part, Threshold(precision=share))
    reaching = [one for one in every[1:] if value("precision", part, one) >= share]
    assert by_precision.reached == bool(reaching)
    assert not reaching or by_precision.threshold == min(reaching)
    by_f1 = thresholds.choose(part, Threshold(metric="f1"))
    assert value("f1", part, by_f1.threshold) == pytest.approx(max(value("f1", part, one) for one in every))


def test_a_cost_takes_the_threshold_that_it_implies_unless_another_is_clearly_cheaper() -> None:
    draw = np.random.default_rng(0)
    true = draw.beta(0.3, 3, 20_000)
    target = (draw.random(20_000) < true).astype(int)
    asked = Threshold(cost=Costs(false_positive=1, false_negative=9))

    def chosen(probability: np.ndarray) -> thresholds.Choice:
        given = np.column_stack([1 - probability, probability])
        return thresholds.choose(Predictions.of(target, given, ("no", "yes"), costs=(1, 9)), asked)

    assert chosen(true).threshold == 0.1
    # Probabilities of the fourth power: 0.1 stands at 0.0001.
    assert chosen(true**4).threshold == pytest.approx(0.0001, abs=0.0003)


def test_the_cost_counts_errors_for_a_thousand_rows() -> None:
    part = Predictions.of([0, 0, 1, 1], [[0.9, 0.1], [0.4, 0.6], [0.7, 0.3], [0.1, 0.9]], ("no", "yes"), costs=(1, 20))
    assert metrics.measure(part)["cost"].value == 1000 * (1 + 20) / 4
    assert "cost" not in metrics.measure(replace(part, costs=None))


def test_more_classes_than_two_have_no_threshold_to_choose() -> None:
    task = Task("classification", ("a", "b", "c"))
    examples = Examples(task, {"numeric": np.zeros((3, 1))}, target=np.array([0, 1, 2]))
    with pytest.raises(Unmet, match="chosen for two classes, and the target has 3"):
        classification.answered(np.full((3, 3), 1 / 3), examples, Threshold(recall=0.8))


def test_weights_decide_among_more_classes() -> None:
    part = Predictions.of([0, 1, 2], [[0.6, 0.3, 0.1]] * 3, ("a", "b", "c"), weights=(0.5, 2.0, 1.0))
    assert part.decided.tolist() == [1, 1, 1]
