"""A run that is asked to promote commits dvc.lock, unless something else that made it is not committed."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import pytest

from flows.pipeline import promoted
from syllabus.costs import caps
from syllabus.errors import Unmet
from syllabus.registry import versions


@pytest.fixture(autouse=True)
def committed(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commit the project, change its dvc.lock, and let every model be promotable."""
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Test")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "test@example.org")
    git("add", "--all")
    git("commit", "--quiet", "--message", "as it is")
    with (project / "dvc.lock").open("a") as lock:
        lock.write("# another run\n")
    monkeypatch.setattr(versions, "promote", lambda *_: "v1")


def git(*words: str) -> list[str]:
    return subprocess.run(["git", *words], check=True, capture_output=True, text=True).stdout.splitlines()


def test_the_lock_is_committed_alone(project: Path) -> None:
    (project / "new.txt").write_text("not yet in Git")

    assert asyncio.run(promoted(project)) == "v1"
    assert git("log", "--format=%s") == ["Results of the pipeline", "as it is"]
    assert git("show", "--format=", "--name-only", "HEAD") == ["dvc.lock"]


@pytest.mark.parametrize("staged", [False, True])
def test_no_lock_is_committed_without_what_made_it(project: Path, staged: bool) -> None:
    with (project / "params.yaml").open("a") as params:
        params.write("# edited\n")
    if staged:
        git("add", "params.yaml")

    with pytest.raises(Unmet, match=r"^not committed: params\.yaml; "):
        asyncio.run(promoted(project))
    assert git("log", "--format=%s") == ["as it is"]


def test_no_lock_is_committed_for_a_model_that_costs_too_much(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def hold(folder: Path) -> None:
        raise Unmet(f"{folder.resolve() == project.resolve()}: training took 10 s")

    monkeypatch.setattr(caps, "hold", hold)
    with pytest.raises(Unmet, match=r"^True: training took 10 s$"):
        asyncio.run(promoted(project))
    assert git("log", "--format=%s") == ["as it is"]
