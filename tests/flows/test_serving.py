"""The whole thing for real: a server on a free port, the deployment, runs through the API, the page in a browser."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psutil
import pytest
from browser import dumped, pictured

from tests.flows.runs import rewrite
from tests.flows.served import Served, serving

pytestmark = pytest.mark.slow

STAGES = {"ingest", "validate", "train@linear", "train@tree", "evaluate", "survey"}


@pytest.fixture(scope="module")
def served(fresh: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    project = tmp_path_factory.mktemp("served") / "census"
    shutil.copytree(fresh, project)
    with serving(project, "cron='0 6 * * 1', check=False") as found:
        yield found


@pytest.fixture(scope="module")
def first(served: Served) -> str:
    """The project's first run, ended."""
    run = served.trigger()
    served.ended(run)
    return run


def test_a_first_run_shows_one_task_a_stage(served: Served, first: str) -> None:
    assert served.ended(first)["state"]["message"] == "6 ran"
    assert served.tasks(first, STAGES) == dict.fromkeys(STAGES, "Completed")


def test_a_second_run_shows_that_nothing_was_to_do(served: Served, first: str) -> None:
    second = served.trigger()

    assert served.ended(second)["state_name"] == "Completed"
    assert served.tasks(second, STAGES) == dict.fromkeys(STAGES, "Cached")


def test_what_ran_why_and_what_was_restored_are_told_apart(served: Served, first: str) -> None:
    rewrite(served.project / "params.yaml", "depth: 3", "depth: 4")
    third = served.trigger()
    assert served.ended(third)["state"]["message"] == "1 ran, 5 had nothing to do"
    assert served.tasks(third, STAGES) == {**dict.fromkeys(STAGES, "Cached"), "train@tree": "Completed"}
    assert {"Why: tree in params.yaml changed", "fitted tree"} <= set(served.log(third))

    rewrite(served.project / "params.yaml", "depth: 4", "depth: 3")
    fourth = served.trigger()
    served.ended(fourth)
    assert served.tasks(fourth, STAGES)["train@tree"] == "Restored"


def test_the_artifact_links_pages_that_open(served: Served, first: str) -> None:
    (artifact,) = served.ask("artifacts/filter", artifacts={"flow_run_id": {"any_": [first]}})

    assert r"| roc\_auc | 0.9123 |" in artifact["data"]
    link = artifact["data"].partition("[report.html](")[2].partition(")")[0]
    assert httpx.get(link).text == "<h1>Report</h1>\n"


def test_a_failed_stage_fails_the_run_with_its_own_message(served: Served, first: str) -> None:
    rewrite(served.project / "raw.csv", "1", "bad")

    run = served.trigger()
    ended = served.ended(run)
    rewrite(served.project / "raw.csv", "bad", "1")

    assert (ended["state_type"], ended["state"]["message"]) == ("FAILED", "validate: 1 critical expectation failed")
    states = served.tasks(run, STAGES)
    assert states["validate"] == "Failed"
    assert {states[stage] for stage in ("train@linear", "train@tree", "evaluate")} == {"NotReady"}
    assert states["survey"] in ("Completed", "Restored")
    assert "validate: 1 critical expectation failed" in served.log(run)
    assert served.ask("artifacts/filter", artifacts={"flow_run_id": {"any_": [run]}})


def test_runs_that_were_missed_do_not_pile_up(served: Served) -> None:
    rewrite(served.project / "dvc.yaml", "wc -l <", "sleep 3; wc -l <")
    now = datetime.now(UTC)

    late = [served.trigger(scheduled_time=(now - timedelta(hours=hours)).isoformat()) for hours in range(1, 6)]

    assert sorted(served.ended(run)["state_name"] for run in late) == ["Cancelled"] * 4 + ["Completed"]
    rewrite(served.project / "dvc.yaml", "sleep 3; wc -l <", "wc -l <")


def test_the_schedule_is_in_force(served: Served) -> None:
    for _ in range(120):
        scheduled = served.ask("flow_runs/filter", flow_runs={"state": {"type": {"any_": ["SCHEDULED"]}}})
        if scheduled:
            break
        time.sleep(0.5)

    times = [datetime.fromisoformat(run["expected_start_time"]) for run in scheduled]
    assert times
    assert all((time.weekday(), time.hour, time.minute) == (0, 6, 0) for time in times)


def test_the_command_line_runs_the_same_flow_on_the_server(served: Served) -> None:
    asked = [sys.executable, "-m", "flows.pipeline", "--project", str(served.project), "--no-check", "survey"]
    environment = {**os.environ, "PREFECT_API_URL": f"{served.url}/api"}

    assert subprocess.run(asked, env=environment, capture_output=True, check=False).returncode == 0

    survey_broken = subprocess.run(
        [*asked[:-1], "nothing"], env=environment, capture_output=True, text=True, check=False
    )
    assert survey_broken.returncode == 1
    assert survey_broken.stderr.splitlines()[-1].startswith("pipeline: ")
    assert "nothing" in survey_broken.stderr.splitlines()[-1]
    assert "Traceback" not in survey_broken.stderr


def test_a_browser_shows_the_run(served: Served, first: str, tmp_path: Path) -> None:
    name = served.ended(first)["name"]
    page = f"{served.url}/runs/flow-run/{first}"
    picture = pictured(page, tmp_path / "profile", size=(1400, 1000), seconds=20)
    dom = dumped(page, tmp_path / "profile", seconds=20)

    assert len(picture) > 50_000  # an empty page is a fifth of that
    assert name in dom
    assert f"{len(STAGES)} Task runs" in dom
    assert "Finished in state" in dom


def test_ctrl_c_ends_the_server_the_run_and_its_stage(served: Served) -> None:
    rewrite(served.project / "dvc.yaml", "wc -l <", "sleep 600; wc -l <")
    run = served.trigger()
    family: list[psutil.Process] = []
    for _ in range(150):
        family = psutil.Process(served.process.pid).children(recursive=True)
        if any("sleep" in process.name() for process in family):
            break
        time.sleep(0.2)
    assert any("sleep" in process.name() for process in family), run

    served.process.send_signal(signal.SIGINT)

    assert served.process.wait(timeout=60) == 0
    assert psutil.wait_procs(family, timeout=10)[1] == []
