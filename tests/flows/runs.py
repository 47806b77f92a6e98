"""Short ways to run a project's stages."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from flows.commands import Listener
from flows.pipeline import Asked, plainly
from flows.reproduce import Outcome, reproduce

HOLD = """
import sys, zc.lockfile
lock = zc.lockfile.LockFile(".dvc/tmp/lock")
print("held", flush=True)
sys.stdin.read()
"""


def bring_all(targets: Sequence[str] = (), *, force: bool = False) -> str:
    """Run the project in the working folder without Prefect and return the sentence about it."""
    return asyncio.run(plainly(Asked(targets=targets, force=force, check=False)))


def bring_one(stage: str, *, force: bool = False, patience: float = 60.0) -> tuple[Outcome, list[str]]:
    """Bring one stage of the working folder up to date; return how it ended and what was heard."""
    heard: list[str] = []
    return reproduce(stage, Listener(heard.append), force=force, patience=patience), heard


def rewrite(path: Path, old: str, new: str) -> None:
    """Replace a text in a file, once."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def survey_runs(project: Path, command: str) -> None:
    """Give the stage `survey` another command."""
    rewrite(project / "dvc.yaml", "cmd: wc -l < raw.csv > lines.txt", f"cmd: {json.dumps(command)}")


@contextmanager
def locked() -> Iterator[subprocess.Popen[bytes]]:
    """Let another process hold DVC's lock on the repository in the working folder, until its input is closed."""
    holder = subprocess.Popen([sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdin is not None
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    try:
        yield holder
    finally:
        holder.stdin.close()
        holder.stdout.close()
        holder.wait()
