"""A page is written of any run, however little or much it has to tell."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from loan_runs import PARAMS, Made, loans, make

from syllabus import examination
from syllabus.examination import curves
from syllabus.examination.predictions import Predictions
from syllabus.registry.gates import Decision
from syllabus.settings import Gates


def test_without_sensitive_columns_there_is_no_section_on_fairness(made: Made, tmp_path: Path) -> None:
    def forget(evaluated: Any) -> None:
        evaluated["test"]["fairness"], evaluated["gaps"] = [], {}

    page = made.changed(evaluated=forget).write(tmp_path / "page.html")
    assert not page.has("fairness")
    assert page.has("slices")


def test_without_slices_there_is_no_section_on_them(made: Made, tmp_path: Path) -> None:
    page = made.changed(evaluated=lambda evaluated: evaluated["test"].update(slices=[])).write(tmp_path / "page.html")
    assert not page.has("slices")


def test_one_candidate_has_nobody_to_be_better_than(made: Made, tmp_path: Path) -> None:
    def alone(evaluated: Any) -> None:
        name = evaluated["winner"]["name"]
        evaluated["candidates"] = [entry for entry in evaluated["candidates"] if entry["name"] == name]

    page = made.changed(evaluated=alone).write(tmp_path / "page.html")
    assert "Bold: the best of its row" not in page.section("candidates")
    assert page.html.count('class="number best"') == 0


def test_a_model_that_passes_is_shown_as_registered(made: Made, tmp_path: Path) -> None:
    passed = Decision(tuple(replace(gate, passed=True) for gate in made.decision.gates))
    page = replace(made, decision=passed).write(tmp_path / "page.html")
    assert "✓ Registered" in page.section("summary")
    assert "✗" not in page.section("summary") + page.section("decision")
    assert {"href": "package/card.md"} in page.all("a")


def test_without_gates_the_page_says_that_nothing_was_asked(made: Made, tmp_path: Path) -> None:
    none = made.settings.model_copy(update={"gates": Gates(fit=(), validation=False)})
    page = replace(made, settings=none, decision=Decision(())).write(tmp_path / "page.html")
    assert "No gate is declared" in page.section("decision")


def test_a_figure_that_could_not_be_measured_fails_its_gate_in_words(made: Made, tmp_path: Path) -> None:
    nothing = {"value": None, "low": None, "high": None, "reason": "every example is of one class"}
    page = made.changed(evaluated=lambda evaluated: evaluated["test"]["metrics"].update(roc_auc=nothing)).write(
        tmp_path / "page.html"
    )
    assert "ROC AUC could not be measured, and must be at least 0.6" in page.section("summary")
    assert "every example is of one class" in page.section("examination")


def test_a_failed_validation_is_said_in_red(made: Made, tmp_path: Path) -> None:
    def broken(validated: Any) -> None:
        validated["success"] = False
        validated["checks"][0] |= {"success": False, "unexpected": 9, "observed": "9 of 700 fail"}

    page = made.changed(validated=broken).write(tmp_path / "page.html")
    assert "A critical expectation failed" in page.section("quality")
    assert 'class="card critical"' in page.html
    assert page.section("quality").index("paid must be there") < page.section("quality").index("city must be a city")


def test_rows_of_test_that_stand_in_train_are_a_warning(made: Made, tmp_path: Path) -> None:
    page = made.changed(split=lambda split: split.update({"test rows also in train": 1})).write(tmp_path / "page.html")
    assert "1 row of test stands in train as well" in page.section("data")


def test_a_class_that_a_part_lacks_is_named(made: Made, tmp_path: Path) -> None:
    page = made.changed(split=lambda split: split["representation"]["paid"]["yes"].pop("validation")).write(
        tmp_path / "page.html"
    )
    assert "Not in every part: yes" in page.section("data")


def test_many_columns_with_long_names_are_folded(made: Made, tmp_path: Path) -> None:
    names = [f"{'a long name of a column ' * 6}{number}" for number in range(60)]

    def wide(ingested: Any) -> None:
        ingested["columns"] |= dict.fromkeys(names, "Float64")
        ingested["missing"] |= dict.fromkeys(names, 5)
        ingested["changes"] += [
            {"rule": "strip", "column": name, "rows": 7, "examples": [{"row": 1, "before": " x" * 99, "after": "x"}]}
            | {"undo": "`strip: false`"}
            for name in names
        ]

    page = made.changed(ingested=wide).write(tmp_path / "page.html")
    assert "65 columns; values are missing in 61 of them" in page.section("data")
    assert "and 56 more" in page.section("data")
    assert "<details><summary>All columns" in page.html


@pytest.mark.parametrize("k", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_many_classes_are_examined_one_by_one(made: Made, tmp_path: Path, k: int) -> None:
    several = with_classes(made, tmp_path / "run", [f"class {chr(97 + code)} of the alphabet" for code in range(k)])
    said = several.write(tmp_path / "page.html")
    for row in several.run.evaluated["test"]["confusion"]:
        assert " ".join(str(count) for count in row) in said.section("examination") or k == 3
    for name in several.run.evaluated["test"]["classes"]:
        assert name in said.section("examination")
        assert name in said.section("fairness")
    assert said.html.count('class="line one"') == 2 * k, "a thin line a class in both curves"


def test_a_class_that_test_lacks_is_named(made: Made, tmp_path: Path) -> None:
    several = with_classes(made, tmp_path / "run", ["a", "b", "c", "never seen"], absent=3)
    assert "Not in test: never seen" in several.write(tmp_path / "page.html").section("examination")


def test_a_part_of_one_class_has_no_curves(made: Made, tmp_path: Path) -> None:
    several = with_classes(made, tmp_path / "run", ["a", "b"], absent=1)
    assert "no ROC and no precision-recall curve" in several.write(tmp_path / "page.html").section("examination")


@pytest.mark.slow
def test_a_loss_that_chooses_and_one_trial_of_one_candidate(tmp_path: Path) -> None:
    text = PARAMS.replace("METRIC", "log_loss").replace("'group EVIL'", "").replace("slices: [city, income]", "")
    text = (
        re.sub(r" +fairness: .*\n", "", text)
        .replace("[tree, linear]", "[tree]")
        .replace(", linear: {}", "")
        .replace("trials: 5", "trials: 1")
    )
    found = make(tmp_path, text, loans())
    page = found.write(tmp_path / "page.html")
    assert "Log loss on test" in page.section("summary")
    assert "Nothing was searched" in page.section("search")
    assert not page.has("fairness")
    scores = {entry["validation"]["log_loss"]["value"] for entry in found.run.evaluated["candidates"]}
    assert f"{next(iter(scores)):.4f}" in page.section("search"), "a loss is shown with its own sign"


def with_classes(made: Made, folder: Path, classes: list[str], absent: int | None = None) -> Made:
    """Return the run as if its target had these classes, examined on answers drawn at random."""
    import polars as pl

    k, n, random = len(classes), 400, np.random.default_rng(1)
    target = random.choice([code for code in range(k) if code != absent], n)
    probabilities = random.dirichlet(np.ones(k), n) * 0.5
    probabilities[np.arange(n), target] += 0.5
    answers = Predictions.of(target, probabilities, tuple(classes))
    column = made.settings.examination.sensitive[0]
    frame = pl.DataFrame({column: random.choice(["a", "b"], n)})
    test = examination.examine(answers, primary="log_loss", frame=frame, sensitive=[column], min_group=30, resamples=0)
    curves.write(answers, folder / "plots")
    (folder / "winner").symlink_to(made.run.folders["evaluate"] / "winner")
    changed = made.changed(evaluated=lambda evaluated: evaluated.update(test=test.report(), gaps=test.gaps))
    run = replace(changed.run, folders={**made.run.folders, "evaluate": folder})
    return replace(changed, run=run)


def test_what_is_to_be_reviewed_comes_with_its_lines(made: Made, tmp_path: Path) -> None:
    def flagged(ingested: Any) -> None:
        ingested["flags"] = [
            {
                "kind": "merges", "column": "city", "rows": 3, "off": "flags: [outliers]", "line": "relabel: {x: y}",
                "examples": [{"rows": [7], "value": "<b>ny</b>", "to": "New York", "count": 3, "of": 90}],
            },
            {
                "kind": "near_duplicates", "column": None, "rows": 4, "sets": 2, "off": "near_duplicates: keep",
                "line": "near_duplicates: drop", "examples": [{"rows": [1, 2], "value": "city: a / A"}],
            },
        ]  # fmt: skip

    def doubted(evaluated: Any) -> None:
        listed = [{"row": 12, "given": "yes", "suggested": "no", "confidence": 0.987}]
        evaluated["label errors"] = {"looked": 500, "gain": 0.4, "weak": False, "suspected": 1, "listed": listed}

    page = made.changed(ingested=flagged, evaluated=doubted).write(tmp_path / "page.html")
    told = page.section("review")
    for text in ("relabel: {x: y}", "flags: [outliers]", "near_duplicates: drop", "2 sets of rows", "drop_rows: [12"):
        assert text in told
    assert "<b>ny</b>" not in page.html
