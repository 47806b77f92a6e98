"""All stages: each after those that it needs, side by side where nothing forbids it."""

from __future__ import annotations

import asyncio
import inspect
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from ruamel.yaml import YAML

from flows import graph
from flows.pipeline import Asked, pipeline, plainly
from flows.walk import walk
from syllabus.errors import Unmet
from tests.flows.runs import bring_all, rewrite, survey_runs

NEEDS = {"a": (), "b": ("a",), "c": ("a",), "d": ("b", "c"), "e": ()}


def visited(width: int) -> tuple[list[str], int]:
    """Walk NEEDS with visits that take a moment; return the order in which they ended and the most at a time."""
    ended: list[str] = []
    now = most = 0

    async def visit(stage: str, upstream: list[str]) -> str:
        nonlocal now, most
        assert upstream == list(NEEDS[stage])
        now, most = now + 1, max(most, now + 1)
        await asyncio.sleep(0.01)
        ended.append(stage)
        now -= 1
        return stage

    assert asyncio.run(walk(NEEDS, visit, width)) == {stage: stage for stage in NEEDS}
    return ended, most


def test_a_visit_follows_those_that_it_needs() -> None:
    ended, _ = visited(width=2)

    assert all(ended.index(up) < ended.index(stage) for stage, ups in NEEDS.items() for up in ups)


@pytest.mark.parametrize("width", [1, 2])
def test_no_more_than_so_many_at_the_same_time(width: int) -> None:
    assert visited(width)[1] == width


def test_a_visit_that_raises_ends_the_others() -> None:
    async def visit(stage: str, upstream: list[None]) -> None:
        if stage == "a":
            raise RuntimeError(stage)
        await asyncio.sleep(60)

    started = time.monotonic()
    with pytest.raises(ExceptionGroup):
        asyncio.run(walk(NEEDS, visit))
    assert time.monotonic() - started < 10


def test_a_second_run_does_nothing(project: Path) -> None:
    before = (project / "dvc.lock").read_bytes()

    assert bring_all() == "6 had nothing to do"
    assert (project / "dvc.lock").read_bytes() == before


def test_only_what_changed_and_what_follows_runs(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rewrite(project / "params.yaml", "depth: 3", "depth: 4")

    # models/tree comes out the same, so that evaluate has nothing to do.
    assert bring_all() == "1 ran, 5 had nothing to do"
    assert "train@tree | fitted tree" in capsys.readouterr().out


def test_a_run_leaves_what_dvc_repro_leaves(new: Path) -> None:
    bring_all()
    here = YAML(typ="safe").load(new / "dvc.lock")
    (new / "dvc.lock").unlink()
    subprocess.run([sys.executable, "-m", "dvc", "repro", "--quiet", "--force", "--no-run-cache"], check=True)

    assert YAML(typ="safe").load(new / "dvc.lock") == here
    assert graph.read().stale == {}


def test_what_a_failed_stage_holds_up_is_not_reached_and_the_rest_runs(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rewrite(project / "raw.csv", "1", "bad")

    with pytest.raises(Unmet, match=r"^validate: 1 critical expectation failed$"):
        bring_all()

    said = capsys.readouterr().out
    assert "survey | Completed" in said
    assert all(f"{stage} | NotReady" in said for stage in ("train@linear", "train@tree", "evaluate"))
    assert (project / "report.html").exists()


def test_after_a_repair_only_the_rest_is_done(project: Path) -> None:
    rewrite(project / "raw.csv", "1", "bad")
    with pytest.raises(Unmet):
        bring_all()
    rewrite(project / "raw.csv", "bad", "1")

    assert bring_all() == "3 restored, 3 had nothing to do"


def test_candidates_run_side_by_side(new: Path) -> None:
    rewrite(
        new / "dvc.yaml",
        "mkdir -p models",
        "mkdir -p models; touch begun.${item}; sleep 2; ls begun.* | wc -l > seen.${item}",
    )

    bring_all(["train"])

    assert (new / "seen.linear").read_text().strip() == (new / "seen.tree").read_text().strip() == "2"


def test_an_edit_during_the_run_is_reported(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rewrite(project / "dvc.yaml", "cat models/*", "sed -i 1s/1/9/ params.yaml; cat models/*")

    bring_all()

    assert "train@linear is out of date again, something was edited" in capsys.readouterr().out


@pytest.mark.parametrize(("folder", "sentence"), [("nowhere", "nowhere is not a folder"), (".git", "dvc.yaml")])
def test_a_wrong_project_is_one_sentence(project: Path, folder: str, sentence: str) -> None:
    with pytest.raises(Unmet, match=sentence) as caught:
        asyncio.run(plainly(Asked(project / folder, check=False)))
    assert "\n" not in str(caught.value)


def test_wrong_settings_stop_everything_before_it_starts(new: Path) -> None:
    with pytest.raises(Unmet, match=r"params\.yaml:\d+: "):
        asyncio.run(plainly(Asked(new)))
    assert not (new / "table.csv").exists()


@pytest.mark.parametrize("width", [0, -1])
def test_a_width_less_than_one_is_refused(width: int) -> None:
    with pytest.raises(Unmet, match=rf"^width is {width}; valid is how many stages may run at the same time, from 1$"):
        Asked(width=width)


def test_what_a_run_is_asked_is_what_the_flow_declares() -> None:
    shown = {name: given.default for name, given in inspect.signature(pipeline.fn).parameters.items()}

    assert shown == vars(Asked())


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_an_ended_flow_takes_its_stages_with_it(project: Path, how: signal.Signals) -> None:
    survey_runs(project, "echo begun; sleep 600; wc -l < raw.csv > lines.txt")
    words = [sys.executable, "-m", "flows.pipeline", "--no-check"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as flow:
        assert flow.stdout is not None
        assert any("begun" in line for line in flow.stdout)
        family = psutil.Process(flow.pid).children(recursive=True)

        flow.send_signal(how)

        assert flow.communicate(timeout=30)[1].splitlines()[-1] == "pipeline: told to end"
    assert flow.returncode == 1
    assert family
    assert psutil.wait_procs(family, timeout=5)[1] == []
    assert set(graph.read().stale) == {"survey"}


def test_the_command_line_ends_with_the_sentence(project: Path) -> None:
    survey_runs(project, "echo 'survey: no rows' >&2; exit 1")
    words = [sys.executable, "-m", "flows.pipeline", "--no-check", "survey"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}

    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr.splitlines()[-1]) == (1, "pipeline: survey: no rows")
    assert "Traceback" not in done.stderr
    assert done.stdout.startswith("No Prefect server is named")


def test_the_command_line_refuses_such_a_width_in_one_sentence(project: Path) -> None:
    words = [sys.executable, "-m", "flows.pipeline", "--no-check", "--width", "-1"]

    done = subprocess.run(words, capture_output=True, text=True, check=False)

    sentence = "pipeline: width is -1; valid is how many stages may run at the same time, from 1"
    assert (done.returncode, done.stdout, done.stderr.splitlines()) == (1, "", [sentence])
