"""A model is registered when it passes every gate; a gate that it misses says by how much and what to do."""

from __future__ import annotations

import dataclasses

import pytest

from syllabus.registry.gates import Evidence, decide
from syllabus.settings import Gates

GOOD = Evidence(
    metric="roc_auc",
    metrics={"roc_auc": 0.93, "log_loss": 0.28, "precision": None},
    baseline={"roc_auc": 0.5, "log_loss": 0.55},
    fairness={"sex": {"equal_opportunity_difference": 0.05}},
    verdict="good",
    advice="add columns",
    failed=(),
)


def gates(**asked: object) -> Gates:
    return Gates.model_validate({"fit": [], "validation": False} | asked, strict=False)


@pytest.mark.parametrize(
    "asked",
    [
        {"at_least": {"roc_auc": 0.93}},
        {"at_most": {"log_loss": 0.3}},
        {"fairness": {"at_most": 0.05}},
        {"better_than_baseline_by": 0.4},
        {"fit": ["good", "underfit"]},
        {"validation": True},
        {},
    ],
)
def test_a_good_model_passes(asked: dict[str, object]) -> None:
    assert decide(gates(**asked), GOOD).passed


@pytest.mark.parametrize(
    ("asked", "evidence", "sentence"),
    [
        ({"at_least": {"roc_auc": 0.95}}, {}, "roc_auc is 0.9300 and must be at least 0.95, missed by 0.0200"),
        ({"at_most": {"log_loss": 0.2}}, {}, "log_loss is 0.2800 and must be at most 0.2, missed by 0.0800"),
        ({"at_least": {"precision": 0.1}}, {}, "precision could not be measured and must be at least 0.1"),
        (
            {"fairness": {"at_most": 0.01}},
            {},
            "equal_opportunity_difference across sex is 0.0500 and must be at most 0.01",
        ),
        ({"better_than_baseline_by": 0.5}, {}, "roc_auc over the baseline is 0.4300 and must be at least 0.5"),
        ({"better_than_baseline_by": 0.3}, {"metric": "log_loss"}, "log_loss over the baseline is 0.2700"),
        ({"fit": ["good"]}, {"verdict": "overfit"}, "the verdict on the fit is overfit and must be good"),
        (
            {"validation": True},
            {"failed": ("range(age)",)},
            "the number of expectations that did not hold is 1 and must be at most 0",
        ),
    ],
)
def test_a_missed_gate_says_by_how_much(asked: dict[str, object], evidence: dict[str, object], sentence: str) -> None:
    decision = decide(gates(**asked), dataclasses.replace(GOOD, **evidence))
    assert not decision.passed
    assert decision.failed[0].sentence.startswith(sentence)
    assert decision.failed[0].advice


def test_a_gap_that_cannot_be_measured_does_not_pass() -> None:
    unknown = dataclasses.replace(GOOD, fairness={"race": {"equal_opportunity_difference": None}})
    assert not decide(gates(fairness={"at_most": 0.5}), unknown).passed


def test_a_gate_within_the_interval_says_that_it_is_not_settled() -> None:
    asked = gates(at_least={"roc_auc": 0.9})
    found = dataclasses.replace(GOOD, metrics={"roc_auc": 0.95}, bounds={"roc_auc": (0.7, 1.0)})
    (gate,) = decide(asked, found).gates
    assert gate.passed
    assert gate.sentence.endswith("the rows of test do not settle it: between 0.7000 and 1.0000")
    (settled,) = decide(asked, dataclasses.replace(found, bounds={"roc_auc": (0.92, 0.97)})).gates
    assert "settle" not in settled.sentence
