import numpy as np
import pytest
from scipy import stats

from syllabus.examination import intervals, metrics
from syllabus.examination.predictions import Predictions
from tests.examination import answers


def test_the_same_seed_gives_the_same_bounds_and_another_seed_others():
    part = answers.binary(400)
    assert intervals.measure(part, seed=3) == intervals.measure(part, seed=3)
    assert intervals.measure(part, seed=3) != intervals.measure(part, seed=4)


@pytest.mark.parametrize("part", [answers.binary(600), answers.several(600, 4)], ids=["binary", "several"])
def test_every_value_lies_within_its_bounds_and_these_within_the_metric_s(part):
    for name, one in intervals.measure(part).items():
        least, most = metrics.get(name).bounds
        assert least <= one.low <= one.value <= one.high <= most
        assert one.high - one.low > 0


def log_loss(y, p):
    return -np.log(np.where(y == 1, p, 1 - p)).mean()


def roc_auc(y, p):
    ranks, positives = stats.rankdata(p), (y == 1).sum()
    return (ranks[y == 1].mean() - (positives + 1) / 2) / (len(y) - positives)


@pytest.mark.parametrize(("name", "score"), [("roc_auc", roc_auc), ("log_loss", log_loss)])
def test_bounds_agree_with_scipy_s_bootstrap(name, score):
    part = answers.binary(300)
    drawn = stats.bootstrap(
        (part.target, part.probabilities[:, 1]),
        score,
        paired=True,
        vectorized=False,
        method="percentile",
        n_resamples=1000,
        random_state=0,
    ).confidence_interval
    ours = intervals.measure(part, [name], resamples=1000)[name]
    width = drawn.high - drawn.low
    assert ours.low == pytest.approx(drawn.low, abs=0.2 * width)
    assert ours.high == pytest.approx(drawn.high, abs=0.2 * width)


@pytest.mark.slow
def test_nineteen_of_twenty_intervals_hold_the_true_value():
    """The truth is the value on a part so large that chance is gone."""
    names = ["accuracy", "roc_auc", "pr_auc", "log_loss", "brier", "f1"]
    truth = {name: one.value for name, one in metrics.measure(answers.binary(500_000, seed=99), names).items()}
    held = dict.fromkeys(names, 0)
    for seed in range(200):
        for name, one in intervals.measure(answers.binary(500, seed=seed), names, resamples=300, seed=seed).items():
            held[name] += one.low <= truth[name] <= one.high
    assert all(180 <= n <= 200 for n in held.values()), held


@pytest.mark.slow
def test_of_calibration_errors_four_of_five_intervals_hold_the_true_value():
    """It is never below nought and chance inflates it: its interval is the least exact of all."""

    def overconfident(n: int, seed: int) -> Predictions:
        honest = answers.binary(n, seed=seed)
        p = 1 / (1 + (honest.probabilities[:, 0] / honest.probabilities[:, 1]) ** 1.6)
        return Predictions.of(honest.target, np.column_stack([1 - p, p]), honest.classes)

    name = "calibration_error"
    truth = metrics.measure(overconfident(500_000, 99), [name])[name].value
    found = [intervals.measure(overconfident(500, seed), [name], resamples=300)[name] for seed in range(100)]
    assert sum(one.low <= truth <= one.high for one in found) >= 80


def test_a_large_part_is_resampled_in_subsets_and_its_bounds_are_as_wide_as_they_should_be(monkeypatch):
    monkeypatch.setattr(intervals, "ROWS", 2000)
    small, large = answers.binary(2000, seed=1), answers.binary(32_000, seed=1)
    for name in ("accuracy", "roc_auc", "log_loss"):
        whole = intervals.measure(small, [name])[name]
        subset = intervals.measure(large, [name])[name]
        assert (whole.high - whole.low) / (subset.high - subset.low) == pytest.approx(4, rel=0.25)


def test_with_two_positives_a_value_has_no_bounds_and_says_why():
    p = np.linspace(0.1, 0.9, 100)
    target = np.zeros(100, dtype=int)
    target[[60, 90]] = 1
    found = intervals.measure(Predictions.of(target, np.column_stack([1 - p, p]), ("no", "yes")))
    assert found["roc_auc"].value is not None
    assert found["roc_auc"].low is None
    assert "too few" in found["roc_auc"].reason
    assert found["log_loss"].low is not None


def test_a_part_of_one_row_or_none_is_no_error():
    part = answers.binary(5)
    assert intervals.measure(part.rows(np.array([0])))["log_loss"].value is not None
    assert intervals.measure(part.rows(np.array([], dtype=int)))["log_loss"].reason == "there is no example"


def test_a_share_without_an_error_is_not_certain_on_few_rows():
    probabilities = np.column_stack([np.r_[np.full(9, 0.9), np.full(6, 0.1)], np.r_[np.full(9, 0.1), np.full(6, 0.9)]])
    found = intervals.measure(Predictions.of([0] * 9 + [1] * 6, probabilities, ("no", "yes")))
    assert (found["accuracy"].value, found["accuracy"].high) == (1.0, 1.0)
    assert found["accuracy"].low == pytest.approx(0.796, abs=0.001)
    assert found["roc_auc"].low == found["recall"].low == pytest.approx(0.610, abs=0.001)
