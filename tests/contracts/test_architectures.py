"""What every architecture promises: those of the library, by discovery, and one that a project brings along."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import easy
import numpy as np
import optuna
import problems
import pytest
from contracts.kinds import Solved, every_kind, mixed, of_classes, usual
from pydantic import ValidationError

from syllabus import architectures
from syllabus.examination import language, texts
from syllabus.examples import Examples
from syllabus.losses import loss


def test_it_is_complete(architecture: Any) -> None:
    assert architectures.lacking(architecture) == []


@every_kind
def test_it_beats_the_prior(solved: Solved) -> None:
    model, train, _, test = solved
    if train.task.kind == "forecast":
        apart = np.nanquantile(train.labels - train.arrays["scale"][:, :1], train.task.quantiles)
        prior = test.arrays["scale"][:, 0, None, None] + np.zeros((*test.labels.shape, 1)) + apart
    elif train.task.kind == "language":
        bits = texts.prior_bits(test.labels, language.prior(train))
        prior = np.column_stack([bits * np.log(2), bits, bits])
    elif train.task.kind == "rating":
        prior = np.column_stack([np.full(len(test), train.labels.mean()), test.arrays["popular"]])
    elif train.task.kind == "regression":
        prior = np.full(len(test), train.labels.mean())
    else:
        prior = np.tile(np.bincount(train.labels) / len(train), (len(test), 1))
    assert easy.loss(test, model.predict(test)) < 0.9 * easy.loss(test, prior)


@every_kind
def test_it_answers_with_probabilities_or_values(solved: Solved) -> None:
    model, _, _, test = solved
    answered = model.predict(test)
    if test.task.kind == "language":
        assert answered.shape == (len(test), 3)
        assert (answered > 0).all()
        assert (answered[:, 2] <= answered[:, 1]).all()
        return
    if test.task.kind == "rating":
        assert answered.shape == (len(test), 2)
        assert (answered[:, 1] >= 1).all()
        return
    if test.task.kind == "regression":
        assert answered.shape == (len(test),)
        assert answered.dtype == np.float64
        return
    if test.task.kind == "forecast":
        assert answered.shape == (*test.labels.shape, len(test.task.quantiles))
        assert answered.dtype == np.float64
        assert (np.diff(answered, axis=2) >= 0).all()
        return
    assert answered.shape == (len(test), len(test.task.classes))
    assert answered.dtype == np.float64
    assert answered.min() >= 0
    np.testing.assert_allclose(answered.sum(axis=1), 1, atol=1e-9)


@mixed
def test_the_answer_on_a_row_does_not_depend_on_the_rows_beside_it(solved: Solved) -> None:
    model, _, _, test = solved
    together, alone = model.predict(test), [model.predict(problems.taken(test, [row])) for row in range(20)]
    assert np.concatenate(alone).tobytes() == together[:20].tobytes()


@every_kind
def test_inputs_are_not_modified(architecture: Any, kind: str) -> None:
    parts = easy.problem(kind)
    before = [array.tobytes() for part in parts for array in (*part.arrays.values(), part.labels)]
    for part in parts:
        for array in (*part.arrays.values(), part.labels):
            array.setflags(write=False)
    train, validation, test = parts
    easy.fitted(architecture, train, validation, **architecture.SEARCH).predict(test)
    assert [array.tobytes() for part in parts for array in (*part.arrays.values(), part.labels)] == before


@mixed
def test_it_predicts_without_knowing_the_target(solved: Solved) -> None:
    model, _, _, test = solved
    assert model.predict(replace(test, target=None)).tobytes() == model.predict(test).tobytes()


def test_unknown_parameters_are_refused(architecture: Any) -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        architecture.Params(nonsense=1)


def test_its_space_always_fits_its_parameters(architecture: Any) -> None:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    for _ in range(300):
        trial = study.ask()
        chosen = architecture.space(trial)
        assert chosen
        architecture.Params(**architecture.SEARCH | chosen)
        # What was suggested is all that a study keeps of a trial: it must lead to the same parameters again.
        assert architecture.space(optuna.trial.FixedTrial(trial.params)) == chosen


@every_kind
def test_it_reports_increasing_iterations_and_finite_losses(architecture: Any, kind: str) -> None:
    train, validation, _ = easy.problem(kind)
    points: list[tuple[int, float, float]] = []
    params = easy.params(architecture, **architecture.SEARCH)
    architecture.fit(params, train, validation, seed=5, report=lambda *point: points.append(point))
    assert [point[0] for point in points] == list(range(1, len(points) + 1))
    assert points
    assert np.isfinite(np.array(points)[:, 1:]).all()


@mixed
def test_what_it_keeps_is_the_best_point_of_its_curve(architecture: Any, kind: str) -> None:
    train, validation, _ = easy.problem(kind)
    losses: list[float] = []
    params = easy.params(architecture, **architecture.SEARCH)
    model = architecture.fit(params, train, validation, seed=5, report=lambda *point: losses.append(point[2]))
    assert easy.loss(validation, model.predict(validation)) == pytest.approx(min(losses), rel=1e-9)


def test_a_report_may_raise_to_stop(architecture: Any, name: str, tmp_path: Path) -> None:
    train, validation, _ = easy.problem(usual(name))
    before = easy.files(easy.fitted(architecture, train, validation, **architecture.SEARCH), tmp_path / "before")

    def stop(*_: Any) -> None:
        raise InterruptedError("enough")

    with pytest.raises(InterruptedError, match="enough"):
        architecture.fit(easy.params(architecture), train, validation, seed=5, report=stop)
    assert easy.files(easy.fitted(architecture, train, validation, **architecture.SEARCH), tmp_path / "after") == before


@of_classes
def test_weights_of_classes_are_learned_and_taken_back(architecture: Any, kind: str) -> None:
    if not architectures.weighted(architecture):
        pytest.skip("does not say that it learns from weights")
    train, validation, test = (imbalanced(part) for part in easy.problem(kind, rows=3000))
    counts = np.bincount(train.labels)
    task = replace(train.task, weights=tuple(len(train) / (len(counts) * counts)))
    weighted = [replace(part, task=task) for part in (train, validation, test)]
    curve: list[float] = []
    model = architecture.fit(
        easy.params(architecture), *weighted[:2], seed=5, report=lambda _, __, seen: curve.append(seen)
    )
    plain = easy.fitted(architecture, train, validation).predict(test)
    answered = model.predict(weighted[2])
    # While it learns, a rare class is as frequent as any other; asked, it is as frequent as it is.
    assert answered[:, -1].mean() > plain[:, -1].mean() + 0.01
    truth = np.bincount(test.labels) / len(test)
    assert task.original(answered).mean(axis=0) == pytest.approx(truth, abs=0.06)
    assert min(curve) == pytest.approx(loss(model.predict(weighted[1]), weighted[1]), rel=0.02)


def imbalanced(examples: Examples) -> Examples:
    """Return examples of which the last class is rare."""
    rare = examples.labels == examples.labels.max()
    return problems.taken(examples, np.flatnonzero(~rare | (np.arange(len(examples)) % 8 == 0)))
