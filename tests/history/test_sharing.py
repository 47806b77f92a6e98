"""Versions that others share, through Git's origin and DVC's remote: never lost, never doubled."""

from __future__ import annotations

import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from syllabus.history import past as known
from tests.history import past_runs
from tests.history.past_runs import clone, dvc, git, published, remote
from tests.history.test_stages import said

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "artifacts/register/package"


def shared(past: Path) -> Path:
    """Give the project an origin and a remote after the fact, and share both of its versions; return the origin."""
    remote(past, str(past.parent / "store"))
    known_to_all_commits(past)
    dvc(past, "push", "--all-tags")
    return published(past)


def known_to_all_commits(folder: Path) -> None:
    """Let DVC ask the remote for versions from before it was set: it believes what their commits say, and this."""
    dvc(folder, "remote", "add", "--local", "--default", "store", str(folder.parent / "store"))


def test_a_clone_without_a_cache_promotes_what_the_remote_has(
    past: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    origin = shared(past)
    folder = clone(origin, "Ben")
    monkeypatch.chdir(folder)
    assert said(capsys, "promote", "--version", "v0.0.1", "--to", "champion", "--push").endswith("; pushed to origin")
    assert git(past, "ls-remote", "--tags", "origin", "people#champion#1").endswith("refs/tags/people#champion#1\n")
    known_to_all_commits(folder)
    dvc(folder, "fetch", "--all-tags")
    assert "?" not in said(capsys, "models")
    # The remote loses the package, and so does the cache: nothing is promoted.
    digest = known.facts(folder, "people@v0.0.2", PACKAGE).digest
    for place in (past.parent / "store", folder / ".dvc/cache"):
        (place / "files/md5" / digest[:2] / digest[2:]).unlink()
    refused = said(capsys, "promote", "--version", "v0.0.2", "--to", "champion")
    assert "is not in DVC's cache, nor in the remote store: " in refused
    assert git(folder, "tag", "--list", "*#*").split() == ["people#champion#1"]


def test_a_project_inside_of_a_repository_has_versions_too(
    tmp_path: Path, state_database: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = past_runs.begin(tmp_path / "all" / "people", inside=True)
    remote(folder, str(tmp_path / "store"))
    past_runs.finish(folder)
    monkeypatch.chdir(folder)
    assert said(capsys, "promote").startswith("people@v0.0.1 is now a version")
    dvc(folder, "push")
    shutil.rmtree(folder / ".dvc/cache")
    shutil.rmtree(folder / "artifacts")
    told = said(capsys, "promote", "--version", "v0.0.1", "--to", "champion")
    assert told.startswith("people@v0.0.1 is now the champion")
    assert "people@v0.0.1  champion" in said(capsys, "models")


def test_the_second_of_two_clones_that_make_the_same_version_is_told(
    past: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    origin = shared(past)
    ben, cem = clone(origin, "Ben"), clone(origin, "Cem")
    for folder, depth in ((ben, 2), (cem, 5)):
        past_runs.finish(folder, depth=depth)
    monkeypatch.chdir(ben)
    assert said(capsys, "promote", "--push") == "people@v0.0.3 is now a version; pushed to origin"
    monkeypatch.chdir(cem)
    assert said(capsys, "promote", "--push") == (
        "origin has another people@v0.0.3: somebody was first, and the one here is taken back. "
        "`git fetch --tags` brings theirs; then do it again, and it gets the next number"
    )
    assert git(cem, "tag", "--list", "people@v0.0.3") == ""
    git(cem, "fetch", "-q", "--tags")
    assert said(capsys, "promote", "--push") == "people@v0.0.4 is now a version; pushed to origin"
    shown = git(cem, "ls-remote", "--tags", "origin", "people@*^{}").split()[::2]
    assert len(set(shown)) == 4, "each version is a commit of its own"


def test_the_second_of_two_clones_that_name_a_champion_is_told(
    past: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    origin = shared(past)
    ben, cem = clone(origin, "Ben"), clone(origin, "Cem")
    monkeypatch.chdir(ben)
    said(capsys, "promote", "--version", "v0.0.1", "--to", "champion", "--push")
    monkeypatch.chdir(cem)
    told = said(capsys, "promote", "--version", "v0.0.2", "--to", "champion", "--push")
    assert told.startswith("origin has another people#champion#1: somebody was first")
    git(cem, "fetch", "-q", "--tags")
    assert "people@v0.0.1  champion" in said(capsys, "models")
    told = said(capsys, "promote", "--version", "v0.0.2", "--to", "champion", "--push")
    assert told == "people@v0.0.2 is now the champion; people@v0.0.1, the champion before it, is archived; pushed to origin"  # fmt: skip


def test_a_tag_that_was_made_and_not_shared_is_shared_the_next_time(
    past: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """So it is left by a process that was killed between the two."""
    origin = shared(past)
    monkeypatch.chdir(clone(origin, "Ben"))
    said(capsys, "promote", "--version", "v0.0.2", "--to", "champion")
    assert git(past, "ls-remote", "--tags", "origin", "*#*") == ""
    told = said(capsys, "promote", "--version", "v0.0.2", "--to", "champion", "--push")
    assert told == "people@v0.0.2 is the champion already; pushed to origin"
    assert git(past, "ls-remote", "--tags", "origin", "people#champion#1") != ""
    monkeypatch.chdir(clone(origin, "Cem"))
    git(Path(), "tag", "--delete", "people#champion#1")
    said(capsys, "promote", "--version", "v0.0.1", "--to", "champion")
    told = said(capsys, "promote", "--version", "v0.0.1", "--to", "champion", "--push")
    assert "somebody was first, and `git tag --delete 'people#champion#1'` takes the one here back." in told


@pytest.mark.parametrize("with_remote", [True, False])
def test_what_cannot_be_pushed_is_taken_back(past: Path, capsys: pytest.CaptureFixture[str], with_remote: bool) -> None:
    past_runs.finish(past, depth=2)
    if with_remote:
        remote(past, str(past.parent / "store"))
    told = said(capsys, "promote", "--push")
    assert told.startswith("people@v0.0.3 is taken back, since it could not be shared: git push: ")
    assert git(past, "tag").split() == ["people@v0.0.1", "people@v0.0.2"]


def test_data_that_stay_here_are_told(past: Path, capsys: pytest.CaptureFixture[str]) -> None:
    origin = past.parent / "origin.git"
    git(past.parent, "init", "-q", "--bare", str(origin))
    git(past, "remote", "add", "origin", str(origin))
    past_runs.finish(past, depth=2)
    told = said(capsys, "promote", "--push")
    assert told.startswith("people@v0.0.3 is now a version; pushed to origin; its data are here alone, since DVC has no remote")  # fmt: skip


def test_champions_named_at_once_are_named_one_after_the_other(past: Path) -> None:
    """Six processes promote two versions; every change is one tag, and no two tags say the same."""
    call = "import sys; from pathlib import Path; from syllabus.history import champions; print(champions.assign(Path(sys.argv[1]), None, sys.argv[2], 'champion').told)"
    processes = [
        subprocess.Popen([sys.executable, "-c", call, str(past), version], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for version in ("v0.0.1", "v0.0.2") * 3
    ]
    told = [process.communicate()[0] for process in processes]
    made = [line for line in told if "is now the champion" in line]
    tags = git(past, "tag", "--list", "people#*", "--sort=version:refname").split()
    assert tags == [f"people#champion#{number}" for number in range(1, len(made) + 1)]
    named = [git(past, "rev-parse", f"{tag}^{{commit}}") for tag in tags]
    assert all(one != other for one, other in pairwise(named))
    assert sum("archived" in line for line in made) == len(made) - 1
    champion = known.champion(past, "people", PACKAGE)
    assert champion is not None
    assert champion.commit == named[-1].strip()
