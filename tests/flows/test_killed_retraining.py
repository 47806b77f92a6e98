"""A retraining that was killed, at whatever step, is ended properly by the next one: nothing half done, nothing twice."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from projects import ROOT

from syllabus.errors import Unmet
from tests.flows import next_models
from tests.flows.runs import rewrite
from tests.flows.test_retraining import RUN, agrees, champion, retrain, state
from tests.history import past_runs
from tests.history.past_runs import dvc, git

FIRST = ["people#champion#1", "people@v0.0.1"]
SECOND = ["people#champion#2", "people@v0.0.2"]


@pytest.fixture
def whole(reigning: Path, tmp_path: Path) -> Path:
    """A folder in which a project lies beside its two remotes, which have its first champion."""
    folder = tmp_path / "round"
    shutil.copytree(reigning, folder / "project", symlinks=True)
    project = folder / "project"
    past_runs.remote(project, str(folder / "store"))
    dvc(project, "push")
    past_runs.published(project)
    git(project, "branch", "-q", "--set-upstream-to=origin/main")
    return folder


def rounds(whole: Path, *words: str) -> Iterator[dict[str, Any]]:
    """Kill runs as `killing` does, and yield what it found."""
    whole.rename(whole.parent / "whole")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    asked = [sys.executable, "-m", "tests.flows.killing", str(whole.parent), *words]
    done = subprocess.run(asked, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    yield from map(json.loads, done.stdout.splitlines())


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_a_promotion_killed_at_any_step_is_ended_by_the_next_run(whole: Path, library: Path) -> None:
    next_models.give(whole / "project", library, "better")

    found = list(rounds(whole, "5", "9", "0.2", "0.5", "0.8"))

    assert sum(one["killed"] for one in found) >= 10
    for one in found:
        assert one["ended"] == [0, 0], one
        assert (one["champion"], one["stages"]) == ("v0.0.2", ["champion", "archived"]), one
        assert one["agree"], one
        assert one["status"] == [], one
        assert {name.removeprefix("refs/tags/") for name in one["origin"]} == {*FIRST, *SECOND}, one
        assert (one["remote"], one["lock"], one["dvc"]) == (True, "", 0), one
        assert one["said"][1].startswith("nothing new: people@v0.0.2 is what today's data make"), one
        # A champion is never named before there is the version that it is.
        assert set(one["left"]) - {*FIRST} in (set(), {SECOND[1]}, {*SECOND}), one


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_a_loser_killed_at_any_step_is_put_away_by_the_next_run(whole: Path, library: Path) -> None:
    next_models.give(whole / "project", library, "worse")

    found = list(rounds(whole, "5", "8", "0.4"))

    assert sum(one["killed"] for one in found) >= 4
    for one in found:
        assert one["ended"] == [0, 0], one
        assert (one["champion"], one["stages"], one["agree"]) == ("v0.0.1", ["champion"], True), one
        assert one["status"] == ["M", "people.csv"], one
        assert {name.removeprefix("refs/tags/") for name in one["origin"]} == {*FIRST}, one
        assert one["lock"] == "", one
        assert one["said"][1].startswith("nothing new: people@v0.0.1 stays the champion: "), one


def test_what_a_killed_run_left_is_put_back_even_where_the_next_is_refused(own: Path, library: Path) -> None:
    next_models.give(own, library, "better")
    kill_during(own, "evaluate")
    assert git(own, "status", "--porcelain", "dvc.lock")
    rewrite(own / "params.yaml", "seed: 1", "seed: 2")

    refused = subprocess.run(
        [sys.executable, "-m", "flows.retrain"], cwd=own, env=environment(), capture_output=True, text=True, check=False
    )

    assert refused.returncode == 1
    assert refused.stderr == "retrain: not committed: params.yaml; a version is a commit, so `git commit` or `git stash` that first\n"  # fmt: skip
    assert "was killed: what it left is put back" in refused.stdout
    assert git(own, "status", "--porcelain").split() == ["M", "params.yaml", "M", "people.csv"]
    assert agrees(own)


def test_a_killed_run_is_not_forgotten_by_one_that_cannot_begin(
    own: Path, library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    next_models.give(own, library, "better")
    kill_during(own, "evaluate")
    params = (own / "params.yaml").read_text()
    (own / "params.yaml").write_text("seed: no number\n")
    with pytest.raises(Unmet):
        retrain(own)
    (own / "params.yaml").write_text(params)
    capsys.readouterr()

    assert retrain(own).outcome == "promoted"
    assert "was killed: what it left is put back" in capsys.readouterr().out
    assert (own / ".syllabus/retraining/lock").read_text() == ""


@pytest.mark.parametrize("torn", [".dvc/tmp/rwlock", "dvc.lock", "people.csv.dvc"])
def test_a_file_that_dvc_was_killed_while_writing_is_mended(own: Path, library: Path, torn: str) -> None:
    git(own, "rm", "-q", "--cached", "people.csv")
    dvc(own, "add", "people.csv")
    git(own, "add", "-A")
    git(own, "commit", "-qm", "DVC holds the data")
    next_models.give(own, library, "better")
    kill_during(own, "evaluate")
    for held in (b"outs:\n- md5: [", b""):
        (own / torn).write_bytes(held)
        left = {"pid": 1, "host": "here", "since": "yesterday"}
        (own / ".syllabus/retraining/lock").write_text(json.dumps(left))

        retrain(own)

        assert champion(own) == "v0.0.2"
        assert agrees(own)
        assert git(own, "status", "--porcelain") == ""


def test_the_next_run_waits_for_the_stage_that_a_killed_one_has_left(
    own: Path, library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    next_models.give(own, library, "better")
    (own / ".syllabus/hold").write_text("4")
    kill_during(own, "evaluate")
    (own / ".syllabus/hold").write_text("0")

    ended = retrain(own)

    assert capsys.readouterr().out.startswith("retrain | Waiting: process ")
    assert (ended.outcome, champion(own)) == ("promoted", "v0.0.2")
    assert agrees(own)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_told_to_end_puts_everything_back_itself(
    own: Path, library: Path, number: signal.Signals
) -> None:
    next_models.give(own, library, "better")
    (own / ".syllabus/hold").write_text("30")
    slow_down(own, "evaluate")
    before = state(own)

    running = begun(own, "-m", "flows.retrain")
    running.send_signal(number)
    _, said = running.communicate(timeout=20)

    assert running.returncode == 1
    assert said.splitlines()[-1].startswith("retrain: told to end")
    assert state(own) == before
    assert (own / ".syllabus/retraining/lock").read_text() == ""


def kill_during(project: Path, stage: str) -> None:
    """Kill a retraining, and nothing that it started, when a stage begins."""
    slow_down(project, stage)
    running = begun(project, "-c", RUN)
    running.send_signal(signal.SIGKILL)
    running.communicate()
    assert running.returncode == -9
    (project / ".syllabus/begun").unlink()


def slow_down(project: Path, stage: str) -> None:
    """Let a stage say that it begins, and take its time."""
    hold = f"[ $1 = {stage} ] && echo > .syllabus/begun && sleep $(cat .syllabus/hold 2>/dev/null || echo 0.5)\n"
    rewrite(project / "make.sh", "case $1 in", f"{hold}case $1 in")
    git(project, "commit", "-qm", "a stage that takes its time", "make.sh")


def begun(project: Path, *words: str) -> subprocess.Popen[str]:
    """Start a retraining, and return it when the slow stage has begun."""
    # No pipe for what it prints: the stage that outlives it would hold that open.
    running = subprocess.Popen(
        [sys.executable, *words],
        cwd=project,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    for _ in range(600):
        if (project / ".syllabus/begun").exists():
            return running
        time.sleep(0.05)
    running.kill()
    raise AssertionError(running.communicate()[1])


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_API")}
    return kept | {"PYTHONPATH": str(ROOT)}
