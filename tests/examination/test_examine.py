import json

import numpy as np
import polars as pl
import pytest

from syllabus.errors import Unmet
from syllabus.examination import baseline, examine, metrics
from syllabus.examination.predictions import Predictions
from tests.examination import answers

PARTS = [answers.binary(1500), answers.several(1500, 3)]


@pytest.mark.parametrize("part", PARTS, ids=["binary", "several"])
def test_a_report_is_json_without_nan_and_the_same_every_time(part):
    def text() -> str:
        made = examine(
            part, primary="roc_auc", frame=answers.people(1500), slices=["region", "age"], sensitive=["sex", "region"]
        )
        return json.dumps(made.report(), allow_nan=False, sort_keys=True)

    assert text() == text()
    report = json.loads(text())
    assert report["n"] == 1500
    assert set(report["metrics"]) == set(metrics.names("classification")) - {"cost"}
    assert np.sum(report["confusion"]) == 1500
    assert {one["column"] for one in report["slices"]} == {"region", "age"}
    assert [one["name"] for one in report["fairness"]] == ["sex", "region", "sex × region"]


def test_values_and_gaps_are_what_gates_read():
    made = examine(
        answers.binary(1500), primary="roc_auc", frame=answers.people(1500), sensitive=["sex", "region"], resamples=0
    )
    assert made.values["roc_auc"] == pytest.approx(made.metrics["roc_auc"].value, abs=1e-6)
    assert set(made.gaps) == {"sex", "region"}
    assert made.gaps["sex"]["equal_opportunity_difference"] == pytest.approx(
        made.fairness[0].gaps_large["equal_opportunity_difference"].value, abs=1e-6
    )


@pytest.mark.parametrize("rows", [0, 1, 2, 7])
def test_a_part_of_a_few_rows_or_none_is_reported_too(rows):
    for part in PARTS:
        few = part.rows(np.arange(rows))
        made = examine(
            few,
            primary="roc_auc",
            frame=answers.people(rows),
            slices=["region", "age"],
            sensitive=["sex", "region"],
            resamples=20,
        )
        json.dumps(made.report(), allow_nan=False)
        assert all(one.verdict == "too small" for one in made.slices)


def test_a_part_of_one_class_is_reported_and_says_which_are_absent():
    part = PARTS[1]
    made = examine(part.rows(part.target == 1), primary="roc_auc", resamples=20)
    assert made.report()["absent"] == ["class 0", "class 2"]
    assert made.report()["metrics"]["roc_auc"]["reason"]


def test_a_wrong_name_is_one_sentence():
    part, frame = PARTS[0], answers.people(1500)
    for wrong in ({"metrics": ["acuracy"]}, {"slices": ["regoin"]}, {"sensitive": ["gender"]}):
        with pytest.raises(Unmet, match="There is no"):
            examine(part, primary="roc_auc", frame=frame, **wrong)


def test_nothing_that_is_handed_in_is_changed():
    part, frame = answers.binary(300), answers.people(300)
    target, probabilities, before = part.target.copy(), part.probabilities.copy(), frame.clone()
    examine(part, primary="roc_auc", frame=frame, slices=["age"], sensitive=["sex"], resamples=10)
    assert (part.target == target).all()
    assert (part.probabilities == probabilities).all()
    assert frame.equals(before)


def test_the_baseline_answers_with_the_shares_of_train():
    made = baseline.fit(np.array([0, 0, 0, 1]), 2)
    assert made.predict(2).tolist() == [[0.75, 0.25], [0.75, 0.25]]
    part = Predictions.of([0, 1, 0], made.predict(3), ("no", "yes"))
    values = {name: one.value for name, one in metrics.measure(part).items()}
    assert values["roc_auc"] == 0.5
    assert values["precision"] is None
    assert values["log_loss"] == pytest.approx(-(2 * np.log(0.75) + np.log(0.25)) / 3)


def test_the_baseline_is_never_infinitely_wrong():
    prior = baseline.fit(np.array([0, 0, 1]), 3).prior
    assert sum(prior) == pytest.approx(1)
    assert min(prior) > 0
    with pytest.raises(Unmet, match="at least one example"):
        baseline.fit([], 2)


def test_hostile_values_are_only_text():
    frame = pl.DataFrame({"name": ["<script>alert(1)</script>", "a\nb", "", "😀"] * 100})
    made = examine(
        answers.binary(400), primary="roc_auc", frame=frame, slices=["name"], sensitive=["name"], resamples=10
    )
    assert {one["value"] for one in made.report()["slices"]} == set(frame["name"])
