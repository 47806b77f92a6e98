"""Versions are listed from Git and DVC's cache; one tag makes a champion, and another takes it back."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from syllabus import cli, why
from syllabus.history import past as known
from tests.history import past_runs
from tests.history.past_runs import git


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Return what a command of `syllabus` printed; its one line of error where it failed."""
    capsys.readouterr()
    try:
        cli.main(list(words))
        status = 0
    except SystemExit as end:
        status = end.code
    out, err = capsys.readouterr()
    if not status:
        return str(out.strip())
    assert (status, out, err.count("\n")) == (1, "", 1)
    return str(err.removeprefix(f"syllabus {words[0]}: ").strip())


def stages(folder: Path) -> dict[str, str]:
    return {one.name: one.stage for one in known.versions(folder, "people", "artifacts/register/package")}


def test_versions_are_listed_with_what_made_them(past: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, "models").splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["version", "stage"],
        ["people@v0.0.2", "challenger"],
        ["log_loss", lines[2].split()[1]],  # a gate asks for it
        ["people@v0.0.1", "challenger"],
        ["log_loss", lines[4].split()[1]],
    ]
    found = json.loads(said(capsys, "models", "people", "--json"))
    first = found[1]
    assert (first["by"], first["commit"]) == ("Ann", git(past, "rev-parse", "people@v0.0.1^{commit}").strip())
    assert (first["metric"], first["data"]["rows"], first["data"]["path"]) == ("roc_auc", 600, "people.csv")
    measured = first["metrics"]["roc_auc"]
    assert measured["low"] < measured["value"] < measured["high"]
    assert f"roc_auc {measured['value']:.4f} ({measured['low']:.4f} to {measured['high']:.4f})" in lines[3]
    assert ", 600 rows" in lines[3]
    assert "  Ann  " in lines[3]
    assert git(past, "status", "--porcelain") == "", "nothing is checked out"


def test_what_the_cache_lacks_is_said_and_git_tells_the_rest(past: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(past / ".dvc/cache")
    lines = said(capsys, "models").splitlines()
    assert re.search(r"roc_auc \? +people.csv", lines[3])
    assert lines[-1].startswith("?: not in DVC's cache here; `dvc fetch --all-tags` brings")
    found = json.loads(said(capsys, "models", "--json"))[1]
    assert found["missing"] == ["artifacts/evaluate/report.json", "artifacts/register/package"]
    assert found["digest"].endswith(".dir")


def test_a_torn_file_of_the_cache_is_not_believed(past: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entry = past_runs.entry(past, "artifacts/evaluate/report.json")
    past_runs.cached(past, entry["md5"]).write_text('{"test": {}}')
    assert json.loads(said(capsys, "models", "--json"))[0]["missing"] == ["artifacts/evaluate/report.json"]


def test_the_champion_before_is_archived_and_comes_back(past: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "promote", "--version", "v0.0.1", "--to", "champion").startswith("people@v0.0.1 is now the champion; `git push")  # fmt: skip
    # What is registered here is v0.0.2 already.
    told = said(capsys, "promote", "--to", "champion").splitlines()
    assert told[0] == "people@v0.0.2 is this package already"
    assert told[1].startswith("people@v0.0.2 is now the champion; people@v0.0.1, the champion before it, is archived")
    assert stages(past) == {"v0.0.2": "champion", "v0.0.1": "archived"}
    assert said(capsys, "promote", "--version", "v0.0.2", "--to", "champion") == "people@v0.0.2 is the champion already"
    assert said(capsys, "rollback").startswith("people@v0.0.1 is now the champion; people@v0.0.2, the champion before it, is archived")  # fmt: skip
    assert stages(past) == {"v0.0.2": "archived", "v0.0.1": "champion"}
    assert said(capsys, "rollback").startswith("people@v0.0.1 is the first champion: there is none before it")
    assert stages(past) == {"v0.0.2": "archived", "v0.0.1": "champion"}
    assert git(past, "tag", "--list", "*#*").split() == ["people#champion#1", "people#champion#2", "people#champion#3"]


def test_gto_and_dvc_see_the_same_champion(past: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import gto.api

    for version in ("v0.0.1", "v0.0.2"):
        said(capsys, "promote", "--version", version, "--to", "champion")
        time.sleep(1.1)  # they order tags by their second
    said(capsys, "rollback")
    shown = {row["version"]: [stage["stage"] for stage in row["stages"]] for row in gto.api.show(str(past), "people")}
    assert shown == {"v0.0.1": ["champion"], "v0.0.2": []}
    out = past.parent / "got"
    words = [sys.executable, "-m", "dvc", "artifacts", "get", str(past), "people", "--stage", "champion", "--out", str(out)]  # fmt: skip
    subprocess.run(words, check=True, capture_output=True)
    assert why.md5_of_folder(out) == json.loads(said(capsys, "models", "--json"))[1]["digest"]


def test_an_archived_champion_leaves_none(past: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for version in ("v0.0.1", "v0.0.2"):
        said(capsys, "promote", "--version", version, "--to", "champion")
    told = said(capsys, "promote", "--version", "v0.0.2", "--to", "archived")
    assert told.startswith("people@v0.0.2 is now archived; people has no champion now")
    assert "champion" not in stages(past).values()
    assert "people has no champion: `syllabus promote people --version v0.0.2 --to champion`" in said(capsys, "compare", "champion", "v0.0.1")  # fmt: skip
    assert said(capsys, "rollback").startswith("people@v0.0.1 is now the champion")
    assert said(capsys, "promote", "--version", "v0.0.2", "--to", "challenger").startswith("people@v0.0.2 is now a challenger")  # fmt: skip


def test_a_stage_that_gto_took_back_is_gone(past: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import gto.api

    said(capsys, "promote", "--version", "v0.0.1", "--to", "champion")
    gto.api.unassign(str(past), "people", version="v0.0.1", stage="champion")
    assert stages(past) == {"v0.0.2": "challenger", "v0.0.1": "challenger"}
    gto.api.deregister(str(past), "people", version="v0.0.1")
    assert stages(past) == {"v0.0.2": "challenger"}


def test_a_champion_whose_data_are_gone_is_refused(past: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for version in ("v0.0.1", "v0.0.2"):
        said(capsys, "promote", "--version", version, "--to", "champion")
    digest = json.loads(said(capsys, "models", "--json"))[1]["digest"]
    past_runs.cached(past, digest).unlink()
    refused = said(capsys, "rollback")
    assert refused.startswith("people@v0.0.1 cannot be the champion: artifacts/register/package of ")
    assert "is not in DVC's cache, and no remote is set" in refused
    assert str(past) not in refused
    assert stages(past) == {"v0.0.2": "champion", "v0.0.1": "archived"}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["promote", "--version", "v0.0.3", "--to", "champion"], "people has no version v0.0.3; did you mean v0.0.2? Valid: v0.0.1, v0.0.2"),
        (["promote", "--version", "3"], "--version is 3; valid is one such as v0.1.0"),
        (["promote", "peoples"], "dvc.yaml declares no artifact peoples; did you mean people? Valid: people"),
        (["models", "peoples"], "dvc.yaml declares no artifact peoples; did you mean people? Valid: people"),
        (["rollback"], "people has no champion: there is none before it to go back to; `syllabus models people` lists the versions"),
        (["compare", "v0.0.7"], "people has no version v0.0.7; did you mean v0.0.2? Valid: v0.0.1, v0.0.2"),
        (["compare", "a@v0.0.1", "b@v0.0.1"], "a@v0.0.1 and b@v0.0.1 are of two models, which answer two questions: name two versions of one"),
    ],
)  # fmt: skip
def test_what_there_is_not_is_said(
    past: Path, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    assert said(capsys, *words) == sentence
    assert git(past, "tag").split() == ["people@v0.0.1", "people@v0.0.2"]


def test_a_project_without_versions_says_how_to_make_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(past_runs.begin(tmp_path / "new"))
    assert said(capsys, "models") == "There is no version yet: `syllabus promote` makes the registered model one."
    assert said(capsys, "models", "--json") == "[]"


def test_a_tag_of_hand_on_a_commit_without_a_run_hinders_nobody(past: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git(past, "rm", "-q", "--cached", "dvc.lock")
    git(past, "commit", "-q", "-m", "no run")
    git(past, "tag", "people@v0.5.0")
    git(past, "reset", "-q", "HEAD~")
    assert "people@v0.5.0  challenger" in said(capsys, "models")
    told = said(capsys, "compare", "v0.5.0", "v0.0.2")
    assert re.match(
        r"no dvc\.lock stands in the commit \w{7}, so nobody knows what it made: a version is made by ", told
    )
    assert re.match("no dvc", said(capsys, "promote", "--version", "v0.5.0", "--to", "champion"))
    past_runs.finish(past, rows=700)
    assert " is now a version; " in said(capsys, "promote")
