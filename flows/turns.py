"""Whose turn a project is: runs of its pipeline share it, a retraining has it alone.

The lock is the kernel's, on a file: it goes with the process that holds it, however that ends. The commands of stages
inherit it, since they outlive a flow that is killed: nobody else starts before the last of them has ended.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import platform
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from flows.repository import Log
from syllabus.errors import Unmet

FOLDER = Path(".syllabus/retraining")
"""Where the lock and the records stand; Git does not see it."""

_held: dict[Path, IO[str]] = {}
"""The lock files that this process holds alone, by project: what it does inside needs no further turn."""
_unsettled: set[Path] = set()
"""The projects that a run of this process has not put back yet."""
_open: set[int] = set()


def inherited() -> tuple[int, ...]:
    """Return the descriptors of the locks that the commands of stages keep held."""
    return tuple(_open)


def unsettled(project: Path) -> None:
    """Say that a run has changed something: if it ends so, the next one is told of it as of one that was killed."""
    _unsettled.add(project.resolve())


def settled(project: Path) -> None:
    """Say that it has put that back."""
    _unsettled.discard(project.resolve())


@asynccontextmanager
async def alone(project: Path, patience: float, log: Log) -> AsyncIterator[dict[str, Any] | None]:
    """Have a project alone, and yield who had it before and was killed; None where nobody was.

    Args:
        project: the folder that holds dvc.yaml.
        patience: how many seconds to wait for those that have it.
        log: hears whom it waits for.

    Raises:
        Unmet: somebody has it still.
    """
    with _file(project) as file:
        await _take(file, fcntl.LOCK_EX, project, patience, log)
        left = _owner(file)
        me = {"pid": os.getpid(), "host": platform.node(), "since": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"}
        _write(file, json.dumps(me))
        _held[project.resolve()] = file
        _open.add(file.fileno())
        try:
            yield left
        except BaseException:
            # Until a run ends well, the next one is told of the one that was killed.
            if project.resolve() not in _unsettled:
                _write(file, json.dumps(left) if left else "")
            raise
        else:
            _write(file, "")
        finally:
            _give(file)
            settled(project)
            del _held[project.resolve()]


@asynccontextmanager
async def shared(project: Path, log: Log, patience: float = 86_400.0) -> AsyncIterator[None]:
    """Have a project with others that share it, or within what this process has alone.

    Raises:
        Unmet: somebody has it alone still.
    """
    if project.resolve() in _held:
        yield
        return
    with _file(project) as file:
        await _take(file, fcntl.LOCK_SH, project, patience, log)
        _open.add(file.fileno())
        try:
            yield
        finally:
            _give(file)


def _file(project: Path) -> IO[str]:
    folder = project / FOLDER
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    return (folder / "lock").open("a+", encoding="utf-8")


async def _take(file: IO[str], how: int, project: Path, patience: float, log: Log) -> None:
    deadline, told = time.monotonic() + patience, False
    while True:
        try:
            fcntl.flock(file, how | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            who = _told(_owner(file))
        if time.monotonic() >= deadline:
            raise Unmet(f"{project.resolve().name}: {who}; wait until it ends and run this again")
        if not told:
            log(f"Waiting: {who}")
            told = True
        await asyncio.sleep(0.2)


def _give(file: IO[str]) -> None:
    _open.discard(file.fileno())
    fcntl.flock(file, fcntl.LOCK_UN)  # also of what a stage has left behind, which would hold it on


def _owner(file: IO[str]) -> dict[str, Any] | None:
    file.seek(0)
    try:
        found: dict[str, Any] = json.loads(file.read())
    except ValueError:  # nobody's, or killed while it was written
        return None
    return found


def _write(file: IO[str], text: str) -> None:
    file.seek(0)
    file.truncate()
    file.write(text)
    file.flush()


def _told(owner: dict[str, Any] | None) -> str:
    if owner is None:
        return "a run of its pipeline is under way"
    return f"process {owner['pid']} on {owner['host']} has been retraining it since {owner['since']}"
