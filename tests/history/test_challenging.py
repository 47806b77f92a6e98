"""A challenger wins by what was declared before: its metric, its margin, and whether chance must be ruled out."""

from __future__ import annotations

from typing import Any

import pytest

from syllabus.history import deciding
from syllabus.settings import Retraining


def compared(metric: str, first: float, second: float, better: str | None = "second") -> dict[str, Any]:
    row = {"metric": metric, "first": {"value": first}, "second": {"value": second}, "difference": second - first}
    row |= {"low": second - first - 0.01, "high": second - first + 0.01, "p": 0.01, "better": better}
    return {"unable": None, "metrics": [row], "test": {"rows": 1234}}


@pytest.mark.parametrize(
    ("metric", "second", "better", "asked", "wins"),
    [
        ("roc_auc", 0.85, "second", {}, True),
        ("roc_auc", 0.75, "first", {}, False),
        ("log_loss", 0.75, "second", {}, True),
        ("log_loss", 0.85, "first", {}, False),
        ("roc_auc", 0.80, None, {"sure": False}, False),
        ("roc_auc", 0.85, None, {}, False),
        ("roc_auc", 0.85, None, {"sure": False}, True),
        ("roc_auc", 0.85, "second", {"margin": 0.1}, False),
        ("log_loss", 0.65, "second", {"margin": 0.1}, True),
    ],
)
def test_who_wins(metric: str, second: float, better: str | None, asked: dict[str, Any], wins: bool) -> None:
    assert deciding.decide(compared(metric, 0.8, second, better), metric, Retraining(**asked)).better is wins


def test_the_sentence_has_the_figures_and_all_reasons() -> None:
    found = deciding.decide(compared("roc_auc", 0.8, 0.805, None), "roc_auc", Retraining(margin=0.01))
    assert found.sentence == (
        "roc_auc is 0.8050, the champion's 0.8000 on the same 1,234 rows of test, a difference of +0.005 "
        "(-0.005 to +0.015): better by less than the margin of 0.01 and no more than chance may do"
    )


def test_without_a_comparison_nobody_wins() -> None:
    unable = compared("roc_auc", 0.8, 0.9) | {"unable": "9 rows of test are left that neither has learned from"}
    found = deciding.decide(unable, "roc_auc", Retraining(sure=False))
    assert (found.better, found.sentence) == (
        False,
        "the two cannot be compared: 9 rows of test are left that neither has learned from",
    )
    found = deciding.decide(compared("roc_auc", 0.8, 0.9), "f1", Retraining(sure=False))
    assert (found.better, found.sentence) == (False, "f1 could not be measured of both on the same rows")
