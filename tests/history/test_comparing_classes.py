"""Which of two classes is the rarer one changes with the data: two models that ask otherwise are still compared."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from syllabus.examination.predictions import Predictions
from syllabus.examination.thresholds import Choice
from syllabus.registry import versions
from tests.history import past_runs
from tests.history.test_stages import said


def answered() -> Predictions:
    rng = np.random.default_rng(3)
    chance = rng.random(500).round(2)
    target = (rng.random(500) < chance).astype(int)
    given = Predictions.of(target, np.column_stack([1 - chance, chance]), ("no", "yes"), costs=(1.0, 4.0))
    choice = Choice(0.25, None, True, 500, {}, {"north": 0.75}, "side")
    groups = np.where(rng.random(500) < 0.5, "north", "south")
    return replace(given.deciding(choice), groups=groups, weights=(1.0, 3.0))


def test_answers_asked_about_the_other_class_decide_and_cost_the_same() -> None:
    given = answered()
    other = given.asking(("yes", "no"))
    assert (other.classes, other.weights, other.costs) == (("yes", "no"), (3.0, 1.0), (4.0, 1.0))
    assert other.decided.tolist() == (1 - given.decided).tolist()
    assert (given.groups == "north").sum() > 200, "both thresholds decide"
    assert other.confusion.tolist() == given.confusion[::-1, ::-1].tolist()
    assert other.loss == pytest.approx(given.loss)


@pytest.mark.parametrize("classes", [("no", "yes"), ("a", "b"), ("a", "b", "c"), ()])
def test_answers_that_need_no_turning_stay(classes: tuple[str, ...]) -> None:
    given = answered()
    assert given.asking(classes) is given


def test_versions_that_ask_about_different_classes_are_compared_about_that_of_the_newer(
    past: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same model learned again, asked about the other class: on the same rows nothing differs."""
    monkeypatch.setitem(past_runs.DATA, "positive", "no")
    past_runs.finish(past, rows=900, depth=1, seed=2)
    versions.make(past)

    found = json.loads(said(capsys, "compare", "v0.0.2", "v0.0.3", "--json"))
    assert found["unable"] is None
    rows = {row["metric"]: row for row in found["metrics"]}
    for name in ("roc_auc", "log_loss", "accuracy", "f1", "recall", "precision"):
        assert rows[name]["difference"] == pytest.approx(0, abs=1e-6), name
    assert rows["recall"]["second"]["value"] == pytest.approx(found["second"]["recorded"]["recall"]["value"], abs=1e-5)
    assert found["test"]["about"] == "no"
    assert found["answers changed"] == []
    told = said(capsys, "compare", "v0.0.2", "v0.0.3")
    assert "They were examined about different classes; here both are asked about no." in told
