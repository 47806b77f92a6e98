"""A search starts from what is declared, and ends the same whatever the machine did meanwhile."""

from __future__ import annotations

import random
import threading
import time
from typing import Any

import optuna
import pytest
from tuning.toy import Toy, rows

from syllabus import architectures


def test_the_declared_parameters_are_the_first_trial_and_are_not_fitted_again(toy: Toy) -> None:
    toy.tune(trials=1)
    assert toy.fitted() == 0
    assert rows(toy, "trials.csv") == [
        {"trial": "0", "state": "complete", "score": "-0.6000000000000001", "depth": "4"}
        | {"how far": rows(toy, "trials.csv")[0]["how far"], "kind": "b"}
    ]


def test_the_best_trial_is_fitted_again_without_what_makes_a_search_cheap(toy: Toy) -> None:
    toy.tune()
    searched, again = toy.architecture.EVENTS[0][1], toy.architecture.EVENTS[-1][1]
    assert (searched.fast, again.fast) == (True, False)
    assert toy.found.improved
    assert toy.found.model.params == again.model_dump()
    assert toy.found.score == max(trial["score"] for trial in toy.found.trials if trial["score"] is not None)


def test_a_trial_that_is_worse_in_full_leaves_the_declared_model_and_says_so(toy: Toy) -> None:
    def score(model: Any) -> float:
        in_full = 0.6 if model.params["x"] == 0.9 else 0.7
        return -abs(model.params["x"] - 0.3) if model.params["fast"] else -in_full

    toy.tune(score=score)
    report = toy.found.report()
    assert (report["improved"], report["declared"], report["score"], report["again"]) == (False, -0.6, -0.6, -0.7)


def test_the_declared_model_stays_where_nothing_beats_it(toy: Toy) -> None:
    toy.params = {"x": 0.3}
    toy.tune()
    assert not toy.found.improved
    assert toy.found.model.params["x"] == 0.3
    assert toy.found.score == toy.found.declared
    assert toy.found.curve.points == [(1, 1.0, 1.0)]


def test_every_trial_is_written_with_what_was_chosen(toy: Toy) -> None:
    toy.tune(trials=14)
    written = rows(toy, "trials.csv")
    assert [int(row["trial"]) for row in written] == list(range(14))
    assert {row["state"] for row in written} == {"complete", "pruned"}
    for row in written:
        assert 0 <= float(row["how far"]) <= 1
        assert (row["depth"] != "") == (row["kind"] == "b")
        assert (row["score"] != "") == (row["state"] == "complete")
    history = [float(row["best"]) for row in rows(toy, "history.csv")]
    assert history == sorted(history)
    shares = [float(row["importance"]) for row in rows(toy, "importance.csv")]
    assert sum(shares) == pytest.approx(1)


def test_a_trial_whose_curve_is_worse_than_most_ends_early(toy: Toy) -> None:
    reached: dict[float, int] = {}

    def note(params: Any, iteration: int) -> None:
        reached[params.x] = iteration

    toy.architecture.BEFORE = note
    toy.tune(trials=20)
    states = {trial["how far"]: trial["state"] for trial in toy.found.trials[1:]}
    assert {reached[x] for x, state in states.items() if state == "complete"} == {40}
    assert {reached[x] for x, state in states.items() if state == "pruned"} == {16}
    assert abs(toy.found.model.params["x"] - 0.3) < 0.1


def test_two_runs_give_the_same_files(toy: Toy) -> None:
    once = toy.tune(out="once")
    toy.forget()
    assert toy.tune(out="twice") == once
    toy.forget()
    assert toy.tune(out="other", seed=4) != once


@pytest.mark.parametrize("threads", ["1", "2", "4"])
def test_which_trial_ends_first_changes_nothing(toy: Toy, threads: str, monkeypatch: pytest.MonkeyPatch) -> None:
    once = toy.tune(out="once", trials=16)
    toy.forget()
    monkeypatch.setenv("SYLLABUS_THREADS", threads)
    draw = random.Random(threads)
    toy.architecture.BEFORE = lambda params, iteration: time.sleep(draw.random() / 200 if iteration < 4 else 0)
    assert toy.tune(out="twice", trials=16) == once


def test_trials_run_side_by_side_where_the_architecture_allows(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    fitting: set[int] = set()
    shares: set[int] = set()

    def note(_: Any, iteration: int) -> None:
        if iteration == 1:
            time.sleep(0.02)
        fitting.add(threading.get_ident())
        shares.add(architectures.threads())

    monkeypatch.setenv("SYLLABUS_THREADS", "4")
    toy.architecture.BEFORE = note
    toy.tune(trials=10)
    assert len(fitting) > 2  # this thread, and one a trial
    assert shares >= {1}
    toy.forget()
    fitting.clear()
    toy.architecture.SIDE_BY_SIDE = False
    toy.tune(trials=10)
    assert len(fitting) <= 2


def test_a_limit_in_time_ends_the_search(toy: Toy) -> None:
    toy.architecture.BEFORE = lambda *_: time.sleep(0.001)
    began = time.monotonic()
    toy.tune(trials=100_000, seconds=0.5)
    assert time.monotonic() - began < 5
    assert 1 < len(toy.found.trials) < 1000
    assert [trial["trial"] for trial in toy.found.trials] == list(range(len(toy.found.trials)))


def test_a_fit_that_fails_ends_the_search_and_says_why(toy: Toy) -> None:
    def fail(params: Any, iteration: int) -> None:
        time.sleep(0.001)
        if toy.fitted() > 4 and iteration == 1:
            raise RuntimeError("out of luck")

    toy.architecture.BEFORE = fail
    alone = threading.active_count()
    with pytest.raises(RuntimeError, match="out of luck"):
        toy.tune()
    assert threading.active_count() == alone


def test_what_a_study_needs_of_optuna_is_there_without_its_companions(toy: Toy) -> None:
    assert optuna.importance.PedAnovaImportanceEvaluator
    toy.tune(trials=12)
    assert set(toy.found.importance) <= {"how far", "kind", "depth"}
