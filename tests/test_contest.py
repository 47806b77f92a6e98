"""A candidate that competes no longer leaves no trace, and nothing else is touched."""

from __future__ import annotations

from pathlib import Path

from syllabus import contest


def result(folder: Path) -> Path:
    """Make what `train` leaves of a candidate."""
    (folder / "model").mkdir(parents=True)
    (folder / "model" / "model.json").write_text("{}")
    (folder / "report.json").write_text("{}")
    return folder


def test_only_results_of_candidates_that_were_dropped_are_removed(tmp_path: Path) -> None:
    kept = result(tmp_path / "tree")
    gone = result(tmp_path / "linear")
    (tmp_path / "notes" / "model").mkdir(parents=True)
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "report.json").write_text("{}")
    (tmp_path / "report.json").write_text("a user's own file")
    contest.drop([tmp_path], ("tree",))
    assert not gone.exists()
    assert (kept / "model" / "model.json").is_file()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["half", "notes", "report.json", "tree"]
