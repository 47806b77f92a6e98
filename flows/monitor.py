"""Monitoring as a Prefect flow: new rows are held against the model in use, and an alarm is told.

`python -m flows.monitor` does it once: as a Prefect flow where PREFECT_API_URL names a server, else without Prefect.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.artifacts import acreate_markdown_artifact
from prefect.logging import get_run_logger
from prefect.states import Completed, Failed

from flows import alerts, results, turns
from flows.commands import Listener
from flows.once import once
from flows.repository import Log
from syllabus.errors import Unmet

PACKAGE = Path("artifacts/register/package")
OUT = Path("artifacts/monitor")


@dataclass(frozen=True)
class Ended:
    """What came of a run.

    Args:
        sentence: how many rows were looked at, and what is wrong.
        body: what is told of an alarm; None where none stands.
        text: the same as Markdown.
    """

    sentence: str
    body: dict[str, Any] | None
    text: str


# Naming a place for results, which are never written, spares a request to the server in every run.
@flow(name="monitor", persist_result=False, result_storage=Path(".prefect/results"))
async def monitor(project: Path = Path(), package: Path = PACKAGE, out: Path = OUT) -> Any:
    """Hold the new rows of a project against its model, and tell of an alarm.

    Args:
        project: the folder that holds params.yaml, whose section monitoring says where new rows are.
        package: the model in use, against the project's folder.
        out: where monitor.html goes, likewise.
    """
    log = get_run_logger()
    try:
        ended = await _looked(project, package, out, log.info)
    except Unmet as error:
        log.error(str(error))
        return Failed(message=str(error))
    if ended.body is not None:
        alerts.emit(ended.body["project"], ended.body)
        log.info(f"The event {ended.body['event']} was sent to Prefect")
    await acreate_markdown_artifact(ended.text, key="monitoring", description=ended.sentence)
    return Completed(name="Alarm" if ended.body else "Quiet", message=ended.sentence)


async def plain(project: Path = Path(), package: Path = PACKAGE, out: Path = OUT) -> str:
    """Do what `monitor` does without Prefect, print it, and return the sentence about it.

    Raises:
        Unmet: params.yaml is wrong or has no section monitoring, or the new rows cannot be read.
    """

    def log(line: str) -> None:
        print(f"monitor | {line}", flush=True)

    return (await _looked(project, package, out, log)).sentence


async def _looked(project: Path, package: Path, out: Path, log: Log) -> Ended:
    """Run the stage, read what it left, and tell the webhook."""
    from syllabus import params

    if not (project / "params.yaml").is_file():
        raise Unmet(f"{project} holds no params.yaml: name a project's folder with --project")
    folder = project.resolve()
    # While a retraining has the project, the package is its challenger, which nobody has examined.
    async with turns.shared(folder, log):
        await _stage(folder, [str(package), str(out)], log)
    left = folder / out
    report = json.loads((left / "monitor.json").read_text(encoding="utf-8"))
    sentence = str(report["told"])
    text = results.monitoring(report, (left / "monitor.html").relative_to(folder) if not out.is_absolute() else left)
    if not report["alarm"]:
        return Ended(sentence, None, text)
    body = alerts.told(folder.name, report, sentence)
    asked = params.read(folder / "params.yaml").monitoring
    if asked is not None and asked.webhook is not None:
        log(await asyncio.to_thread(alerts.post, asked.webhook, body))
    return Ended(sentence, body, text)


async def _stage(folder: Path, words: Sequence[str], log: Log) -> None:
    """Run the stage as DVC would, in the project's folder; what it began ends with this.

    Raises:
        Unmet: what the stage says.
    """
    listener = Listener(log)
    argv = [sys.executable, "-m", "stages.monitor", *words]
    try:
        status = await asyncio.to_thread(listener.run, argv, cwd=folder, env=dict(os.environ))
    finally:
        listener.stop()
    if status != 0:
        raise Unmet(listener.complaint("monitor") or f"the stage ended with status {status}")


def main() -> None:
    """Look once from the command line."""
    parser = argparse.ArgumentParser(prog="python -m flows.monitor", description=__doc__)
    parser.add_argument("--project", type=Path, default=Path(), help="the folder that holds params.yaml")
    parser.add_argument("--package", type=Path, default=PACKAGE, help="the model in use (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=OUT, help="the folder of the page (default: %(default)s)")
    once(monitor, plain, vars(parser.parse_args()))


if __name__ == "__main__":
    main()
