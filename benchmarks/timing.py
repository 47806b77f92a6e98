"""Times whole processes in turn, so that a machine whose speed drifts slows both sides alike."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Spent:
    """What one run took: seconds of wall clock, and of processor time with its children."""

    wall: float
    cpu: float


def command(words: list[str], folder: Path, **environment: str) -> Spent:
    """Run a command and return what it took.

    Raises:
        SystemExit: the command failed.
    """
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(words, cwd=folder, env=os.environ | environment, capture_output=True, text=True, check=False)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return Spent(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def pair(ours: Callable[[], Spent], theirs: Callable[[], Spent], runs: int) -> tuple[list[Spent], list[Spent]]:
    """Run both in turn, `runs` times after one run each that does not count."""
    found: tuple[list[Spent], list[Spent]] = ([], [])
    for number in range(runs + 1):
        spent = ours(), theirs()
        if number:
            for side, one in zip(found, spent, strict=True):
                side.append(one)
    return found


def ratios(ours: list[Spent], theirs: list[Spent]) -> str:
    """Return the median of the ratios, pair by pair, of wall clock and of processor time."""
    wall = statistics.median(a.wall / b.wall for a, b in zip(ours, theirs, strict=True))
    cpu = statistics.median(a.cpu / b.cpu for a, b in zip(ours, theirs, strict=True))
    return f"ratio {wall:.2f} in seconds, {cpu:.2f} in processor seconds"


def median(side: list[Spent]) -> str:
    """Return the medians of one side."""
    wall, cpu = (statistics.median(getattr(one, name) for one in side) for name in ("wall", "cpu"))
    return f"{wall:6.2f} s, {cpu:6.2f} cpu s"
