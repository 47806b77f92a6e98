"""The next model as a Prefect flow: trained on today's data, the champion only if it is better on the same rows.

`python -m flows.retrain` does it once: as a Prefect flow where PREFECT_API_URL names a server, else without Prefect.
What was changed is committed, tagged and pushed where the challenger wins; otherwise everything is left as it was.
"""

from __future__ import annotations

import argparse
from contextlib import chdir
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.artifacts import acreate_markdown_artifact
from prefect.logging import get_run_logger
from prefect.states import Completed, Failed

from flows import results
from flows.once import once
from flows.pipeline import Asked, by_prefect, plainly
from flows.records import Record
from flows.repository import Log
from flows.retraining import Bring, retrained
from syllabus.errors import Unmet

PATIENCE = 600.0
"""Seconds for which a run waits for another one of its project."""
STATES = {"promoted": "Promoted", "kept": "Kept", "refused": "Refused", "nothing new": "Idle", "failed": "Failed"}
"""What Prefect's page calls a run by what came of it."""


@flow(name="retrain", persist_result=False, result_storage=Path(".prefect/results"))
async def retrain(
    project: Path = Path(), model: str | None = None, check: bool = True, patience: float = PATIENCE
) -> Any:
    """Train the next model of a project, and make it the champion if it is better.

    Args:
        project: the folder that holds dvc.yaml.
        model: one of dvc.yaml's artifacts; needed if it has several.
        check: check params.yaml first.
        patience: how many seconds to wait for another run of this project.
    """
    log = get_run_logger()

    async def bring(asked: Asked) -> str:
        state = await by_prefect(asked)
        if not state.is_completed():
            raise Unmet(str(state.message))
        return str(state.message)

    try:
        ended = await _retrained(project, model, check, patience, bring, log.info)
    except Unmet as error:
        log.error(str(error))
        return Failed(message=str(error))
    log.info(ended.sentence)
    await acreate_markdown_artifact(results.retraining(ended), key="retraining", description=ended.sentence)
    return Completed(name=STATES[ended.outcome], message=ended.sentence)


async def plain(project: Path, model: str | None = None, check: bool = True, patience: float = PATIENCE) -> Record:
    """Do what `retrain` does without Prefect, print it, and return what came of it.

    Raises:
        Unmet: as `flows.retraining.retrained`.
    """

    def log(line: str) -> None:
        print(f"retrain | {line}", flush=True)

    return await _retrained(project, model, check, patience, plainly, log)


async def _retrained(project: Path, model: str | None, check: bool, patience: float, bring: Any, log: Log) -> Record:
    if not (project / "dvc.yaml").is_file():
        raise Unmet(f"{project} holds no dvc.yaml: name a project's folder with --project")
    folder = project.resolve()

    async def stages(targets: tuple[str, ...]) -> str:
        return str(await bring(Asked(folder, targets, check=check)))

    made: Bring = stages
    with chdir(folder):
        return await retrained(folder, model, made, patience, log)


async def _sentence(**words: Any) -> str:
    return (await plain(**words)).sentence


def main() -> None:
    """Retrain once from the command line."""
    parser = argparse.ArgumentParser(prog="python -m flows.retrain", description=__doc__)
    parser.add_argument("model", nargs="?", help="one of dvc.yaml's artifacts; needed if it has several")
    parser.add_argument("--project", type=Path, default=Path(), help="the folder that holds dvc.yaml")
    parser.add_argument(
        "--patience", type=float, default=PATIENCE, help="seconds to wait for another run of it (default: %(default)g)"
    )
    once(retrain, _sentence, vars(parser.parse_args()), "told to end; what it had changed is put back")


if __name__ == "__main__":
    main()
