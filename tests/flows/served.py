"""A project that is served for real: a server on a free port, asked through its API."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from flows.server import free_port


@dataclass(frozen=True)
class Served:
    """A project whose flows are served."""

    project: Path
    process: subprocess.Popen[str]
    url: str

    def ask(self, path: str, **body: Any) -> Any:
        for _ in range(10):
            answer = httpx.post(f"{self.url}/api/{path}", json=body, timeout=60)
            if answer.status_code != 503:  # SQLite is busy; Prefect's own client asks again, too
                break
            time.sleep(0.5)
        return answer.raise_for_status().json()

    def deployment(self, flow: str) -> str:
        (found,) = self.ask("deployments/filter", flows={"name": {"any_": [flow]}})
        return str(found["id"])

    def trigger(self, flow: str = "pipeline", **state: Any) -> str:
        """Ask for a run; return its id."""
        body = {"state": {"type": "SCHEDULED", "state_details": state}}
        return str(self.ask(f"deployments/{self.deployment(flow)}/create_flow_run", **body)["id"])

    def ended(self, run: str) -> Mapping[str, Any]:
        """Wait for a run's end; return it."""
        for _ in range(600):
            (found,) = self.ask("flow_runs/filter", flow_runs={"id": {"any_": [run]}})
            if found["state_type"] in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED"):
                return dict(found)
            time.sleep(0.2)
        raise AssertionError(f"{run} is still {found['state_name']}")

    def tasks(self, run: str, stages: set[str]) -> dict[str, str]:
        """Return the state's name of each task of a run; the server learns of them a moment later."""
        for _ in range(100):
            found = self.ask("task_runs/filter", flow_runs={"id": {"any_": [run]}})
            states = {task["name"]: task["state_name"] for task in found}
            if set(states) == stages and not {"Running", "Pending"} & set(states.values()):
                break
            time.sleep(0.2)
        assert len(found) == len(states)
        return states

    def log(self, run: str) -> list[str]:
        time.sleep(3)  # logs are sent in batches
        return [line["message"] for line in self.ask("logs/filter", logs={"flow_run_id": {"any_": [run]}})]


@contextmanager
def serving(project: Path, words: str) -> Iterator[Served]:
    """Serve a project by `flows.serve.serve`, called with some words, and end it as a user does."""
    port = free_port(0)
    told = f"from pathlib import Path; from flows.serve import serve; from syllabus.settings import Retraining, Schedule; serve(Path(), port={port}, {words})"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    process = subprocess.Popen(
        [sys.executable, "-c", told], cwd=project, env=environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    started = []
    try:
        for line in process.stdout:
            started.append(line)
            if "Ctrl-C" in line:
                break
        assert f"http://127.0.0.1:{port}/deployments/" in "".join(started)
        yield Served(project, process, f"http://127.0.0.1:{port}")
    finally:
        process.send_signal(signal.SIGTERM)
        process.stdout.read()
        process.stdout.close()
        assert process.wait(timeout=60) == 0
