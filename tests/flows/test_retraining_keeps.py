"""Before a run replaces anything: the last copy is kept, what is gone is told, and Git has nothing under way."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from syllabus.errors import Unmet
from syllabus.history.git import lock_of, recorded
from tests.flows import next_models
from tests.flows.test_retraining import PACKAGE, agrees, retrain, state
from tests.history.past_runs import git


def lose(folder: Path, path: str) -> tuple[Path, Path]:
    """Take an output out of cache and working tree; return where its list stood, and where it is now."""
    digest = recorded(lock_of(folder, None), path)
    held = folder / ".dvc/cache/files/md5" / digest[:2] / digest[2:]
    shutil.rmtree(folder / path)
    return held, held.rename(folder.parent / "lost")


@pytest.mark.parametrize("name", ["worse", "refused"])
def test_the_only_copy_of_the_champion_is_not_lost_to_a_challenger(own: Path, library: Path, name: str) -> None:
    shutil.rmtree(own / ".dvc/cache")
    next_models.give(own, library, name)
    before = state(own)

    assert retrain(own).outcome in ("kept", "refused")

    assert state(own) == before


def test_a_champion_whose_package_is_gone_is_told_before_a_challenger_is_trained(
    own: Path, library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lose(own, PACKAGE)
    next_models.give(own, library, "better")
    before = state(own)

    with pytest.raises(Unmet, match=r"^people@v0\.0\.1 cannot be the champion: .* is not in DVC's cache, .*rollback"):
        retrain(own)

    assert "Training" not in capsys.readouterr().out
    assert state(own) == before


def test_a_challenger_waits_for_the_rows_that_the_champion_learned_from(own: Path, library: Path) -> None:
    """Without them nobody knows which rows it has not seen."""
    held, away = lose(own, "artifacts/split")
    next_models.give(own, library, "better")

    with pytest.raises(Unmet, match=r"^artifacts/split of .*, and no remote is set; the challenger is examined once "):
        retrain(own)

    away.rename(held)
    assert retrain(own).outcome == "promoted"
    assert agrees(own)


def test_in_the_middle_of_a_merge_nothing_is_trained(own: Path, library: Path) -> None:
    """Git would refuse the commit at the end, or hold it for the merge."""
    git(own, "checkout", "-q", "-b", "aside")
    (own / "notes").write_text("one\n")
    git(own, "add", "notes")
    git(own, "commit", "-q", "-m", "aside")
    git(own, "checkout", "-q", "main")
    git(own, "merge", "-q", "--no-ff", "--no-commit", "aside")
    next_models.give(own, library, "better")
    before = state(own)

    with pytest.raises(Unmet, match=r"^a merge is under way in Git, .* `git merge --continue` or `--abort` ends it$"):
        retrain(own)

    assert state(own) == before
    git(own, "merge", "--abort")
    assert retrain(own).outcome == "promoted"
