"""One stage: what came of it is one word and one sentence."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from flows import graph
from flows.commands import Listener
from flows.reproduce import Outcome, reproduce
from tests.flows.runs import bring_one, locked, rewrite, survey_runs


def test_a_stage_that_runs_says_why_and_what_it_prints(project: Path) -> None:
    rewrite(project / "params.yaml", "depth: 3", "depth: 4")

    outcome, heard = bring_one("train@tree")

    assert outcome == Outcome("Completed", "Ran because tree in params.yaml changed")
    assert heard == ["Why: tree in params.yaml changed", "fitted tree"]
    assert graph.read().stale == {}


def test_a_stage_with_nothing_to_do_is_cached_and_silent(project: Path) -> None:
    assert bring_one("evaluate") == (Outcome("Cached", "Nothing that it reads has changed"), [])


def test_a_forced_stage_runs(project: Path) -> None:
    outcome, heard = bring_one("train@tree", force=True)

    assert outcome.name == "Completed"
    assert "fitted tree" in heard


def test_what_was_made_before_is_restored_without_running(project: Path) -> None:
    rewrite(project / "params.yaml", "depth: 3", "depth: 4")
    bring_one("train@tree")
    rewrite(project / "params.yaml", "depth: 4", "depth: 3")

    outcome, heard = bring_one("train@tree")

    assert outcome == Outcome("Restored", "Restored from the run cache because tree in params.yaml changed")
    assert "fitted tree" not in heard


def test_a_failed_stage_speaks_for_itself(project: Path) -> None:
    (project / "table.csv").unlink()
    (project / "table.csv").write_text("bad\n")

    outcome, heard = bring_one("validate")

    assert outcome == Outcome("Failed", "validate: 1 critical expectation failed")
    assert "validate: 1 critical expectation failed" in heard  # two pipes: either may be read first


@pytest.mark.parametrize(
    ("command", "message"),
    [
        # What is printed last is heard last, but standard error holds the reason.
        ("echo 'survey: no such column' >&2; echo done; exit 1", "survey: no such column"),
        ("echo only this; exit 3", "survey: only this"),
        ("echo 'survey: a' >&2; echo 'survey: b' >&2; exit 1", "survey: a; b"),
        ("echo 'Traceback' >&2; echo 'ValueError: x' >&2; exit 1", "survey: ValueError: x"),
        ("echo survey is not a prefix >&2; exit 1", "survey: survey is not a prefix"),
    ],
)
def test_the_last_sentence_of_a_failed_stage_is_its_message(project: Path, command: str, message: str) -> None:
    survey_runs(project, command)

    assert bring_one("survey")[0] == Outcome("Failed", message)


def test_a_silent_failure_names_the_command_and_its_status(project: Path) -> None:
    survey_runs(project, "exit 3")

    assert bring_one("survey")[0].message == "survey: failed to run: exit 3, exited with 3"


def test_a_candidate_is_named_in_full(project: Path) -> None:
    (project / "sentence").write_text("train: no rows\n")
    rewrite(project / "dvc.yaml", "echo fitted ${item}", "cat sentence >&2 && false")

    assert bring_one("train@tree")[0].message == "train@tree: no rows"


def test_a_stage_that_leaves_no_output_fails(project: Path) -> None:
    survey_runs(project, "true")

    outcome, _ = bring_one("survey")

    assert outcome.name == "Failed"
    assert "lines.txt" in outcome.message


def test_a_broken_stage_is_not_tried_again(project: Path) -> None:
    survey_runs(project, "echo x >> tries; false")

    bring_one("survey")

    assert (project / "tries").read_text() == "x\n"


def test_python_prints_are_heard_at_once(project: Path) -> None:
    survey_runs(
        project,
        "python -c \"import time; print('early'); time.sleep(2)\" && touch lines.txt",
    )
    times: dict[str, float] = {}
    reproduce("survey", Listener(lambda line: times.setdefault(line, time.monotonic())))

    assert time.monotonic() - times["early"] > 1.5


def test_a_stopped_stage_ends_with_all_that_it_started_and_leaves_no_trace(project: Path) -> None:
    survey_runs(project, "echo begun; sleep 60 & wait; wc -l < raw.csv > lines.txt")
    begun = threading.Event()
    listener = Listener(lambda line: begun.set() if line == "begun" else None)
    ended: list[Outcome] = []
    thread = threading.Thread(target=lambda: ended.append(reproduce("survey", listener)))
    thread.start()
    assert begun.wait(30)

    started = time.monotonic()
    listener.stop()
    thread.join(30)

    assert time.monotonic() - started < 10
    assert ended[0].name == "Failed"
    rewrite(project / "dvc.yaml", "sleep 60 & wait; ", "")
    assert bring_one("survey")[0].name == "Completed"
    assert graph.read().stale == {}


def test_a_stage_that_was_stopped_before_it_began_starts_nothing(project: Path) -> None:
    listener = Listener(print)
    listener.stop()

    assert reproduce("survey", listener, force=True).name == "Failed"
    assert not listener.started


def test_a_full_disk_is_one_sentence(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "dvc.lock")

    rewrite(project / "raw.csv", "1", "2")
    monkeypatch.setattr("dvc.stage.PipelineStage.dump", full)
    before = (project / "dvc.lock").read_bytes()

    assert bring_one("survey")[0] == Outcome("Failed", "survey: [Errno 28] No space left on device: 'dvc.lock'")
    assert (project / "dvc.lock").read_bytes() == before


def test_a_locked_repository_is_one_sentence(project: Path) -> None:
    with locked():
        outcome, heard = bring_one("survey", patience=0)

    assert outcome == Outcome(
        "Failed",
        "survey: the DVC repository is locked by another DVC process: wait until it ends and run this again",
    )
    assert heard == []


def test_a_held_lock_is_waited_for(project: Path) -> None:
    rewrite(project / "raw.csv", "1", "2")
    with locked() as holder:
        assert holder.stdin is not None
        threading.Timer(4.0, holder.stdin.close).start()
        outcome, heard = bring_one("survey")

    assert outcome.name == "Completed"
    assert any("locked by another DVC process: trying again" in line for line in heard)


# Takes DVC's lock as soon as it is free, and holds it for longer than DVC itself waits.
THIEF = """
import sys, time, zc.lockfile
lock = zc.lockfile.LockFile(".dvc/tmp/lock")
open("held", "w").close()
time.sleep(float(sys.argv[1]))
"""


@pytest.mark.parametrize(("seconds", "patience", "name"), [(5, 60, "Completed"), (8, 0, "Failed")])
def test_a_lock_that_is_taken_meanwhile_costs_no_second_run(
    project: Path, seconds: int, patience: float, name: str
) -> None:
    (project / "thief.py").write_text(THIEF)
    begun = f"python thief.py {seconds} >&- 2>&- & until test -e held; do sleep 0.1; done"
    survey_runs(project, f"echo x >> tries; {begun}; wc -l < raw.csv > lines.txt")

    outcome, heard = bring_one("survey", patience=patience)

    assert outcome.name == name
    assert (project / "tries").read_text() == "x\n"
    assert "is locked by another DVC process" in (heard[-1] if name == "Completed" else outcome.message)


def test_who_works_on_the_same_files_is_named(project: Path) -> None:
    rewrite(project / "raw.csv", "1", "2")
    busy = '{"write": {"%s": {"pid": 1, "cmd": "dvc repro"}}, "read": {}}' % (project / "lines.txt")
    (project / ".dvc" / "tmp" / "rwlock").write_text(busy)

    outcome, _ = bring_one("survey", patience=0)

    assert "is locked by process 1 (dvc repro)" in outcome.message
