import fairlearn.metrics as fair
import numpy as np
import polars as pl
import pytest
from scipy import stats

from syllabus.examination import fairness, gaps
from syllabus.examination.predictions import Predictions
from tests.examination import answers


def favouring(frame: pl.DataFrame, *, seed: int = 0) -> Predictions:
    """A model that is sure too late of the women who are positive."""
    made = answers.binary(frame.height, seed=seed)
    p = made.probabilities[:, 1].copy()
    p[(frame["sex"] == "F").to_numpy()] *= 0.7
    return Predictions.of(made.target, np.column_stack([1 - p, p]), made.classes)


def test_gaps_among_all_groups_are_those_of_fairlearn():
    frame = answers.people(4000)
    part = favouring(frame)
    for one in fairness.compute(part, frame, ["sex", "region"])[:2]:
        given = {"y_true": part.target, "y_pred": part.decided, "sensitive_features": frame[one.name].to_numpy()}
        assert one.gaps["demographic_parity_difference"].value == pytest.approx(
            fair.demographic_parity_difference(**given)
        )
        assert one.gaps["demographic_parity_ratio"].value == pytest.approx(fair.demographic_parity_ratio(**given))
        assert one.gaps["equalized_odds_difference"].value == pytest.approx(fair.equalized_odds_difference(**given))
        assert one.gaps["equal_opportunity_difference"].value == pytest.approx(
            fair.equal_opportunity_difference(**given)
        )


def test_an_unfair_model_is_found_with_the_groups_and_the_rate_that_show_it():
    frame = answers.people(4000)
    name, gap = fairness.worst(
        fairness.compute(favouring(frame), frame, ["region", "sex"]), "equalized_odds_difference"
    )
    assert name == "sex"
    assert gap.rate == "true_positive_rate"
    assert gap.between == ("F", "M")
    assert 0 < gap.low < gap.value < gap.high


def test_a_small_group_is_shown_but_decides_nothing():
    frame = answers.people(3000)
    made = answers.binary(3000)
    p = made.probabilities[:, 1].copy()
    p[(frame["region"] == "islet").to_numpy()] = 0.01
    part = Predictions.of(made.target, np.column_stack([1 - p, p]), made.classes)
    (region,) = fairness.compute(part, frame, ["region"], min_group=50)
    islet = next(row for row in region.groups if row["group"] == "islet")
    assert islet["n"] < 50
    assert islet["selection_rate"]["small"]
    assert region.gaps["demographic_parity_difference"].between[0] == "islet"
    assert region.gaps["demographic_parity_difference"].value > 0.1
    assert region.gaps_large["demographic_parity_difference"].value < 0.1
    assert "islet" not in region.gaps_large["demographic_parity_difference"].between


def test_a_large_group_with_few_positives_has_no_say_in_the_true_positive_rate():
    group = np.repeat(["a", "b"], [500, 500])
    target = np.r_[np.tile([0, 1], 250), np.zeros(490, dtype=int), np.ones(10, dtype=int)]
    p = np.where(group == "b", 0.1, np.where(target == 1, 0.9, 0.1))
    part = Predictions.of(target, np.column_stack([1 - p, p]), ("no", "yes"))
    (one,) = fairness.compute(part, pl.DataFrame({"group": group}), ["group"], min_group=50)
    assert one.gaps["equal_opportunity_difference"].value == 1.0
    assert one.gaps_large["equal_opportunity_difference"].value is None
    assert "50 positives" in one.gaps_large["equal_opportunity_difference"].reason
    assert one.gaps_large["equalized_odds_difference"].value == 0.0
    assert "50 positives" in one.gaps_large["equalized_odds_difference"].reason


def test_a_group_without_positives_has_no_true_positive_rate_rather_than_nought():
    group = np.repeat(["a", "b", "c"], 100)
    part = answers.binary(300, share=0.5)
    target = np.where(group == "c", 0, part.target)
    (one,) = fairness.compute(
        Predictions.of(target, part.probabilities, part.classes), pl.DataFrame({"group": group}), ["group"]
    )
    row = next(row for row in one.groups if row["group"] == "c")
    assert row["true_positive_rate"]["value"] is None
    assert row["false_positive_rate"]["value"] is not None
    assert "c" not in one.gaps["equal_opportunity_difference"].between


def test_two_attributes_are_also_crossed():
    frame = answers.people(3000)
    audited = fairness.compute(answers.binary(3000), frame, ["sex", "region"])
    assert [(one.name, one.crossed) for one in audited] == [
        ("sex", False),
        ("region", False),
        ("sex × region", True),
    ]
    assert {row["group"] for row in audited[2].groups} >= {"F × south", "M × north"}
    assert sum(row["n"] for row in audited[2].groups) == 3000


def test_of_several_classes_the_worst_is_named():
    made = answers.several(3000, 3)
    frame = pl.DataFrame({"group": np.random.default_rng(0).choice(["a", "b"], 3000)})
    p = made.probabilities.copy()
    p[(frame["group"] == "b").to_numpy(), 2] *= 0.3
    p /= p.sum(axis=1, keepdims=True)
    (one,) = fairness.compute(Predictions.of(made.target, p, made.classes), frame, ["group"])
    assert one.gaps_large["equal_opportunity_difference"].of == "class 2"
    assert one.gaps_large["equal_opportunity_difference"].between == ("b", "a")
    assert len(one.groups) == 6


def test_one_group_alone_has_no_gap():
    (one,) = fairness.compute(answers.binary(200), pl.DataFrame({"group": ["a"] * 200}), ["group"])
    assert {gap.value for gap in one.gaps.values()} == {None}
    assert fairness.worst([one], "demographic_parity_ratio") is None


def test_bounds_of_a_gap_agree_with_a_bootstrap():
    rng = np.random.default_rng(0)
    a, b, na, nb = 0.2, 0.35, 300, 500
    rate = gaps.Rate(np.array([a, b]), np.array([na, nb]))
    drawn_a, drawn_b = rng.binomial(na, a, 20_000) / na, rng.binomial(nb, b, 20_000) / nb
    for name, drawn in [
        ("demographic_parity_difference", drawn_b - drawn_a),
        ("demographic_parity_ratio", drawn_a / drawn_b),
    ]:
        gap = gaps.GAPS[name]({"selection_rate": rate}, ["a", "b"], "yes", 1)
        low, high = np.quantile(drawn, [0.025, 0.975])
        assert (gap.low, gap.high) == pytest.approx((low, high), abs=0.1 * (high - low))


def test_intervals_of_rates_are_wilson_s():
    row = fairness.compute(answers.binary(80), pl.DataFrame({"group": ["a"] * 80}), ["group"])[0].groups[0]
    hits = round(row["selection_rate"]["value"] * 80)
    wilson = stats.binomtest(hits, 80).proportion_ci(method="wilson")
    assert (row["selection_rate"]["low"], row["selection_rate"]["high"]) == pytest.approx((wilson.low, wilson.high))


def test_a_model_that_decides_for_nobody_is_fair_and_that_is_said():
    p = np.full(400, 0.2)
    part = Predictions.of(answers.binary(400).target, np.column_stack([1 - p, p]), ("no", "yes"))
    (one,) = fairness.compute(part, answers.people(400).select("sex"), ["sex"])
    gap = one.gaps_large["demographic_parity_difference"]
    assert (gap.value, gap.between) == (0.0, None)
    assert "selection rate of 'yes' is 0 in every group" in gap.reason
    assert one.gaps_large["demographic_parity_ratio"].value is None
