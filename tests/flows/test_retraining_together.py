"""Retrainings beside others: two at once, the pipeline meanwhile, remotes that are away."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from flows import turns
from syllabus.errors import Unmet
from syllabus.history import champions
from tests.flows import next_models
from tests.flows.test_retraining import ENVIRONMENT, RUN, agrees, retrain
from tests.history import past_runs
from tests.history.past_runs import dvc, git

PACKAGE = "artifacts/register/package"


def test_the_new_champion_reaches_the_remotes_also_when_they_were_away(own: Path, library: Path) -> None:
    past_runs.remote(own, str(own.parent / "store"))
    origin = past_runs.published(own)
    git(own, "branch", "-q", "--set-upstream-to=origin/main")
    away = origin.rename(origin.with_name("away"))
    next_models.give(own, library, "better")

    ended = retrain(own)
    assert (ended.outcome, ended.shared) == ("promoted", False)
    assert "not shared yet, which the next run tries again: " in ended.sentence
    away.rename(origin)
    again = retrain(own)

    assert (again.outcome, again.shared) == ("nothing new", True)
    assert again.sentence.endswith("; data pushed, tags pushed to origin, main too")
    told = git(own, "ls-remote", "origin")
    assert all(name in told for name in ("people@v0.0.2", "people#champion#2"))
    assert git(own, "rev-parse", "HEAD") == git(origin, "rev-parse", "main")
    there = past_runs.clone(origin, "Ben")
    dvc(there, "pull", PACKAGE)
    assert agrees(there)


def test_a_champion_of_a_time_when_the_remotes_were_away_is_shared_with_the_next_one(own: Path, library: Path) -> None:
    """Else whoever takes the next one back elsewhere would find another before it."""
    past_runs.remote(own, str(own.parent / "store"))
    origin = past_runs.published(own)
    params = own / "params.yaml"
    params.write_text(params.read_text().replace("{sure: false}", "{sure: false, metric: log_loss}"))
    git(own, "commit", "-qam", "asked")
    away = origin.rename(origin.with_name("away"))
    next_models.give(own, library, "worse")
    assert retrain(own).shared is False
    away.rename(origin)
    shutil.rmtree(own.parent / "store")
    next_models.give(own, library, "better")

    assert retrain(own).shared is True

    there = past_runs.clone(origin, "Ben")
    assert champions.rollback(there, None).told.startswith("people@v0.0.2 is now the champion; people@v0.0.3, ")


def test_a_clone_without_the_tags_examines_against_the_champion_of_all(own: Path, library: Path) -> None:
    """As a build has it: without them, whatever passes its gates would be the first champion there."""
    past_runs.remote(own, str(own.parent / "store"))
    dvc(own, "push")
    there = past_runs.clone(past_runs.published(own), "Ben")
    git(there, "tag", "--delete", "people@v0.0.1", "people#champion#1")
    next_models.give(there, library, "worse")

    ended = retrain(there)

    assert (ended.outcome, ended.champion) == ("kept", "people@v0.0.1")
    assert git(there, "tag").split() == ["people#champion#1", "people@v0.0.1"]


def test_two_at_once_take_turns(own: Path, library: Path) -> None:
    next_models.give(own, library, "better")

    async def subprocess_retrain(folder: Path) -> Any:
        words = (sys.executable, "-c", RUN)
        process = await asyncio.create_subprocess_exec(*words, cwd=folder, env=ENVIRONMENT, stdout=subprocess.PIPE)
        said, _ = await process.communicate()
        return process.returncode, said.decode().splitlines()[-1]

    async def together() -> Any:
        return await asyncio.gather(subprocess_retrain(own), subprocess_retrain(own))

    ended = sorted(asyncio.run(together()), key=lambda one: one[1])

    assert [code for code, _ in ended] == [0, 0]
    assert ended[0][1] == "nothing new: people@v0.0.2 is what today's data make"
    assert ended[1][1].startswith(
        "people@v0.0.2 is now the champion; people@v0.0.1, the champion before it, is archived"
    )
    assert git(own, "tag").split() == ["people#champion#1", "people#champion#2", "people@v0.0.1", "people@v0.0.2"]


def test_who_has_the_project_is_told_to_those_that_do_not_wait(own: Path) -> None:
    async def meanwhile() -> str:
        async with turns.alone(own, 0, print):
            with pytest.raises(Unmet) as caught:
                async with turns.alone(own, 0.3, print):
                    pass
            return str(caught.value)

    said = asyncio.run(meanwhile())

    assert re.fullmatch(rf"project: process {os.getpid()} on \S+ has been retraining it since .* UTC; wait .*", said)


def test_a_retraining_waits_for_the_pipeline_and_runs_of_that_share(own: Path) -> None:
    async def together() -> str:
        async with turns.shared(own, print), turns.shared(own, print):
            with pytest.raises(Unmet) as caught:
                async with turns.alone(own, 0.1, print):
                    pass
        async with turns.alone(own, 0.1, print), turns.shared(own, print):
            return str(caught.value)

    assert asyncio.run(together()).startswith("project: a run of its pipeline is under way; wait until it ends")
