import json
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from syllabus.errors import Unmet
from syllabus.examination import calibration, metrics, weighted
from syllabus.examination.predictions import Predictions
from tests.examination import answers


def test_names_and_directions_are_known_without_loading_any_library():
    script = (
        "import sys, json; from syllabus.examination import metrics; "
        "print(json.dumps([metrics.names('classification'), [m for m in ('numpy', 'sklearn', 'polars') if m in sys.modules]]))"
    )
    names, loaded = json.loads(subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout)
    assert "roc_auc" in names
    assert loaded == []
    assert [name for name in names if metrics.get(name).better == "lower"] == [
        "log_loss",
        "brier",
        "calibration_error",
        "cost",
    ]


def test_binary_values_are_those_of_scikit_learn():
    part = answers.binary(500)
    y, p = part.target, part.probabilities[:, 1]
    said = p >= 0.5
    expected = {
        "accuracy": sk.accuracy_score(y, said),
        "balanced_accuracy": sk.balanced_accuracy_score(y, said),
        "precision": sk.precision_score(y, said),
        "recall": sk.recall_score(y, said),
        "f1": sk.f1_score(y, said),
        "roc_auc": sk.roc_auc_score(y, p),
        "pr_auc": sk.average_precision_score(y, p),
        "log_loss": sk.log_loss(y, p),
        "brier": sk.brier_score_loss(y, p),
    }
    found = metrics.measure(part)
    assert {name: found[name].value for name in expected} == pytest.approx(expected, abs=1e-14)


def test_values_of_several_classes_are_averaged_each_against_the_rest():
    part = answers.several(800, 5)
    y, p = part.target, part.probabilities
    said = p.argmax(axis=1)
    expected = {
        "accuracy": sk.accuracy_score(y, said),
        "balanced_accuracy": sk.balanced_accuracy_score(y, said),
        "precision": sk.precision_score(y, said, average="macro"),
        "recall": sk.recall_score(y, said, average="macro"),
        "f1": sk.f1_score(y, said, average="macro"),
        "roc_auc": sk.roc_auc_score(y, p, multi_class="ovr", average="macro"),
        "pr_auc": np.mean([sk.average_precision_score(y == code, p[:, code]) for code in range(5)]),
        "log_loss": sk.log_loss(y, p),
        "brier": sk.brier_score_loss(y, p),
    }
    found = metrics.measure(part)
    assert {name: found[name].value for name in expected} == pytest.approx(expected, abs=1e-14)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    n=st.integers(1, 60),
    k=st.integers(2, 6),
    digits=st.sampled_from([None, 1]),
    seed=st.integers(0, 2**31),
    threshold=st.floats(0.05, 0.95),
)
def test_the_formulas_for_resamples_equal_scikit_learn_on_any_part(n, k, digits, seed, threshold):
    """Small parts, absent classes and ties included: the same value, or none in both."""
    made = answers.several(n, k, seed=seed, digits=digits)
    part = Predictions.of(made.target, made.probabilities, made.classes, threshold=threshold)
    ours = weighted.values(part, metrics.reported(part), np.ones((1, n)))
    for name, measured in metrics.measure(part).items():
        if measured.value is None:
            assert np.isnan(ours[name][0])
            assert measured.reason
        else:
            assert ours[name][0] == pytest.approx(measured.value, abs=1e-12)


def test_a_weight_counts_a_row_as_often():
    part = answers.binary(40, digits=1)
    weights = np.random.default_rng(0).integers(0, 4, 40)
    repeated = part.rows(np.repeat(np.arange(40), weights))
    ours = weighted.values(part, metrics.reported(part), weights[None].astype(float))
    expected = {name: one.value for name, one in metrics.measure(repeated).items()}
    assert {name: value[0] for name, value in ours.items()} == pytest.approx(expected, abs=1e-12)


def test_a_positive_class_of_the_first_code_turns_the_question_around():
    part = answers.binary(300)
    turned = Predictions.of(part.target, part.probabilities, part.classes, positive=0)
    y = 1 - part.target
    assert metrics.measure(turned)["recall"].value == sk.recall_score(y, part.probabilities[:, 0] >= 0.5)
    assert metrics.measure(turned)["pr_auc"].value == pytest.approx(
        sk.average_precision_score(y, part.probabilities[:, 0])
    )


@pytest.mark.parametrize(
    ("target", "probability", "without"),
    [
        ([0, 0, 0], [0.1, 0.2, 0.9], {"balanced_accuracy", "recall", "roc_auc", "pr_auc"}),
        ([1, 1, 1], [0.1, 0.2, 0.9], {"balanced_accuracy", "roc_auc", "pr_auc"}),
        ([0, 1, 1], [0.1, 0.2, 0.3], {"precision"}),
        ([0, 0, 0], [0.1, 0.2, 0.3], {"balanced_accuracy", "precision", "recall", "f1", "roc_auc", "pr_auc"}),
        ([], [], set(metrics.names("classification")) - {"cost"}),
    ],
)
def test_a_part_without_a_class_has_no_value_and_says_why(target, probability, without):
    p = np.array(probability)
    found = metrics.measure(Predictions.of(np.array(target, dtype=int), np.column_stack([1 - p, p]), ("no", "yes")))
    assert {name for name, one in found.items() if one.value is None} == without
    assert all(found[name].reason for name in without)


def test_of_several_classes_those_without_examples_do_not_count():
    full = answers.several(400, 4)
    part = full.rows(full.target != 2)
    assert part.absent == ("class 2",)
    y, p = part.target, part.probabilities
    found = metrics.measure(part)
    assert found["roc_auc"].value == pytest.approx(np.mean([sk.roc_auc_score(y == c, p[:, c]) for c in (0, 1, 3)]))
    assert found["recall"].value == pytest.approx(
        sk.recall_score(y, p.argmax(axis=1), labels=[0, 1, 3], average="macro")
    )


def test_the_expected_calibration_error_is_that_of_its_definition():
    part = answers.binary(1000)
    p, y = part.probabilities[:, 1], part.target
    edges = np.linspace(0, 1, 11)
    error = 0.0
    for low, high in pairwise(edges):
        inside = (p > low) & (p <= high) if low else p <= high
        if inside.any():
            error += inside.mean() * abs(y[inside].mean() - p[inside].mean())
    assert calibration.expected_error(part) == pytest.approx(error)


def test_what_is_no_answer_is_refused_in_one_sentence():
    ok = np.array([[0.5, 0.5], [0.2, 0.8]])
    for target, given_, said in [
        ([0, 1, 1], ok, r"shape \(2, 2\)"),
        ([0, 2], ok, "from 0 to 1"),
        ([0.0, 1.0], ok, "whole numbers"),
        ([0, 1], ok * np.nan, "2 of 2"),
        ([0, 1], ok + 0.5, "sum to 1"),
        ([0, 1], np.array([[1.5, -0.5], [0.2, 0.8]]), "between 0 and 1"),
    ]:
        with pytest.raises(Unmet, match=said):
            Predictions.of(np.array(target), given_, ("no", "yes"))
    with pytest.raises(Unmet, match="two classes"):
        Predictions.of([0], [[0.2, 0.3, 0.5]], ("a", "b", "c"), positive=1)
    with pytest.raises(Unmet, match="roc_auc"):
        metrics.measure(answers.binary(10), ["rocauc"])


def test_single_precision_is_accepted():
    part = answers.several(200, 7)
    single = Predictions.of(part.target, part.probabilities.astype(np.float32), part.classes)
    assert metrics.measure(single)["log_loss"].value == pytest.approx(metrics.measure(part)["log_loss"].value, abs=1e-5)
