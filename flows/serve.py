"""python -m flows.serve: a local Prefect server with its page, and the flows of a project when due, until Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from flows import pages, server
from flows.results import PAGES_URL
from syllabus.errors import Unmet
from syllabus.settings import Monitoring, Retraining

if TYPE_CHECKING:
    from uuid import UUID

    from prefect.deployments.runner import RunnerDeployment

DRIFT = "syllabus.drift"
"""The event that says of a project, `syllabus.project.NAME`, that its data have drifted."""


def serve(
    project: Path,
    *,
    port: int | None = None,
    cron: str | None = None,
    timezone: str = "UTC",
    check: bool = True,
    promote: bool = False,
    monitoring: Monitoring | None = None,
    retraining: Retraining | None = None,
) -> None:
    """Serve the flows of a project until the process is told to end.

    One run of each at a time: one that is due while another runs is cancelled, so that what a sleeping laptop has
    missed is run once. The server that this starts ends with it; where PREFECT_API_URL names one, that is used.

    Args:
        project: the folder that holds dvc.yaml.
        port: of Prefect's page; 4200 or any that is free otherwise.
        cron: when to run the pipeline, five fields; never by itself otherwise.
        timezone: the IANA name of the time zone of `cron`.
        check: let every run check params.yaml first.
        promote: let every run that ends well make the registered model a version: it commits dvc.lock and tags it.
        monitoring: when to look at new rows; not served where it is None.
        retraining: when to retrain; not served where it is None.

    Raises:
        Unmet: no such project, a wrong schedule, or no server to be had.
    """
    project = project.resolve()
    if not (project / "dvc.yaml").is_file():
        raise Unmet(f"{project} holds no dvc.yaml: name a project's folder with --project")
    home = Path(os.environ.get("PREFECT_HOME", project / ".prefect"))
    own = server.prepare(home, port)
    deployments = [deploy(project, cron, timezone, check=check, promote=promote)]
    if monitoring is not None:
        look = monitoring.schedule
        due = (look.cron, look.timezone) if look else (None, "UTC")
        deployments.append(deploy(project, *due, flow="monitor"))
    if retraining is not None:
        when = retraining.schedule
        timing = (when.cron, when.timezone) if when else (None, "UTC")
        deployments.append(deploy(project, *timing, flow="retrain", on_drift=retraining.on_drift, check=check))
    beside = (urlsplit(os.environ["PREFECT_API_URL"]).port or 4200) + 1
    with server.running(home) if own else nullcontext(), pages.shown(project, beside) as pages_url:
        os.environ[PAGES_URL] = pages_url
        asyncio.run(_run(deployments, own))


def deploy(
    project: Path,
    cron: str | None,
    timezone: str,
    *,
    flow: str = "pipeline",
    on_drift: bool = False,
    **parameters: bool,
) -> RunnerDeployment:
    """Return the deployment of a project's flow: the module here of its name holds it.

    Args:
        project: the folder that holds dvc.yaml.
        cron: when it runs by itself; never where it is None.
        timezone: the IANA name of the time zone of `cron`.
        flow: its name.
        on_drift: whether the event that the project's data have drifted starts it, too.
        parameters: what it is given beside the project.

    Raises:
        Unmet: the schedule cannot be read.
    """
    from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
    from prefect.events import DeploymentEventTrigger
    from prefect.schedules import Cron
    from prefect.types.entrypoint import EntrypointType

    served = getattr(import_module(f"flows.{flow}"), flow)
    project_id = f"syllabus.project.{project.name}"
    drifted = DeploymentEventTrigger(expect={DRIFT}, match={"prefect.resource.id": project_id})
    only_one = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW)
    try:
        made = served.to_deployment(
            name=project.name,
            schedule=Cron(cron, timezone=timezone) if cron else None,
            triggers=[drifted] if on_drift else [],
            parameters={"project": str(project), **parameters},
            concurrency_limit=only_one,
            entrypoint_type=EntrypointType.MODULE_PATH,
        )
        return cast("RunnerDeployment", made)
    except ValueError as error:
        raise Unmet(f"schedule: {cron!r} in {timezone!r} cannot be read: {' '.join(str(error).split())}") from None


async def _run(deployments: Sequence[RunnerDeployment], own: bool) -> None:
    from prefect.runner import Runner
    from prefect.settings import get_current_settings

    # No limit here: the server cancels what is due while another runs; a limit would let it wait instead.
    runner = Runner(name=deployments[0].name, limit=None, pause_on_shutdown=own)
    identities = [await runner.aadd_deployment(deployment) for deployment in deployments]
    if own:
        await _tidy(identities)
    running = asyncio.create_task(runner.start())
    while not runner.started and not running.done():
        await asyncio.sleep(0.05)
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    api = os.environ["PREFECT_API_URL"]
    page = get_current_settings().ui_url or api.removesuffix("/api")
    for deployment, identity in zip(deployments, identities, strict=True):
        print(_where(deployment, f"{page}/deployments/deployment/{identity}", api))
    print("  End       Ctrl-C", flush=True)
    ended = asyncio.create_task(told.wait())
    await asyncio.wait({running, ended}, return_when=asyncio.FIRST_COMPLETED)
    ended.cancel()
    if runner.started:
        await runner.astop()
    await running


async def _tidy(deployments: list[UUID]) -> None:
    """End what a killed server left behind: runs that no process carries out any more, and runs whose time is past."""
    from prefect import get_client
    from prefect.client.schemas.filters import DeploymentFilter, FlowRunFilter
    from prefect.client.schemas.objects import StateType
    from prefect.states import Cancelled, Crashed

    live = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING, StateType.SCHEDULED]
    async with get_client() as client:
        for run in await client.read_flow_runs(
            flow_run_filter=FlowRunFilter.model_validate({"state": {"type": {"any_": live}}}),
            deployment_filter=DeploymentFilter.model_validate({"id": {"any_": deployments}}),
        ):
            if run.state_type != StateType.SCHEDULED:
                ending: Any = Crashed(message="The server was ended while this ran")
            elif run.estimated_start_time_delta.total_seconds() > 0:
                ending = Cancelled(message="Its time had passed when the server started")
            else:
                continue
            await client.set_flow_run_state(run.id, ending, force=True)


def _where(deployment: RunnerDeployment, page: str, api: str) -> str:
    schedules: list[Any] = [one.schedule for one in deployment.schedules or ()]
    runs = [f"{one.cron} ({one.timezone})" for one in schedules]
    runs += [f"on {DRIFT}"] if deployment.triggers else []
    return f"""
  {str(deployment.flow_name).capitalize():<9} {page}
  Runs      {", ".join(runs) or "only when asked: params.yaml has no schedule"}
  Run now   PREFECT_API_URL={api} prefect deployment run {deployment.flow_name}/{deployment.name}
"""


def main() -> None:
    """Serve from the command line, on the schedules in params.yaml."""
    parser = argparse.ArgumentParser(prog="python -m flows.serve", description=__doc__)
    parser.add_argument("--project", type=Path, default=Path(), help="the folder that holds dvc.yaml")
    parser.add_argument("--port", type=int, help="of the page; 4200, or any that is free, otherwise")
    parser.add_argument("--promote", action="store_true", help="make each registered model a version: a Git tag")
    asked = parser.parse_args()
    try:
        from syllabus import params

        settings = params.read(asked.project / "params.yaml")
        when = settings.schedule
        timing: Any = {"cron": when.cron, "timezone": when.timezone} if when else {}
        both: Any = {"monitoring": settings.monitoring, "retraining": settings.retraining}
        serve(asked.project, port=asked.port, promote=asked.promote, **timing, **both)
    except Unmet as error:
        sys.exit("\n".join(f"serve: {line}" for line in str(error).splitlines()))
    except KeyboardInterrupt:
        sys.exit("serve: told to end before it had begun")


if __name__ == "__main__":
    main()
