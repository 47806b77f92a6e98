"""What stands in the way of serving is said in one sentence, before anything starts."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from flows import server
from flows.serve import deploy, serve
from syllabus.errors import Unmet


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")})


def test_a_free_port_is_found_and_a_taken_one_refused() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        assert server.free_port(None) != port
        with pytest.raises(Unmet, match=f"port {port} is taken"):
            server.free_port(port)


@pytest.mark.parametrize("port", [-1, 65536, 99999])
def test_a_number_that_is_no_port_is_refused(port: int) -> None:
    with pytest.raises(Unmet, match=rf"^--port {port}: valid is 1 to 65535, or 0 for any that is free$"):
        server.free_port(port)


def test_a_server_that_does_not_answer_is_named(tmp_path: Path) -> None:
    os.environ["PREFECT_API_URL"] = "http://127.0.0.1:9/api"

    with pytest.raises(Unmet, match=r"no Prefect server answers at PREFECT_API_URL=http://127\.0\.0\.1:9/api"):
        server.prepare(tmp_path, None)


def test_what_the_user_has_set_stays(tmp_path: Path) -> None:
    os.environ["PREFECT_RUNNER_POLL_FREQUENCY"] = "9"

    assert server.prepare(tmp_path / "home", None)

    assert os.environ["PREFECT_RUNNER_POLL_FREQUENCY"] == "9"
    assert os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
    assert os.environ["PREFECT_API_URL"].startswith("http://127.0.0.1:")
    assert (tmp_path / "home" / ".gitignore").read_text() == "*\n"


def test_a_folder_that_is_no_project_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unmet, match=r"holds no dvc\.yaml"):
        serve(tmp_path)


@pytest.mark.parametrize(("cron", "timezone"), [("every monday", "UTC"), ("0 6 * * 1", "Mars/Olympus")])
def test_a_schedule_that_cannot_be_read_is_refused(tmp_path: Path, cron: str, timezone: str) -> None:
    with pytest.raises(Unmet, match=r"schedule: .* cannot be read"):
        deploy(tmp_path, cron, timezone, check=True)


def test_one_run_at_a_time_and_none_waits(tmp_path: Path) -> None:
    deployment = deploy(tmp_path, "0 6 * * 1", "Europe/Berlin", check=True)

    assert deployment.concurrency_limit == 1
    assert deployment.concurrency_options is not None
    assert deployment.concurrency_options.collision_strategy == "CANCEL_NEW"
    assert deployment.entrypoint == "flows.pipeline.pipeline"


def test_without_a_schedule_nothing_runs_by_itself(tmp_path: Path) -> None:
    deployment = deploy(tmp_path, None, "UTC", check=True)

    assert not deployment.schedules
    assert not deployment.triggers


def test_drift_of_this_project_starts_a_retraining(tmp_path: Path) -> None:
    (trigger,) = deploy(tmp_path, None, "UTC", flow="retrain", on_drift=True).triggers

    assert trigger.expect == {"syllabus.drift"}
    assert trigger.match.model_dump() == {"prefect.resource.id": f"syllabus.project.{tmp_path.name}"}
