"""Commands of stages are heard through one function of DVC's: if that changes, this fails first."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest

from flows import commands
from flows.commands import Listener
from tests.flows.runs import bring_all, bring_one, rewrite, survey_runs


def test_dvc_still_starts_commands_the_way_this_hears_them(project: Path) -> None:
    from dvc.stage import run as dvc_run

    assert list(inspect.signature(dvc_run._make_cmd).parameters) == ["executable", "cmd"]
    assert "_run(executable, cmd, **kwargs)" in inspect.getsource(dvc_run.cmd_run)


def test_a_stage_runs_in_the_environment_of_the_flow(project: Path) -> None:
    survey_runs(project, 'python -c "import sys; print(sys.prefix)" && touch lines.txt')

    assert sys.prefix in bring_one("survey")[1]


def test_a_stage_reads_nothing_from_the_terminal(project: Path) -> None:
    survey_runs(project, "cat && touch lines.txt")

    assert bring_one("survey")[0].name == "Completed"


def test_lines_come_whole_and_a_progress_bar_counts_once() -> None:
    heard: list[str] = []
    program = r"import os; os.write(1, b'on'); os.write(1, b'e\n\ntwo\r\n'); os.write(2, b'1%\r50%\r100%'); os.write(1, b'\xff')"

    status = Listener(heard.append).run([sys.executable, "-c", program], env=dict(os.environ))

    assert status == 0
    assert sorted(heard) == sorted(["one", "two", "100%", "\ufffd"])
    assert [line for line in heard if line != "100%"] == ["one", "two", "\ufffd"]


def test_stages_side_by_side_share_the_cores(new: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SYLLABUS_THREADS", raising=False)
    monkeypatch.setattr(commands, "cores", lambda: 8)
    rewrite(new / "dvc.yaml", "mkdir -p models", "mkdir -p models; sleep 1; echo $SYLLABUS_THREADS > threads.${item}")
    survey_runs(new, "echo $SYLLABUS_THREADS > lines.txt")

    bring_all(["train"])
    bring_all(["survey"])

    shares = [(new / name).read_text() for name in ("threads.linear", "threads.tree", "lines.txt")]
    assert shares == ["4\n", "4\n", "8\n"]


def test_what_the_user_says_of_threads_stays(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYLLABUS_THREADS", "3")
    survey_runs(project, "echo $SYLLABUS_THREADS > lines.txt")

    bring_one("survey")

    assert (project / "lines.txt").read_text() == "3\n"


def test_a_process_left_behind_does_not_hold_up_the_stage(project: Path) -> None:
    survey_runs(project, "sleep 30 & echo $! > pid; wc -l < raw.csv > lines.txt")

    try:
        assert bring_one("survey")[0].name == "Completed"
    finally:
        os.kill(int((project / "pid").read_text()), 15)


def test_a_command_that_ends_while_it_is_stopped_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    listener = Listener(print)
    with subprocess.Popen(["true"]) as ended:
        pass
    monkeypatch.setattr(ended, "poll", lambda: None)
    listener._process = ended

    listener.stop()

    assert listener.stopped


def test_the_flow_counts_cores_as_the_architectures_do() -> None:
    from flows import walk
    from syllabus import architectures

    assert commands.cores is walk.cores is architectures.cores
