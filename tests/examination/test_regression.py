"""A regression is examined as a classification is: metrics with intervals, slices, groups, the verdict on the fit."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import answers as made_up
import numpy as np
import polars as pl
import pytest
from fairlearn.metrics import MetricFrame
from sklearn import metrics as sk

from syllabus import conformal
from syllabus.errors import Unmet
from syllabus.examination import curves, examine, fit, group_errors, intervals, metrics, regression
from syllabus.examination.values import Values
from syllabus.examples import Examples, Task
from syllabus.settings import Examination

TASK = Task("regression")
NAMES = metrics.names("regression")
PRIOR = (100.0, 900.0)


def values(n: int, *, seed: int = 0, noise: float = 10.0, task: Task = TASK, level: float | None = 0.9) -> Values:
    """A model that errs by `noise` on a target of mean 100 and deviation 30."""
    random = np.random.default_rng(seed)
    target = np.abs(random.normal(100, 30, n)) + 0.01
    found = Values.of(target, target + random.normal(0, noise, n), task)
    if level is None:
        return found
    return found.within(conformal.fit((target, found.predicted), (target, found.predicted), task, level))


def test_metrics_are_those_of_scikit_learn() -> None:
    part = values(501)
    low, high = part.ends
    found = {name: one.value for name, one in metrics.measure(part).items()}
    assert found == {
        "mae": pytest.approx(sk.mean_absolute_error(part.target, part.predicted)),
        "rmse": pytest.approx(sk.root_mean_squared_error(part.target, part.predicted)),
        "r2": pytest.approx(sk.r2_score(part.target, part.predicted)),
        "median_absolute_error": pytest.approx(sk.median_absolute_error(part.target, part.predicted)),
        "mape": pytest.approx(sk.mean_absolute_percentage_error(part.target, part.predicted)),
        "pinball": pytest.approx(
            np.mean(
                [
                    sk.mean_pinball_loss(part.target, at, alpha=quantile)
                    for quantile, at in ((0.05, low), (0.5, part.predicted), (0.95, high))
                ]
            )
        ),
        "coverage": pytest.approx(((low <= part.target) & (part.target <= high)).mean()),
        "interval_width": pytest.approx((high - low).mean()),
    }


@pytest.mark.parametrize("n", [2, 3, 40, 41])
def test_weights_count_as_repeated_rows(n: int) -> None:
    part = values(n, level=None)
    if n > 9:
        part = values(n)
    weights = np.random.default_rng(1).integers(0, 4, n)
    weights[0] += 1
    repeated = {name: one.value for name, one in metrics.measure(part.rows(np.repeat(np.arange(n), weights))).items()}
    ours = regression.weighted(part, NAMES, weights[None].astype(float))
    for name, value in repeated.items():
        assert np.isnan(ours[name][0]) if value is None else ours[name][0] == pytest.approx(value), name


def test_a_large_target_with_a_small_spread_has_its_r2() -> None:
    part = values(500)
    far = replace(part, target=part.target + 1e9, predicted=part.predicted + 1e9)
    assert regression.value("r2", far) == pytest.approx(regression.value("r2", part), abs=1e-4)


def test_intervals_of_metrics_hold_the_truth() -> None:
    truth = {name: one.value for name, one in metrics.measure(values(200_000, seed=99), ["mae", "rmse", "r2"]).items()}
    held: dict[str, list[bool]] = {name: [] for name in truth}
    for seed in range(80):
        for name, one in intervals.measure(values(300, seed=seed, level=None), truth, resamples=200).items():
            assert one.low is not None
            assert one.high is not None
            held[name].append(one.low <= (truth[name] or 0) <= one.high)
    assert all(np.mean(found) > 0.87 for found in held.values()), {name: np.mean(found) for name, found in held.items()}


def test_what_has_no_value_says_why() -> None:
    same = Values.of([5.0, 5.0], [4.0, 5.0], TASK)
    found = metrics.measure(same)
    assert found["r2"].reason == "every true value is 5"
    assert found["coverage"].reason == "there are no prediction intervals here"
    assert metrics.measure(Values.of([0.0, 1.0], [1.0, 1.0], TASK))["mape"].reason == (
        "the true value is 0 in 1 of 2 examples"
    )
    assert {one.reason for one in metrics.measure(Values.of([], [], TASK)).values()} == {"there is no example"}


def test_a_prediction_that_is_no_number_is_refused() -> None:
    with pytest.raises(Unmet, match="no finite value for 1 of 2 examples"):
        Values.of([1.0, 2.0], [np.inf, 2.0], TASK)
    with pytest.raises(Unmet, match=r"shape \(1,\): 2 examples need \(2,\)"):
        Values.of([1.0, 2.0], [1.0], TASK)


@pytest.mark.parametrize("rows", [0, 1, 2, 9, 200])
def test_a_part_of_any_size_is_reported(rows: int) -> None:
    part = values(400).rows(np.arange(rows))
    frame = made_up.people(rows).with_row_index("row")
    made = examine(
        part, primary="mae", frame=frame, slices=["region", "age"], sensitive=["sex", "region"], resamples=20
    )
    report = json.loads(json.dumps(made.report(), allow_nan=False))
    assert report["task"] == "regression"
    assert len(report["largest"]) == min(rows, 10)
    assert sum(one["n"] for one in report["intervals"]["bins"]) == rows


def test_a_slice_that_is_predicted_worse_is_found() -> None:
    part, frame = values(2000), made_up.people(2000)
    south = (frame["region"] == "south").to_numpy()
    worse = replace(part, predicted=np.where(south, part.predicted + 40, part.predicted))
    made = examine(worse, primary="mae", frame=frame, slices=["region"], resamples=20)
    assert [one.value for one in made.slices if one.verdict == "worse"] == ["south"]
    assert made.slices[0].metrics["coverage"] < 0.1  # type: ignore[operator]


def test_errors_of_groups_are_fairlearns() -> None:
    part, frame = values(800), made_up.people(800)
    audited = group_errors.compute(part, frame, ["region"], min_group=30)[0]
    by_group = MetricFrame(
        metrics=sk.mean_absolute_error,
        y_true=part.target,
        y_pred=part.predicted,
        sensitive_features=frame["region"].to_numpy(),
    )
    assert {group["group"]: group["mae"]["value"] for group in audited.groups} == pytest.approx(
        by_group.by_group.to_dict()
    )
    assert audited.gaps["mae_difference"].value == pytest.approx(by_group.difference())
    assert audited.gaps["mae_ratio"].value == pytest.approx(1 / by_group.ratio())
    assert "islet" not in (audited.gaps_large["mae_ratio"].between or ())


def test_a_group_that_is_predicted_too_low_has_a_gap() -> None:
    part, frame = values(2000), made_up.people(2000)
    low = replace(part, predicted=part.predicted - 20 * (frame["sex"] == "F").to_numpy())
    gap = group_errors.compute(low, frame, ["sex"])[0].gaps_large["mean_error_difference"]
    assert gap.between == ("F", "M")
    assert gap.value == pytest.approx(20, abs=2)
    assert gap.low is not None
    assert gap.low > 15


@pytest.mark.parametrize("task", [TASK, Task("regression", transform="log")])
def test_the_baseline_answers_with_the_mean_or_the_median(task: Task) -> None:
    random = np.random.default_rng(0)

    def part(n: int) -> Examples:
        return Examples(task, {"numeric": np.zeros((n, 1))}, target=task.learned(random.exponential(10, n)))

    held = {"train": part(4000), "validation": part(500), "test": part(2000)}
    found = regression.baseline(held, Examination(metric="mae", sensitive=()))
    truth, train = task.original(held["test"].labels), task.original(held["train"].labels)
    assert found["mae"] == pytest.approx(abs(truth - np.median(train)).mean())
    assert found["rmse"] == pytest.approx(np.sqrt(((truth - train.mean()) ** 2).mean()))
    assert found["coverage"] == pytest.approx(0.9, abs=0.04)


@pytest.mark.parametrize(
    ("on_train", "unseen", "verdict"),
    [(8.0, 10.0, "good"), (29.9, 30.0, "underfit"), (0.1, 40.0, "overfit")],
)
def test_the_verdict_on_the_fit(on_train: float, unseen: float, verdict: str) -> None:
    parts = {
        "train": values(1000, seed=1, noise=on_train),
        "validation": values(400, seed=2, noise=unseen),
        "test": values(400, seed=3, noise=unseen),
    }
    found = fit.judge(parts, PRIOR, primary="mae")
    assert found.verdict == verdict
    assert "squared error" in found.why or "variances" in found.why


def test_answers_below_a_level_that_rose_are_shifted_and_not_good() -> None:
    parts = {"train": values(1000, seed=1, noise=8.0)}
    for seed, part in enumerate(("validation", "test"), 2):
        later = values(400, seed=seed, noise=8.0)
        parts[part] = Values.of(later.target + 12, later.predicted, later.task)
    found = fit.judge(parts, PRIOR, primary="mae")
    assert found.verdict == "shifted"
    assert "answers lie below the truth by" in found.why
    assert any("last value known" in one for one in found.advice)


@pytest.mark.parametrize("n", [0, 5, 3000])
def test_plots_have_their_rows(n: int, tmp_path: Any) -> None:
    curves.write(values(5000).rows(np.arange(n)), tmp_path)
    found = {path.stem: pl.read_csv(path) for path in tmp_path.iterdir()}
    assert {name: table.columns for name, table in found.items()} == {
        "predicted": ["actual", "predicted"],
        "residuals": ["predicted", "residual"],
        "coverage": ["predicted", "coverage", "level", "width"],
    }
    assert len(found["predicted"]) == min(n, 1000)
