"""A warm flow with nothing to do, against one `dvc repro` process; and candidates side by side, against in turn.

    python -m benchmarks.flow [--runs 5] [--bare]

Warm means: everything is imported, the connection to a Prefect server is open, DVC's repository is opened anew. It
uses the root project of a scratch clone, run once to its end, or with `--bare` seven stages that copy a line.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import io
import os
import tempfile
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from benchmarks import timing
from benchmarks.projects import bare, clone
from flows import server

SETTLED = 3.0
"""Seconds before each flow: the server still writes down the last one's tasks when it has ended."""


def main() -> None:
    """Print all sides and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--bare", action="store_true", help="seven stages that copy a line, not the root project")
    asked = parser.parse_args()
    os.environ.pop("PREFECT_API_URL", None)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        project = bare(folder / "bare", stages=7) if asked.bare else clone(folder / "root")
        timing.command(["dvc", "repro"], project)
        server.prepare(folder / "prefect", 0)
        with server.running(folder / "prefect"):
            nothing_to_do(project, asked.runs, check=not asked.bare)
        side_by_side(folder / "candidates", asked.runs)


def nothing_to_do(project: Path, runs: int, *, check: bool) -> None:
    """Compare flows that have nothing to do, with Prefect and without, to `dvc repro`."""
    from prefect.context import AsyncClientContext, SyncClientContext

    from flows.pipeline import Asked, pipeline, plainly

    with SyncClientContext.get_or_create(), asyncio.Runner() as loop:
        client = AsyncClientContext.get_or_create()
        loop.run(client.__aenter__())
        for name, flow in {
            "a warm flow            ": lambda: pipeline(project, check=check, return_state=True),
            "the same, no Prefect   ": lambda: plainly(Asked(project, check=check)),
        }.items():
            ours, theirs = timing.pair(
                lambda flow=flow: took(loop, flow), lambda: timing.command(["dvc", "repro"], project), runs
            )
            print(f"{name}   {timing.median(ours)}")
            print(f"dvc repro, nothing to do  {timing.median(theirs)}")
            print(f"{timing.ratios(ours, theirs)} (goal: 0.2)")
        loop.run(client.__aexit__(None, None, None))


def took(loop: asyncio.Runner, flow: Callable[[], Coroutine[Any, Any, Any]]) -> timing.Spent:
    """Run a flow in this process and return what it took here; the server's own work is not this process's."""
    time.sleep(SETTLED)
    with contextlib.redirect_stdout(io.StringIO()):
        cpu, began = time.process_time(), time.perf_counter()
        said = loop.run(flow())
        spent = timing.Spent(time.perf_counter() - began, time.process_time() - cpu)
    message = said if isinstance(said, str) else said.message
    if "fail" in message or ("ran" not in message and "nothing to do" not in message):
        raise SystemExit(f"the flow did not do what is measured: {message}")
    return spent


def side_by_side(folder: Path, runs: int) -> None:
    """Compare three candidates of a second of work each, side by side and one after another."""
    from flows.pipeline import Asked, plainly

    project = bare(folder, stages=1)
    work = "import sys; print(sum(i * i for i in range(8_000_000)), file=open(sys.argv[1], 'w'))"
    (project / "work.py").write_text(work + "\n")
    with (project / "dvc.yaml").open("a") as file:
        for name in "abc":
            file.write(f"  train-{name}:\n    cmd: python work.py {name}\n    deps: [1.txt]\n    outs: [{name}]\n")

    def run(width: int | None) -> timing.Spent:
        with asyncio.Runner() as loop:
            return took(loop, lambda: plainly(Asked(project, force=True, check=False, width=width)))

    both, single = timing.pair(lambda: run(None), lambda: run(1), runs)
    print(f"candidates side by side   {timing.median(both)}")
    print(f"one after another         {timing.median(single)}")
    print(timing.ratios(both, single))


if __name__ == "__main__":
    main()
