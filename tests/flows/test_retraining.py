"""The next model takes the champion's place only if it is better on the same rows; else all is left as it was."""

from __future__ import annotations

import asyncio
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from projects import ROOT

from flows.records import Record
from flows.retrain import plain
from syllabus import why
from syllabus.errors import Unmet
from syllabus.history import past
from syllabus.history.git import lock_of, recorded
from tests.flows import next_models
from tests.history.past_runs import dvc, git

PACKAGE = "artifacts/register/package"


RUN = """
import asyncio
from pathlib import Path
from flows.retrain import plain
print(asyncio.run(plain(Path(), check=False)).sentence)
"""
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT)}


def retrain(folder: Path, **words: Any) -> Record:
    return asyncio.run(plain(folder, check=False, **words))


def champion(folder: Path) -> str:
    found = past.champion(folder, "people", PACKAGE)
    assert found is not None
    return found.name


def state(folder: Path) -> dict[str, Any]:
    """Return all that a retraining may change, less its own records."""
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.glob("*") if path.is_file()}
    return files | {
        "commit": git(folder, "rev-parse", "HEAD"),
        "status": git(folder, "status", "--porcelain"),
        "tags": git(folder, "tag"),
        "outputs": why.md5_of_folder(folder / "artifacts"),
    }


def agrees(folder: Path) -> bool:
    """Say whether the commit, the working tree and the champion are of one model."""
    one = past.champion(folder, "people", PACKAGE)
    assert one is not None
    held = {recorded(lock_of(folder, commit), PACKAGE) for commit in ("HEAD", one.commit, None)}
    return held == {why.md5_of_folder(folder / PACKAGE)}


def test_the_first_model_that_passes_its_gates_is_the_champion(reigning: Path) -> None:
    assert champion(reigning) == "v0.0.1"
    assert agrees(reigning)
    assert git(reigning, "show", "--format=%s", "--name-only", "HEAD").splitlines() == [
        "Retrained people: it passed its gates, and there was none before",
        "",
        "dvc.lock",
    ]


def test_a_better_model_takes_its_place_and_what_made_it_is_committed(own: Path, library: Path) -> None:
    next_models.give(own, library, "better")

    ended = retrain(own)

    assert (ended.outcome, ended.version, ended.champion) == ("promoted", "people@v0.0.2", "people@v0.0.1")
    assert ended.figures["second"]["value"] > ended.figures["first"]["value"]
    assert champion(own) == "v0.0.2"
    assert agrees(own)
    assert git(own, "status", "--porcelain") == ""
    assert git(own, "show", "--format=", "--name-only", "HEAD").split() == ["dvc.lock", "people.csv"]
    assert [one.stage for one in past.versions(own, "people", PACKAGE)] == ["champion", "archived"]


@pytest.mark.parametrize(
    ("name", "outcome", "said"),
    [
        ("worse", "kept", r"people@v0\.0\.1 stays the champion: roc_auc is 0\.\d+, the champion's 0\.\d+ on the same \d+ rows .*: not better"),
        ("refused", "refused", r"register: not registered, 1 of 1 gates failed"),
    ],
)  # fmt: skip
def test_a_model_that_does_not_win_leaves_everything_as_it_was(
    own: Path, library: Path, name: str, outcome: str, said: str
) -> None:
    next_models.give(own, library, name)
    before = state(own)

    ended = retrain(own)

    assert ended.outcome == outcome
    assert re.fullmatch(said, ended.sentence)
    assert state(own) == before
    newest = max((own / ".syllabus/retraining").glob("*.json"))
    assert json.loads(newest.read_text())["sentence"] == ended.sentence


@pytest.mark.parametrize("name", ["first", "better", "worse", "refused"])
def test_a_second_run_on_the_same_data_does_nothing_and_says_so(
    own: Path, library: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    next_models.give(own, library, name)
    retrain(own)
    retrain(own)
    before = state(own)
    capsys.readouterr()

    ended = retrain(own)

    assert ended.outcome == "nothing new"
    assert ended.sentence.startswith("nothing new")
    assert "Training" not in capsys.readouterr().out
    assert state(own) == before


@pytest.mark.parametrize(
    ("name", "asked", "outcome", "said"),
    [
        ("better", "{sure: true}", "promoted", ": better"),
        ("better", "{margin: 0.5, sure: false}", "kept", ": better by less than the margin of 0.5"),
        ("worse", "{metric: log_loss, sure: true}", "kept", ": no more than chance may do"),
        ("worse", "{metric: log_loss, sure: false}", "promoted", ": better"),
    ],
)
def test_what_is_asked_of_a_challenger_is_declared(
    own: Path, library: Path, name: str, asked: str, outcome: str, said: str
) -> None:
    params = own / "params.yaml"
    params.write_text(params.read_text().replace("{sure: false}", asked))
    git(own, "commit", "-qam", "asked")
    next_models.give(own, library, name)

    ended = retrain(own)

    assert (ended.outcome, ended.sentence.endswith(said)) == (outcome, True), ended.sentence


@pytest.mark.parametrize("file", ["params.yaml", "make.sh"])
@pytest.mark.parametrize("staged", [False, True])
def test_edits_that_are_not_committed_are_refused_and_stay(own: Path, library: Path, file: str, staged: bool) -> None:
    next_models.give(own, library, "better")
    with (own / file).open("a") as edited:
        edited.write("# an edit\n")
    if staged:
        git(own, "add", file)
    before = state(own)

    with pytest.raises(Unmet, match=rf"^not committed: {file}; a version is a commit, so `git commit` or `git stash` "):
        retrain(own)

    assert state(own) == before


def test_data_that_dvc_holds_come_with_their_pointer(own: Path, library: Path) -> None:
    git(own, "rm", "-q", "--cached", "people.csv")
    dvc(own, "add", "people.csv")
    git(own, "add", "-A")
    git(own, "commit", "-qm", "DVC holds the data")
    before = (own / "people.csv.dvc").read_bytes()

    next_models.give(own, library, "worse")
    assert retrain(own).outcome == "kept"
    assert (own / "people.csv.dvc").read_bytes() == before
    assert (own / "people.csv").read_bytes() == (library / "worse.csv").read_bytes()

    next_models.give(own, library, "better")
    assert retrain(own).outcome == "promoted"
    assert git(own, "show", "--format=", "--name-only", "HEAD").split() == ["dvc.lock", "people.csv.dvc"]
    assert agrees(own)


def test_what_a_person_archived_does_not_come_back_by_itself(own: Path, library: Path) -> None:
    next_models.give(own, library, "better")
    retrain(own)
    from syllabus.history import champions

    champions.rollback(own, None)

    ended = retrain(own)

    assert (ended.outcome, champion(own)) == ("kept", "v0.0.1")
    assert ended.sentence == "people@v0.0.1 stays the champion: today's data make people@v0.0.2, which is archived"


def test_a_source_that_is_asked_each_time_says_what_is_new(
    own: Path, library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As the stage `freshness` does of a database, a URL or several files."""
    described = json.loads((own / "dvc.yaml").read_text())
    asking = {"cmd": "mkdir -p artifacts && md5sum people.csv > artifacts/freshness", "always_changed": True}
    described["stages"]["freshness"] = asking | {"outs": ["artifacts/freshness"]}
    described["stages"]["ingest"]["deps"] = ["artifacts/freshness", "make.sh"]
    (own / "dvc.yaml").write_text(json.dumps(described))
    git(own, "commit", "-qam", "the source is asked")
    assert retrain(own).outcome == "nothing new"
    before = state(own)

    capsys.readouterr()
    assert retrain(own).outcome == "nothing new"
    assert "Training" not in capsys.readouterr().out
    assert state(own) == before

    next_models.give(own, library, "worse")
    assert [retrain(own).outcome for _ in range(2)] == ["kept", "nothing new"]
    next_models.give(own, library, "better")
    assert [retrain(own).outcome for _ in range(2)] == ["promoted", "nothing new"]
    assert agrees(own)
