"""Versions that others share: through Git's origin and DVC's remote, bit-identical on another clone, never lost or doubled."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from syllabus import frames, models
from syllabus.history import past as known
from syllabus.registry import versions
from tests.history import past_runs
from tests.history.past_runs import git
from tests.history.test_stages import said

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "artifacts/register/package"


def dvc(folder: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "dvc", *words], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def answered(folder: Path) -> np.ndarray:
    """Return what the package of a working tree answers on its test rows."""
    model = models.load(folder / PACKAGE / "model")
    return model.predict(frames.scan(folder / "artifacts/split/test.parquet"))


def remote(folder: Path, url: str, *settings: str) -> None:
    dvc(folder, "remote", "add", "--default", "store", url)
    for setting in settings:
        dvc(folder, "remote", "modify", "store", *setting.split("=", 1))
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "a remote")


def published(folder: Path) -> Path:
    """Push a project with its tags to a new origin; return that."""
    origin = folder.parent / "origin.git"
    git(folder.parent, "init", "-q", "--bare", "-b", "main", str(origin))
    git(folder, "remote", "add", "origin", str(origin))
    git(folder, "push", "-q", "origin", "main", "--tags")
    return origin


def shared(past: Path) -> Path:
    """Give the project an origin and a remote after the fact, and share both of its versions; return the origin."""
    remote(past, str(past.parent / "store"))
    known_to_all_commits(past)
    dvc(past, "push", "--all-tags")
    return published(past)


def known_to_all_commits(folder: Path) -> None:
    """Let DVC ask the remote for versions from before it was set: it believes what their commits say, and this."""
    dvc(folder, "remote", "add", "--local", "--default", "store", str(folder.parent / "store"))


def clone(origin: Path, name: str) -> Path:
    folder = origin.parent / name
    git(origin.parent, "clone", "-q", str(origin), str(folder))
    git(folder, "config", "user.name", name)
    git(folder, "config", "user.email", f"{name}@example.org")
    return folder


RUNS: dict[str, dict[str, Any]] = {"v0.0.1": {}, "v0.0.2": {"rows": 900, "depth": 1, "seed": 2, "code": "2"}}


def restored(folder: Path, url: str, *settings: str) -> Path:
    """Check that a clone gets every version from nothing but its tag; return the origin."""
    first, runs = past_runs.begin(folder / "first"), {}
    remote(first, url, *settings)
    for version, run in RUNS.items():
        past_runs.finish(first, **run)
        assert versions.make(first) == (f"people@{version}", True)
        files = sorted(file for file in (first / "artifacts").rglob("*") if file.is_file())
        runs[version] = {file.relative_to(first): frames.sha256(file) for file in files}, answered(first)
        dvc(first, "push")
    origin = published(first)
    shutil.rmtree(first)
    other = clone(origin, "Ben")
    for version, (files, answers) in runs.items():
        git(other, "checkout", "-q", f"people@{version}")
        dvc(other, "pull")
        assert {file: frames.sha256(other / file) for file in files} == files
        assert (answered(other) == answers).all()
    dvc(folder, "artifacts", "get", str(origin), "people", "--rev", "v0.0.1", "--out", str(folder / "alone"))
    of_first = {
        file.relative_to(PACKAGE): held for file, held in runs["v0.0.1"][0].items() if Path(PACKAGE) in file.parents
    }
    assert {file: frames.sha256(folder / "alone" / file) for file in of_first} == of_first
    assert len({files[Path(PACKAGE, "SHA256SUMS")] for files, _ in runs.values()}) == len(RUNS)
    return origin


def test_any_version_is_restored_from_its_tag_through_a_local_remote(tmp_path: Path, state_database: None) -> None:
    restored(tmp_path, str(tmp_path / "store"))


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Start moto's S3 with an empty bucket; yield the URL of the server."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {"ACCESS_KEY_ID": "ann", "SECRET_ACCESS_KEY": "hush", "DEFAULT_REGION": "us-east-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    import boto3

    client = boto3.client("s3", endpoint_url=f"http://{host}:{port}")
    client.create_bucket(Bucket="models")
    client.close()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.mark.slow
def test_any_version_is_restored_from_its_tag_through_s3(
    tmp_path: Path,
    bucket: str,
    state_database: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    origin = restored(tmp_path, "s3://models/people", f"endpointurl={bucket}")
    monkeypatch.chdir(clone(origin, "Cem"))
    told = said(capsys, "promote", "--version", "v0.0.1", "--to", "champion")
    assert told.startswith("people@v0.0.1 is now the champion")
    assert "both answer the" in said(capsys, "compare", "v0.0.1", "v0.0.2")


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
