"""Says on standard error what is done, how far it is, and how long it still takes."""

from __future__ import annotations

import sys
import time

from syllabus import processes

EVERY = 2.0


class Progress:
    """A line every two seconds, none for what ends sooner, so that logs stay short.

    Args:
        what: what is done.
        unit: what is counted.
        total: how many there will be, if that is known.
    """

    def __init__(self, what: str, *, unit: str, total: int | None) -> None:
        self._what, self._unit, self._total = what, unit, total
        self._began = self._said = time.monotonic()
        self._first: int | None = None

    def at(self, done: int, detail: str = "") -> None:
        """Note that `done` units are done."""
        now = time.monotonic()
        self._first = done - 1 if self._first is None else self._first
        if now - self._said < EVERY or not processes.first():
            return
        self._said = now
        how_far = f"{self._unit} {done}" + (f" of {self._total}" if self._total else "")
        left = ""
        if self._total and done > self._first:
            seconds = (now - self._began) / (done - self._first) * (self._total - done)
            left = f", about {seconds:.0f} s left"
        print(f"{self._what}: {how_far}{', ' + detail if detail else ''}{left}", file=sys.stderr, flush=True)
