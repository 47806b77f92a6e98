"""Two runs of a real project become versions, are listed, compared, promoted and taken back, by the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from projects import commit, make, people, run

pytestmark = pytest.mark.slow
IDENTITY = {f"GIT_{who}_{what}": "t@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def syllabus(folder: Path, *words: str) -> str:
    done = run(folder, "syllabus", *words, **IDENTITY)
    assert done.returncode == 0, done.stderr
    return done.stdout


def ran(folder: Path) -> None:
    done = run(folder, "dvc", "repro")
    assert done.returncode == 0, done.stdout + done.stderr
    commit(folder, "a run")


def test_two_runs_become_versions_that_are_compared_and_promoted(tmp_path: Path) -> None:
    project = make(tmp_path / "project", rows=1500)
    commit(project)
    ran(project)
    assert "adult-income@v0.0.1 is now the champion" in syllabus(project, "promote", "--to", "champion")
    settings = (project / "params.yaml").read_text()
    (project / "params.yaml").write_text(settings.replace("candidates: [linear, tree]", "candidates: [tree]"))
    (project / "data/people.csv").write_text(people(1800))
    ran(project)
    against: dict[str, Any] = json.loads(syllabus(project, "compare", "champion", ".", "--json"))
    assert against["unable"] is None
    assert against["test"]["left out"] > 0
    assert {"key": "candidates", "first": ["linear", "tree"], "second": ["tree"]} in against["parameters"]
    assert against["code"]["changed"] == []
    assert [against["data"]["source"][side]["rows"] for side in ("first", "second")] == [1500, 1800]
    assert "adult-income@v0.0.1, the champion before it, is archived" in syllabus(project, "promote", "--to", "champion")  # fmt: skip
    listed = json.loads(syllabus(project, "models", "--json"))
    assert [(one["version"], one["stage"], one["data"]["rows"]) for one in listed] == [
        ("v0.0.2", "champion", 1800),
        ("v0.0.1", "archived", 1500),
    ]
    measured = json.loads((project / "artifacts/evaluate/report.json").read_text())["test"]["metrics"]["roc_auc"]
    assert listed[0]["metrics"]["roc_auc"] == {key: measured[key] for key in ("value", "low", "high")}
    assert "adult-income@v0.0.1 is now the champion" in syllabus(project, "rollback")
    refused = run(project, "syllabus", "rollback", **IDENTITY)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("syllabus rollback: adult-income@v0.0.1 is the first champion")
    same = json.loads(syllabus(project, "compare", "v0.0.2", "--json"))
    assert same["same test rows"]
    assert same["answers changed"] == []
    assert all(row["difference"] == 0 for row in same["metrics"])
