"""The score that chooses is the metric that the report shows."""

from __future__ import annotations

import numpy as np
import pytest

from syllabus import scoring
from syllabus.errors import Unmet
from syllabus.examination import metrics
from syllabus.examination.predictions import Predictions


def answers(classes: int, rows: int = 400, seed: int = 0) -> Predictions:
    draw = np.random.default_rng(seed)
    target = draw.integers(0, classes, rows)
    raised = np.exp(draw.normal(size=(rows, classes)) + 1.2 * np.eye(classes)[target]).round(1)
    probabilities = raised / raised.sum(axis=1, keepdims=True)
    return Predictions.of(target, probabilities, tuple("abcd"[:classes]), costs=(1, 20) if classes == 2 else None)


@pytest.mark.parametrize(
    ("metric", "classes"),
    [(name, k) for name in metrics.names("classification") for k in (2, 3, 4) if (name, k > 2) != ("cost", True)],
)
def test_the_score_is_the_metrics_value(metric: str, classes: int) -> None:
    for seed in range(5):
        given = answers(classes, seed=seed)
        assert scoring.value(metric, given) == pytest.approx(metrics.measure(given, [metric])[metric].value, abs=1e-12)


def test_a_higher_score_is_better_whatever_the_metric() -> None:
    assert scoring.signed("roc_auc", 0.9) == 0.9
    assert scoring.signed("log_loss", 0.9) == -0.9


def test_a_metric_without_a_value_is_refused_with_the_reason() -> None:
    with pytest.raises(Unmet, match="roc_auc has no value on this part: every example is of the class 'a'"):
        scoring.value("roc_auc", Predictions.of([0, 0], [[0.5, 0.5], [0.4, 0.6]], ("a", "b")))
