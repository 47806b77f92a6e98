"""Ranks and what is made of them, against the plainest way to count."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import easy
import numpy as np
import pytest

from syllabus import architectures
from syllabus.errors import Unmet
from syllabus.examination import examine, rating
from syllabus.examples import Examples
from syllabus.ratings import answering, seen


def test_a_rank_is_the_place_among_what_the_user_had_not_seen() -> None:
    history = seen.seen(np.array([0, 0, 1], np.int32), np.array([3, 1, 0], np.int32), (2, 5))
    scores = np.array([0.1, 0.9, 0.5, 0.8, 0.3])
    users, items = np.array([0, 0, 1, -1, 1, 0], np.int32), np.array([2, 0, 2, 2, -1, 3], np.int32)
    found = seen.ranks(users, items, history, lambda _: scores)
    # User 0 has seen 3 and 1, so item 2 leads; user 1 has 1 and 3 before it, and so has a new user; a new item is
    # behind all; what was seen is set among the others.
    assert found.tolist() == [1, 3, 3, 3, 5, 1]


def test_one_score_for_all_is_the_middle() -> None:
    history = seen.seen(np.array([0], np.int32), np.array([0], np.int32), (1, 10))
    found = seen.ranks(np.array([0, -1], np.int32), np.array([4, 4], np.int32), history, lambda _: np.zeros(10))
    assert found.tolist() == [5.0, 5.5]


def small(liked: float | None) -> tuple[Examples, Any]:
    _, _, test = easy.problem("ratings, values")
    random = np.random.default_rng(2)
    given = np.column_stack([random.uniform(1, 5, len(test)), random.integers(1, 30, len(test))])
    return replace(test, task=replace(test.task, liked=liked)), given


@pytest.mark.parametrize("liked", [None, 3.0])
def test_the_metrics_of_users_are_the_means_over_users(liked: float | None) -> None:
    test, given = small(liked)
    expected: dict[str, list[float]] = {"ndcg_at_10": [], "recall_at_10": [], "hit_rate_at_10": []}
    for who in np.unique(test.arrays["who"]):
        mine = test.arrays["who"] == who
        ranks = [r for r, v in zip(given[mine, 1], test.labels[mine], strict=True) if liked is None or v >= liked]
        if not ranks:
            continue
        gains = sum(1 / np.log2(1 + r) for r in ranks if r <= 10)
        expected["ndcg_at_10"].append(gains / sum(1 / np.log2(1 + r) for r in range(1, min(len(ranks), 10) + 1)))
        expected["recall_at_10"].append(np.mean([r <= 10 for r in ranks]))
        expected["hit_rate_at_10"].append(float(min(ranks) <= 10))
    answers = rating.answered(given, test)
    for name, each in expected.items():
        assert rating.value(name, answers) == pytest.approx(np.mean(each)), name
    assert rating.value("rmse", answers) == pytest.approx(np.sqrt(np.mean((given[:, 0] - test.labels) ** 2)))


def test_an_examination_resamples_users_and_tells_of_what_is_new() -> None:
    test, given = small(None)
    found = examine(rating.answered(given, test), primary="rmse", resamples=200)
    measured = found.metrics["ndcg_at_10"]
    assert measured.value is not None
    assert measured.low is not None
    assert measured.high is not None
    assert measured.low < measured.value < measured.high
    cold = {one["name"]: one["rows"] for one in found.findings["cold"]}
    assert sum(cold.values()) == len(test)
    assert cold["new user"] == int(((test.arrays["user"] < 0) & (test.arrays["item"] >= 0)).sum()) > 0
    assert cold["new item"] > 0
    assert found.findings["users"] == len(np.unique(test.arrays["who"]))


def test_clicks_have_no_error_of_values() -> None:
    _, _, test = easy.problem("ratings, clicks")
    given = np.column_stack([np.ones(len(test)), np.arange(1, len(test) + 1)])
    found = examine(rating.answered(given, test), primary="ndcg_at_10", resamples=0)
    assert found.metrics["rmse"].value is None
    assert found.metrics["rmse"].reason == "clicks have no value"
    assert found.answers.loss == pytest.approx(easy.loss(test, given))


@pytest.mark.parametrize("given", [np.ones((5, 3)), np.ones(3)])
def test_answers_of_another_shape_are_refused(given: Any) -> None:
    test, _ = small(None)
    with pytest.raises(Unmet, match="ratings need"):
        rating.answered(given, test)


def test_a_rank_below_one_is_refused() -> None:
    test, given = small(None)
    given[3, 1] = 0
    with pytest.raises(Unmet, match="no rank from 1 on, for 1 of"):
        rating.answered(given, test)


def test_taste_is_found_where_popularity_says_little() -> None:
    train, validation, test = easy.problem("ratings, clicks")
    base = np.column_stack([np.ones(len(test)), test.arrays["popular"]])
    popular = rating.value("ndcg_at_10", rating.answered(base, test))
    for name in ("factorization", "neighbours"):
        model = easy.fitted(architectures.load(name), train, validation)
        assert rating.value("ndcg_at_10", rating.answered(model.predict(test), test)) > 2 * popular, name


@pytest.mark.parametrize(
    ("name", "params"), [("biases", {}), ("factorization", {"method": "biased"}), ("neighbours", {"method": "values"})]
)
def test_what_learns_values_refuses_clicks(name: str, params: dict[str, Any]) -> None:
    train, validation, _ = easy.problem("ratings, clicks")
    with pytest.raises(Unmet, match=r"clicks have no"):
        easy.fitted(architectures.load(name), train, validation, **params)


@pytest.mark.parametrize("name", ["biases", "factorization", "neighbours"])
def test_no_value_beyond_the_range_is_predicted(name: str) -> None:
    train, validation, test = easy.problem("ratings, values")
    narrow = [replace(part, task=replace(part.task, bounds=(2.9, 3.1))) for part in (train, validation, test)]
    values = easy.fitted(architectures.load(name), *narrow[:2]).predict(narrow[2])[:, 0]
    assert values.min() == 2.9
    assert values.max() == 3.1


@pytest.mark.parametrize("name", ["factorization", "neighbours"])
def test_where_ranks_are_the_goal_values_are_those_of_biases(name: str) -> None:
    train, validation, _ = easy.problem("ratings, ranks of what was liked")
    model = easy.fitted(architectures.load(name), train, validation)
    biases = easy.fitted(architectures.load("biases"), train, validation)
    np.testing.assert_array_equal(model.predict(validation)[:, 0], biases.predict(validation)[:, 0])
    assert easy.loss(validation, model.predict(validation)) < 0.95 * easy.loss(validation, biases.predict(validation))


@pytest.mark.parametrize(("name", "method"), [("factorization", "implicit"), ("neighbours", "clicks")])
def test_what_learns_ranks_refuses_values_as_the_goal(name: str, method: str) -> None:
    train, validation, _ = easy.problem("ratings, values")
    with pytest.raises(Unmet, match=r"learns no values: let data\.options\.goal be ranks"):
        easy.fitted(architectures.load(name), train, validation, method=method)


def test_curves_of_ranks_say_what_the_metric_judges() -> None:
    train, validation, _ = easy.problem("ratings, ranks of what was liked")
    points: list[tuple[int, float, float]] = []
    factors = architectures.load("factorization")
    model = factors.fit(factors.Params(), train, validation, seed=1, report=lambda *point: points.append(point))
    answers = rating.answered(model.predict(validation), validation)
    assert min(point[2] for point in points) == pytest.approx(answers.loss)
    assert points[0][2] > 1.01 * answers.loss
    liked = validation.labels >= 3.5
    assert answers.loss == pytest.approx(np.mean(1 - 1 / np.log2(1 + answers.ranks[liked])))


def test_a_long_curve_is_about_some_users(monkeypatch: pytest.MonkeyPatch) -> None:
    train, _, _ = easy.problem("ratings, clicks")
    biased = replace(train, task=replace(train.task, clicks=False))
    model = easy.fitted(architectures.load("biases"), biased, biased)
    whole = answering.loss(model, replace(biased))
    monkeypatch.setattr(answering, "WATCHED", 20)
    asked: list[int] = []

    class Counted:
        history = model.history

        def values(self, examples: Examples) -> Any:
            asked.append(len(np.unique(examples.arrays["who"])))
            return model.values(examples)

        def scores(self, user: int) -> Any:
            return model.scores(user)

    some = answering.loss(Counted(), replace(biased))
    assert 5 <= asked[0] <= 40
    assert some == pytest.approx(whole, rel=0.3)
