"""The pipeline as a Prefect flow: one task a stage, in the graph's order; DVC decides which has something to do.

`python -m flows.pipeline TARGETS…` runs it once: as a Prefect flow where PREFECT_API_URL names a server, else the
same stages in the same order without Prefect.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import subprocess
import sys
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from prefect import flow, task
from prefect.artifacts import acreate_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger
from prefect.settings import get_current_settings
from prefect.states import Completed, Failed

from flows import results, turns
from flows.reproduce import Outcome
from flows.walk import FINE, bring, carry_out, conclude
from syllabus.errors import Unmet


@dataclass(frozen=True)
class Asked:
    """What is asked of a run; `pipeline` says what each means.

    Raises:
        Unmet: the width is less than 1.
    """

    project: Path = Path()
    targets: Sequence[str] = ()
    force: bool = False
    check: bool = True
    width: int | None = None
    promote: bool = False

    def __post_init__(self) -> None:
        if self.width is not None and self.width < 1:
            raise Unmet(f"width is {self.width}; valid is how many stages may run at the same time, from 1")


# Prefect's page shows a flow's parameters, so they are spelled out; what they are by default says `Asked`.
# Naming a place for results, which are never written, spares a request to the server in every run.
@flow(name="pipeline", persist_result=False, result_storage=Path(".prefect/results"))
async def pipeline(
    project: Path = Asked.project,
    targets: Sequence[str] = Asked.targets,
    force: bool = Asked.force,
    check: bool = Asked.check,
    width: int | None = Asked.width,
    promote: bool = Asked.promote,
) -> Any:
    """Bring a project up to date, its stages side by side where nothing forbids it.

    Args:
        project: the folder that holds dvc.yaml.
        targets: stages to bring up to date, with those that they need; none for all of dvc.yaml.
        force: run every stage, changed or not.
        check: check params.yaml first.
        width: how many stages at the same time; as many as there are cores when it is None.
        promote: commit dvc.lock and make the registered model a version, once every stage has ended well.
    """
    log = get_run_logger()

    async def visit(stage: str, idle: bool, upstream: list[State[Any]]) -> State[Any]:
        state = run_stage(stage, idle, force, wait_for=upstream, return_state=True)
        return await cast("Awaitable[State[Any]]", state)  # Prefect's own types forget that the task is asynchronous

    try:
        asked = Asked(project, targets, force, check, width, promote)
        with inside(asked):
            async with turns.shared(Path(), log.info):
                plan, endings = await carry_out(targets, force, width, visit, log.info)
            text = results.markdown(endings, plan.metrics, plan.outputs)
        await acreate_markdown_artifact(text, key="results", description="Stages, metrics and pages")
        ended = conclude(endings)
        return Completed(message=f"{ended}; {await promoted(project)}" if promote else ended)
    except Unmet as error:
        log.error(str(error))
        return Failed(message=str(error))


@task(task_run_name="{stage}", cache_policy=NO_CACHE, persist_result=False)
async def run_stage(stage: str, idle: bool, force: bool) -> Any:
    """Bring one stage up to date; the state's name says whether it ran, was restored, or had nothing to do."""
    outcome = await bring(stage, idle, force, get_run_logger().info)
    if outcome.name == "Failed":
        return Failed(message=outcome.message)
    return Completed(name=outcome.name, message=outcome.message)


async def by_prefect(asked: Asked) -> State[Any]:
    """Run the flow and return its state, failed or not."""
    return await pipeline(**vars(asked), return_state=True)


async def plainly(asked: Asked) -> str:
    """Do what `pipeline` does without Prefect, print it, and return one sentence about it.

    Raises:
        Unmet: params.yaml is wrong, DVC cannot read the project, or a stage failed.
    """

    async def visit(stage: str, idle: bool, upstream: list[Outcome]) -> Outcome:
        if any(end.name not in FINE for end in upstream):
            outcome = Outcome("NotReady", "A stage that it needs has failed")
        else:
            outcome = await bring(stage, idle, asked.force, lambda line: print(f"{stage} | {line}", flush=True))
        print(f"{stage} | {outcome.name}: {outcome.message}", flush=True)
        return outcome

    with inside(asked):
        async with turns.shared(Path(), print):
            _, endings = await carry_out(asked.targets, asked.force, asked.width, visit, print)
    ended = conclude(endings)
    return f"{ended}; {await promoted(asked.project)}" if asked.promote else ended


async def promoted(project: Path) -> str:
    """Commit dvc.lock, make the registered model a version, and say which.

    Raises:
        Unmet: there is none, it costs more than params.yaml allows, or what made it is not committed; then dvc.lock is
            not, either.
    """
    from syllabus.costs import caps
    from syllabus.registry import versions

    if changed := uncommitted(project):
        raise Unmet(f"not committed: {', '.join(changed)}; a version is a commit, so `git commit` what made it first")
    await asyncio.to_thread(caps.hold, project)
    await asyncio.to_thread(versions.commit_lock, project)
    return await asyncio.to_thread(versions.promote, project)


def uncommitted(project: Path) -> list[str]:
    """Return which of a project's files in Git have changed since the last commit; dvc.lock does not count."""
    words = ["git", "status", "--porcelain", "--untracked-files=no", "--", ".", ":(exclude)dvc.lock"]
    said = subprocess.run(words, cwd=project, capture_output=True, text=True, check=False).stdout
    return [line[3:] for line in said.splitlines()]


@contextmanager
def inside(asked: Asked) -> Iterator[None]:
    """Make the project the working folder, which DVC reads every name against, and check its settings.

    Raises:
        Unmet: no such folder, or params.yaml is wrong: every error, a line each.
    """
    if not asked.project.is_dir():
        raise Unmet(f"{asked.project} is not a folder: name one that holds dvc.yaml")
    with chdir(asked.project):
        if asked.check:
            from syllabus import params, references

            references.check(params.read(Path("params.yaml")))
        yield


def main() -> None:
    """Run the pipeline once from the command line."""
    parser = argparse.ArgumentParser(prog="python -m flows.pipeline", description=pipeline.description)
    parser.add_argument("targets", nargs="*", help="stages, with those that they need; all of dvc.yaml otherwise")
    parser.add_argument("--project", type=Path, default=Asked.project, help="the folder that holds dvc.yaml")
    parser.add_argument("--force", action="store_true", help="run every stage, changed or not")
    parser.add_argument("--width", type=int, help="how many stages at the same time; a core each otherwise")
    parser.add_argument("--promote", action="store_true", help="make the registered model a version: a Git tag")
    parser.add_argument("--no-check", dest="check", action="store_false", help="do not check params.yaml first")
    words = vars(parser.parse_args())
    # A stage's command has a session of its own: whatever ends this process must end that first.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit("pipeline: told to end"))
    try:
        asked = Asked(**words)
        if get_current_settings().api.url:
            state = asyncio.run(by_prefect(asked))
            sys.exit(None if state.is_completed() else f"pipeline: {state.message}")
        print("No Prefect server is named (PREFECT_API_URL): running without one; `make serve` starts one.", flush=True)
        print(asyncio.run(plainly(asked)))
    except Unmet as error:
        sys.exit("\n".join(f"pipeline: {line}" for line in str(error).splitlines()))
    except KeyboardInterrupt:
        sys.exit("pipeline: told to end")


if __name__ == "__main__":
    main()
