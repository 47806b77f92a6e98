"""What `dvc repro` leaves for `syllabus cost`: a record a stage, which changes no result and is changed by no cache."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from projects import commit, make, run

from syllabus import metering

pytestmark = pytest.mark.slow


def test_every_stage_is_recorded_and_a_cap_runs_nothing(tmp_path: Path) -> None:
    folder = make(tmp_path / "project")
    commit(folder)
    assert run(folder, "dvc", "repro").returncode == 0
    before, lock = dict(metering.last(folder)), (folder / "dvc.lock").read_text()
    assert set(before) == {
        "ingest", "validate", "split", "train@linear", "train@tree", "tune@linear", "tune@tree", "evaluate", "register",
    }  # fmt: skip
    rows = json.loads((folder / "artifacts" / "split" / "report.json").read_text())["rows"]
    assert before["ingest"]["rows"] == 600
    assert before["tune@tree"]["rows"] == rows["train"] + rows["validation"]
    assert before["register"]["rows"] == rows["test"]
    with (folder / "params.yaml").open("a") as params:
        params.write("cost: {most_seconds: 0.001}\n")
    done = run(folder, "dvc", "repro")
    assert "Data and pipelines are up to date." in done.stdout + done.stderr
    assert (folder / "dvc.lock").read_text() == lock
    assert dict(metering.last(folder)) == before
    refused = run(folder, "syllabus", "cost", "--check")
    assert refused.returncode == 1
    assert "cost.most_seconds: training took" in refused.stderr
    found: dict[str, Any] = json.loads(run(folder, "syllabus", "cost", "--json").stdout)
    assert found["predictions"]["at_once"]["milliseconds"] > 0

    # Run again and restored: the lock is the same to the bit, and a record that of the last run.
    assert run(folder, "dvc", "repro", "--force").returncode == 0
    assert (folder / "dvc.lock").read_text() == lock
    again = dict(metering.last(folder))
    assert again["train@tree"] != before["train@tree"]
    edit(folder, "max_depth: 4", "max_depth: 3")
    assert run(folder, "dvc", "repro", "train@tree").returncode == 0
    other = dict(metering.last(folder))
    edit(folder, "max_depth: 3", "max_depth: 4")
    assert "is cached - skipping run" in run(folder, "dvc", "repro", "train@tree").stdout
    assert dict(metering.last(folder)) == other


def edit(folder: Path, was: str, now: str) -> None:
    text = (folder / "params.yaml").read_text()
    assert was in text
    (folder / "params.yaml").write_text(text.replace(was, now))
