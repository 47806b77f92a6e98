"""`syllabus new` keeps what was there: nothing is overwritten, and what fails leaves no trace."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from new.running import said

from syllabus import params, projects
from syllabus.errors import Unmet


def test_nothing_is_overwritten(tmp_path: Path, source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "dvc.yaml").write_text("mine")
    status, _, err = said(capsys, str(tmp_path / "shop"), "--data", str(source), "--target", "gekauft")
    assert status == 1
    assert err == f"syllabus new: {tmp_path}/shop/dvc.yaml exists: name a new folder, nothing is overwritten\n"
    assert [path.name for path in (tmp_path / "shop").iterdir()] == ["dvc.yaml"]


def git(folder: Path, *words: str) -> str:
    named = ("-c", "user.name=a", "-c", "user.email=a@b.c")
    return subprocess.run(["git", *named, *words], cwd=folder, capture_output=True, text=True, check=True).stdout


def everything(folder: Path) -> dict[str, bytes]:
    """Return the folder's files with their contents, and Git's index."""
    files = {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and ".git/" not in str(path)}
    return files | {"index": git(folder, "ls-files", "--stage").encode(), "folders": str(len(files)).encode()}


@pytest.fixture
def repository(tmp_path: Path, source: Path) -> Path:
    """A repository of the user's with the source in `data/`, committed."""
    (folder := tmp_path / "mine" / "data").mkdir(parents=True)
    shutil.move(source, folder / "sales.csv")
    git(folder.parent, "init", "--quiet")
    git(folder.parent, "add", ".")
    git(folder.parent, "commit", "--quiet", "-m", "mine")
    return folder.parent


def test_a_source_that_git_keeps_stays_where_it_is(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    held = repository / "data" / "sales.csv"
    content = held.read_bytes()
    assert said(capsys, str(repository), "--data", str(held), "--target", "gekauft")[0] == 0
    assert held.read_bytes() == content
    assert not (repository / "data" / "sales.csv.dvc").exists()
    assert params.read(repository / "params.yaml").data.source == "data/sales.csv"


@pytest.mark.parametrize(
    ("changed", "words", "sentence"),
    [
        ({}, ["--track", "dvc"], "data/sales.csv already: leave --track out, and Git goes on keeping it"),
        ({"data/other.csv": "precious"}, ["other.csv"], "data/other.csv exists: name a new folder, nothing is"),
        ({"expectations/suite.json": "{}"}, [], "expectations/suite.json exists: name a new folder, nothing is"),
        ({"data/.gitignore": "*\n"}, ["other.csv"], "other.csv.dvc' is git-ignored"),
        ({"shop/mine.txt": "precious", ".gitignore": "data/\n"}, ["shop"], "sales.csv.dvc' is git-ignored"),
    ],
)
def test_what_git_or_dvc_refuses_leaves_everything_as_it_was(
    repository: Path, capsys: pytest.CaptureFixture[str], changed: dict[str, str], words: list[str], sentence: str
) -> None:
    for name, text in changed.items():
        (repository / name).parent.mkdir(exist_ok=True)
        (repository / name).write_text(text)
    held = repository / "data" / "sales.csv"
    if words[:1] == ["other.csv"]:
        held = held.rename(repository.parent / "other.csv")
    folder = repository / "shop" if words == ["shop"] else repository
    before = everything(repository)
    tracking = words if words[:1] == ["--track"] else []
    status, _, err = said(capsys, str(folder), "--data", str(held), "--target", "gekauft", *tracking)
    assert (status, len(err.splitlines())) == (1, 1)
    assert sentence in err
    assert everything(repository) == before


def test_without_git_nothing_is_left(tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Unmet, match="git is not installed"):
        projects.write(projects.plan(tmp_path / "shop", str(source), "gekauft"))
    assert list(tmp_path.iterdir()) == [source]
