"""Retraining for real: served beside the pipeline, started by hand, by drift and when late; seen on the page."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from syllabus.history import past
from tests.flows import next_models
from tests.flows.served import Served, serving

pytestmark = pytest.mark.slow
DECLARED = "check=False, retraining=Retraining(schedule=Schedule(cron='0 6 1 * *'), on_drift=True)"
PACKAGE = "artifacts/register/package"


@pytest.fixture(scope="module")
def retraining(library: Path, state_database: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    project = next_models.begin(tmp_path_factory.mktemp("retraining") / "people", library)
    with serving(project, DECLARED) as found:
        yield found


def ended(served: Served, run: str) -> tuple[str, str]:
    found = served.ended(run)
    return found["state_name"], found["state"]["message"]


def runs(served: Served) -> list[dict[str, Any]]:
    """Return the runs of `retrain`, less those of the schedule that are not due yet."""
    found = served.ask("flow_runs/filter", deployments={"id": {"any_": [served.deployment("retrain")]}})
    return [run for run in found if run["state_name"] != "Scheduled"]


def a_first_champion_is_made_and_shown(retraining: Served) -> None:
    run = retraining.trigger("retrain")

    assert ended(retraining, run) == (
        "Promoted",
        "people@v0.0.1 is now the champion: it passed its gates, and there was none before",
    )
    (shown,) = retraining.ask("artifacts/filter", artifacts={"flow_run_id": {"any_": [run]}})
    assert "| outcome | promoted |" in shown["data"]
    assert {"Training the challenger", "Making it the champion"} <= set(retraining.log(run))


def drift_starts_a_retraining_that_promotes_a_better_model(retraining: Served, library: Path) -> None:
    next_models.give(retraining.project, library, "better")
    before = {run["id"] for run in runs(retraining)}
    drift = (
        "from prefect.events import emit_event; "
        "emit_event('syllabus.drift', resource={'prefect.resource.id': 'syllabus.project.people'})"
    )

    subprocess.run(
        [sys.executable, "-c", drift], env=environment(retraining), check=True, timeout=120, cwd=retraining.project
    )

    for _ in range(150):
        if new := [run["id"] for run in runs(retraining) if run["id"] not in before]:
            break
        time.sleep(0.4)
    assert ended(retraining, new[0])[0] == "Promoted"
    champion = past.champion(retraining.project, "people", PACKAGE)
    assert champion is not None
    assert champion.name == "v0.0.2"


def a_model_that_is_not_better_is_shown_as_kept(retraining: Served, library: Path) -> None:
    next_models.give(retraining.project, library, "worse")

    name, said = ended(retraining, retraining.trigger("retrain"))

    assert (name, said.partition(":")[0]) == ("Kept", "people@v0.0.2 stays the champion")


def retrainings_that_a_sleeping_laptop_missed_are_one(retraining: Served) -> None:
    now = datetime.now(UTC)

    late = [
        retraining.trigger("retrain", scheduled_time=(now - timedelta(hours=hours)).isoformat())
        for hours in range(1, 6)
    ]

    # Those that come while one runs are cancelled; one that comes after it has ended finds nothing new.
    states = {ended(retraining, run)[0] for run in late}
    assert "Idle" in states
    assert states <= {"Cancelled", "Idle"}
    champion = past.champion(retraining.project, "people", PACKAGE)
    assert champion is not None
    assert champion.name == "v0.0.2"


def the_command_line_retrains_on_the_server(retraining: Served) -> None:
    asked = [sys.executable, "-m", "flows.retrain", "--project", str(retraining.project)]
    params = retraining.project / "params.yaml"
    committed = params.read_text()
    params.write_text(committed + "# an edit\n")

    done = subprocess.run(asked, env=environment(retraining), capture_output=True, text=True, check=False)
    params.write_text(committed)

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("retrain: not committed: params.yaml; ")


def test_retraining_is_served_from_the_first_champion_on(retraining: Served, library: Path) -> None:
    # One test: each part goes on from the champion that the one before has made.
    a_first_champion_is_made_and_shown(retraining)
    drift_starts_a_retraining_that_promotes_a_better_model(retraining, library)
    a_model_that_is_not_better_is_shown_as_kept(retraining, library)
    retrainings_that_a_sleeping_laptop_missed_are_one(retraining)
    the_command_line_retrains_on_the_server(retraining)


def environment(served: Served) -> dict[str, str]:
    import os

    return {**os.environ, "PREFECT_API_URL": f"{served.url}/api", "PREFECT_SERVER_EPHEMERAL_ENABLED": "false"}
