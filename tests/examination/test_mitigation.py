"""A threshold for each group closes the gap that was asked about, and says what that costs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from fairlearn.metrics import demographic_parity_difference
from fairlearn.postprocessing import ThresholdOptimizer
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import balanced_accuracy_score

from syllabus.errors import Unmet
from syllabus.examination import classification, mitigation, thresholds
from syllabus.examination.predictions import Predictions
from syllabus.settings import Examination, Mitigation, Threshold

PARITY = Mitigation(across="side")
OPPORTUNITY = Mitigation(across="side", measure="equal_opportunity_difference")


def unequal(n: int = 4000, seed: int = 0) -> tuple[Predictions, pl.DataFrame]:
    """Return answers that favour the left side, beyond what is true of it, and the columns of the same examples."""
    random = np.random.default_rng(seed)
    left = random.random(n) < 0.5
    true = random.random(n) < np.where(left, 0.3, 0.2)
    score = 1 / (1 + np.exp(-(2 * true - 1.5 + 0.8 * left + random.normal(size=n))))
    side = np.where(left, "left", "right").astype(object)
    side[:5] = None
    frame = pl.DataFrame({"side": side.tolist()}, schema={"side": pl.String})
    found = Predictions.of(true.astype(np.int64), np.column_stack([1 - score, score]), ("no", "yes"))
    return mitigation.told(found, frame, "side"), frame


def rates(answers: Predictions, rows: np.ndarray) -> list[float]:
    assert answers.groups is not None
    return [float(answers.decided[(answers.groups == side) & rows].mean()) for side in ("left", "right")]


@pytest.mark.parametrize("asked", [PARITY, OPPORTUNITY])
def test_every_group_gets_the_rate_of_all(asked: Mitigation) -> None:
    answers, _ = unequal()
    choice = thresholds.choose(answers, Threshold(metric="balanced_accuracy"))
    common = answers.deciding(choice)
    rows = np.ones(len(answers), bool) if asked is PARITY else answers.target == 1
    assert abs(np.subtract(*rates(common, rows))) > 0.15
    own = mitigation.of(common, choice, asked, smallest=50)
    fair = answers.deciding(own)
    # A group cannot come closer than one of its examples.
    assert rates(fair, rows) == pytest.approx([float(common.decided[rows].mean())] * 2, abs=0.005)
    assert set(own.groups) == {"left", "right"}  # five rows without a side are too few
    unknown = replace(fair, groups=np.full(len(fair), "elsewhere"))
    assert (unknown.decided == common.decided).all()


def test_it_is_about_as_good_as_fairlearns_and_tosses_no_coin() -> None:
    class Known(ClassifierMixin, BaseEstimator):
        """Answers with the scores that it is given."""

        classes_ = np.array([0, 1])

        def fit(self, *_: object) -> Known:
            return self

        def __sklearn_is_fitted__(self) -> bool:
            return True

        def predict_proba(self, scores: np.ndarray) -> np.ndarray:
            return np.hstack([1 - scores, scores])

    learned, test = (told.rows(told.groups != "(missing)") for told, _ in (unequal(seed=1), unequal(seed=2)))
    choice = thresholds.choose(learned, Threshold(metric="balanced_accuracy"))
    ours = test.deciding(mitigation.of(learned.deciding(choice), choice, PARITY, smallest=50)).decided
    theirs = ThresholdOptimizer(
        estimator=Known(),
        constraints="demographic_parity",
        objective="balanced_accuracy_score",
        prefit=True,
        predict_method="predict_proba",
    )
    theirs.fit(learned.probabilities[:, 1:], learned.target, sensitive_features=learned.groups)
    drawn = theirs.predict(test.probabilities[:, 1:], sensitive_features=test.groups, random_state=0)

    def gap(decided: np.ndarray) -> float:
        return float(demographic_parity_difference(test.target, decided, sensitive_features=test.groups))

    assert gap(ours) < max(gap(drawn), 0.03) + 0.02
    assert balanced_accuracy_score(test.target, ours) > balanced_accuracy_score(test.target, drawn) - 0.01


def test_the_report_tells_the_gap_and_the_price() -> None:
    answers, frame = unequal()
    asked = Examination(metric="roc_auc", threshold=Threshold(metric="f1"), sensitive=("side",), mitigation=PARITY)
    _, test = classification.finished(lambda _: answers, asked, seed=0)
    told = mitigation.report(test, frame)
    assert told is not None
    gap = told["gaps"]["demographic_parity_difference"]
    assert gap["after"] < gap["before"] - 0.1
    assert told["metrics"]["accuracy"]["before"] != told["metrics"]["accuracy"]["after"]
    assert "roc_auc" not in told["metrics"]  # no threshold changes it
    assert classification.learned(test)["threshold"]["groups"] == told["thresholds"]["groups"]
    few = test.rows(np.arange(len(test)) % 2 == 0)
    assert (few.decided == test.decided[::2]).all()


def test_three_classes_have_no_threshold_to_move() -> None:
    three = Predictions.of([0, 1, 2], np.full((3, 3), 1 / 3), ("a", "b", "c"))
    asked = Examination(metric="accuracy", sensitive=("side",), mitigation=PARITY)
    with pytest.raises(Unmet, match="mitigation moves the threshold of two classes, and the target has 3"):
        classification.finished(lambda _: three, asked, seed=0)


def test_a_column_of_many_values_is_refused() -> None:
    answers, _ = unequal(100)
    frame = pl.DataFrame({"side": [f"{row}" for row in range(100)]})
    with pytest.raises(Unmet, match="side has 100 values, and at most 30 groups"):
        mitigation.told(answers, frame, "side")
    with pytest.raises(Unmet, match=r"mitigation\.across names sidee, which is not a column; did you mean side"):
        mitigation.told(answers, frame, "sidee")
