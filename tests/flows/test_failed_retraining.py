"""A retraining that fails leaves everything as it was, says why, and is tried again."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from flows import records, worktree
from syllabus.errors import Unmet
from syllabus.history import champions, comparing
from tests.flows import next_models
from tests.flows.test_retraining import agrees, champion, retrain, state
from tests.history.past_runs import git


def test_a_stage_that_fails_is_told_put_back_and_tried_again(own: Path, library: Path) -> None:
    next_models.give(own, library, "better")
    before = state(own)
    hidden = library.rename(library.with_name("away"))

    with pytest.raises(Unmet, match=r"^split: "):
        retrain(own)
    hidden.rename(library)

    assert state(own) == before
    assert retrain(own).outcome == "promoted"


def test_a_folder_without_commits_or_stages_is_refused_in_one_sentence(own: Path, tmp_path: Path) -> None:
    with pytest.raises(Unmet, match=r"holds no dvc\.yaml: name a project's folder with --project"):
        retrain(tmp_path)
    shutil.rmtree(own / ".git")
    git(own, "init", "-q")
    with pytest.raises(Unmet, match=r"has no commit in Git yet: `git commit` the project first"):
        retrain(own)


def test_without_a_name_to_commit_by_nothing_is_trained(
    own: Path, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    next_models.give(own, library, "better")
    git(own, "config", "user.useConfigOnly", "true")
    git(own, "config", "--unset", "user.email")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.delenv("EMAIL", raising=False)
    before = state(own)

    with pytest.raises(Unmet, match=r"^Git does not know who commits: "):
        retrain(own)

    assert state(own) == before


def test_a_commit_that_git_refuses_leaves_everything_as_it_was(own: Path, library: Path) -> None:
    hook = own / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'not today' >&2; exit 1\n")
    hook.chmod(0o755)
    next_models.give(own, library, "better")
    before = state(own)

    with pytest.raises(Unmet, match=r"^git commit: not today"):
        retrain(own)

    assert state(own) == before


def full(*_: Any) -> Any:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/tmp/x")


def test_what_fails_is_recorded(own: Path, library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk while the two are compared says nothing of them, so it does not put the challenger away for good."""
    next_models.give(own, library, "better")
    before = state(own)
    with monkeypatch.context() as patch:
        patch.setattr(comparing, "answers", full)
        with pytest.raises(Unmet, match=r"^/tmp/x: No space left on device$"):
            retrain(own)

    assert state(own) == before
    monkeypatch.chdir(own)
    newest = records.all_of()[0]
    assert (newest.outcome, newest.sentence, newest.champion) == (
        "failed",
        "/tmp/x: No space left on device",
        "people@v0.0.1",
    )
    assert retrain(own).outcome == "promoted"


def test_a_gate_that_an_earlier_model_missed_is_not_this_ones(tmp_path: Path, library: Path) -> None:
    """The decision of the model before stands in artifacts/ until another takes its place."""
    folder = next_models.begin(tmp_path / "project", library)
    next_models.give(folder, library, "refused")
    assert retrain(folder).outcome == "refused"
    next_models.give(folder, library, "first")
    hidden = library.rename(library.with_name("away"))
    with pytest.raises(Unmet, match=r"^split: "):
        retrain(folder)
    hidden.rename(library)

    assert retrain(folder).outcome == "promoted"


def test_who_became_champion_meanwhile_is_not_dethroned(
    own: Path, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    next_models.give(own, library, "better")
    compare = comparing.compare

    def meanwhile(*words: Any) -> Any:
        found = compare(*words)
        champions.assign(own, None, "v0.0.1", "archived")
        return found

    with monkeypatch.context() as patch:
        patch.setattr(comparing, "compare", meanwhile)
        before = git(own, "rev-parse", "HEAD")
        with pytest.raises(Unmet, match=r"^nobody is the champion meanwhile, who was not examined; run this again$"):
            retrain(own)

    assert git(own, "rev-parse", "HEAD") == before
    assert git(own, "status", "--porcelain", "dvc.lock") == ""
    assert retrain(own).outcome == "promoted"
    assert champion(own) == "v0.0.2"
    assert agrees(own)


def test_what_could_not_be_put_back_is_put_back_by_the_next_run(
    own: Path, library: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As where the disk is full until then; dvc.lock is the last commit's already, and artifacts/ the challenger's."""
    before = state(own)
    next_models.give(own, library, "worse")
    with monkeypatch.context() as patch:
        patch.setattr(worktree, "_checked_out", full)
        with pytest.raises(Unmet, match="No space left on device"):
            retrain(own)
    assert (own / "dvc.lock").read_bytes() == before["dvc.lock"]
    assert state(own)["outputs"] != before["outputs"]
    next_models.give(own, library, "first")

    assert retrain(own).outcome == "nothing new"

    assert "was killed: what it left is put back" in capsys.readouterr().out
    assert state(own) == before
