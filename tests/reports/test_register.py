"""The register stage, run as a user runs it: a package of a model that passes, a page and a sentence otherwise."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from loan_runs import Made

import stages
from stages.register import register
from syllabus import frames, models
from syllabus.export import checking
from syllabus.export.columns import tables
from syllabus.registry import package

FOLDERS = ("ingest", "validate", "split", "train", "tune", "evaluate")


@pytest.fixture
def project(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the run in the folder that the process works in."""
    monkeypatch.chdir(shutil.copytree(made.folder, tmp_path / "project"))
    Path("lock").write_text("numpy\n")
    return Path()


def passing(project: Path) -> None:
    """Let the gates ask for what the model shows."""
    text = (project / "params.yaml").read_text()
    assert "  at_most: {log_loss: 0.0001}\n" in text
    (project / "params.yaml").write_text(text.replace("0.0001}", "0.9}") + "  validation: false\n")


def test_a_model_that_misses_a_gate_is_told_with_the_page_where_it_stands(project: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        stages.run(register, [*FOLDERS, "lock", "results/of register"])
    assert str(ended.value).endswith("Open results/of register/report.html")
    assert (project / "results/of register/report.html").is_file()
    assert not (project / "results/of register/package").exists()


def test_the_package_holds_the_decision_with_number_threshold_and_advice(project: Path) -> None:
    passing(project)
    stages.run(register, [*FOLDERS, "lock", "register"])
    package.verify(project / "register/package")
    decision = json.loads((project / "register/package/decision.json").read_text())
    assert decision == json.loads((project / "register/decision.json").read_text())
    assert decision["registered"]
    assert {"value", "threshold", "advice"} <= decision["gates"][0].keys()
    card = (project / "register/package/card.md").read_text()
    assert all(f"- passed: {gate['name'].split()[0].split('_')[0]}" in card for gate in decision["gates"])


def test_the_package_holds_the_model_as_onnx_that_answers_alike(project: Path) -> None:
    passing(project)
    stages.run(register, [*FOLDERS, "lock", "register"])
    packed = project / "register/package"
    facts = json.loads((packed / "onnx.json").read_text())
    test, winner = frames.scan(project / "split/test.parquet"), models.load(packed / "model")
    answers = checking.answered(winner, (packed / facts["file"]).read_bytes(), test)
    assert abs(answers - winner.predict(test)).max() == facts["difference"] < 1e-6
    assert facts["changed"] == 0
    roles = {column["name"]: column["role"] for column in json.loads((packed / "signature.json").read_text())}
    runs = checking.session((packed / facts["file"]).read_bytes())
    assert {one.name for one in runs.get_inputs()} == set(roles)
    np.testing.assert_array_equal(runs.run(None, tables.feeds(test, roles))[0], answers)
    assert f"On the {facts['rows']} rows of test its answers differ" in (packed / "card.md").read_text()


def test_a_model_that_onnx_does_not_match_is_registered_without_and_the_card_says_why(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passing(project)
    ours = checking.answered
    monkeypatch.setattr(checking, "answered", lambda *asked: ours(*asked) + 0.01)
    stages.run(register, [*FOLDERS, "lock", "register"])
    packed = project / "register/package"
    package.verify(packed)
    assert not list(packed.glob("*.onnx"))
    assert "There is none: it answers otherwise than the model on the" in (packed / "card.md").read_text()


def test_the_lineage_names_the_code_that_fitted_searched_and_chose_the_winner(project: Path) -> None:
    passing(project)
    stages.run(register, [*FOLDERS, "lock", "register"])
    lineage = json.loads((project / "register/package/lineage.json").read_text())
    candidate = frames.read_json(project / "evaluate/report.json")["winner"]["candidate"]
    for report in (f"train/{candidate}", f"tune/{candidate}", "evaluate"):
        code = frames.read_json(project / report / "report.json")["code"]
        assert code.items() <= lineage["code"].items()


def test_code_that_only_the_training_imported_is_in_the_lineage(project: Path) -> None:
    passing(project)
    candidate = frames.read_json(project / "evaluate/report.json")["winner"]["candidate"]
    for stage in ("train", "tune"):
        file = project / stage / candidate / "report.json"
        report = frames.read_json(file)
        frames.write_json(report | {"code": report["code"] | {f"syllabus.only_{stage}": "abc"}}, file)
    stages.run(register, [*FOLDERS, "lock", "register"])
    code = json.loads((project / "register/package/lineage.json").read_text())["code"]
    assert code["syllabus.only_train"] == code["syllabus.only_tune"] == "abc"
    assert list(code) == sorted(code)


def test_an_expectation_that_is_only_told_blocks_no_registration(made: Made) -> None:
    def failed(severity: str) -> Made:
        names = {"critical": [], "warning": [], "info": [], severity: ["expect_something(city)"]}
        return made.changed(validated=lambda validated: validated.update(failed=names))

    name = "the number of expectations that did not hold"
    passed = {
        severity: next(gate.passed for gate in failed(severity).decision.gates if gate.name == name)
        for severity in ("critical", "warning", "info")
    }
    assert passed == {"critical": False, "warning": False, "info": True}
