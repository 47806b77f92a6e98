"""A project that `syllabus new` made runs as it is: `dvc repro`, the flow, and nothing the second time."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from new import kind_sources
from projects import homes, people, variables

ROOT = Path(__file__).resolve().parents[2]


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = variables(folder) | {"PYTHONPATH": str(ROOT), "PREFECT_API_URL": ""}
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "target", "metric"), [(people(800), "buys", "roc_auc"), (homes(800), "price", "rmse")]
)
def test_a_new_project_runs_to_a_registered_model(tmp_path: Path, text: str, target: str, metric: str) -> None:
    (tmp_path / "raw.csv").write_text(text)
    made = run(tmp_path, "syllabus", "new", "shop", "--data", "raw.csv", "--target", target)
    assert made.returncode == 0, made.stderr
    project = tmp_path / "shop"
    checked = run(project, "syllabus", "check")
    assert checked.returncode == 0, checked.stderr
    done = run(project, "dvc", "repro")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (project / "artifacts/register/package/SHA256SUMS").is_file()
    assert metric in run(project, "dvc", "metrics", "show", "--md").stdout
    assert run(project, "dvc", "plots", "show").returncode == 0
    again = run(project, sys.executable, "-m", "flows.pipeline")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "had nothing to do" in again.stdout


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["images", "text", "series", "ratings"])
def test_a_new_project_of_any_kind_runs_to_a_registered_model(tmp_path: Path, kind: str) -> None:
    words = getattr(kind_sources, kind)(tmp_path)
    made = run(tmp_path, "syllabus", "new", "drafted", *words)
    assert made.returncode == 0, made.stderr
    project = tmp_path / "drafted"
    checked = run(project, "syllabus", "check")
    assert checked.returncode == 0, checked.stderr
    done = run(project, "dvc", "repro")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (project / "artifacts/register/package/SHA256SUMS").is_file()
    held = json.loads((project / "artifacts/validate/report.json").read_text())
    assert [check["sentence"] for check in held["checks"] if not check["success"]] == []
    assert run(project, "dvc", "plots", "show").returncode == 0
    again = run(project, "dvc", "repro")
    assert "Data and pipelines are up to date." in again.stdout
    accepted = run(project, "syllabus", "lock")
    assert accepted.returncode == 0, accepted.stderr
    assert "Data and pipelines are up to date." in run(project, "dvc", "repro").stdout, "the lock knows its extras"


@pytest.mark.slow
def test_a_new_project_of_a_database_runs_and_notices_a_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    header, *rows = (line.split(",") for line in people(800).splitlines())
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection, connection:
        connection.execute(f"CREATE TABLE people ({', '.join(header)})")
        connection.executemany("INSERT INTO people VALUES (?, ?, ?, ?, ?)", rows)
    monkeypatch.setenv("PEOPLE_URL", f"sqlite:///{tmp_path}/shop.db")
    words = ("--data", "env:PEOPLE_URL", "--table", "people", "--target", "buys")
    made = run(tmp_path, "syllabus", "new", "shop", *words)
    assert made.returncode == 0, made.stderr
    project = tmp_path / "shop"
    done = run(project, "dvc", "repro", "ingest")
    assert done.returncode == 0, done.stdout + done.stderr
    report = project / "artifacts/ingest/report.json"
    assert json.loads(report.read_text())["source"]["path"] == "table people at PEOPLE_URL"
    again = run(project, "dvc", "repro", "ingest")
    assert "Stage 'ingest' didn't change, skipping" in again.stdout
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection, connection:
        connection.execute("INSERT INTO people VALUES (41, 'Ayr', 'f', 20, 'yes')")
    changed = run(project, "dvc", "repro")
    assert changed.returncode == 0, changed.stdout + changed.stderr
    assert json.loads(report.read_text())["source"]["rows"] == 801
    assert (project / "artifacts/register/package/SHA256SUMS").is_file()
