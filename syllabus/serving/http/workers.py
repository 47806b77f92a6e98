"""Several processes that serve: each is replaced when it dies, and forgotten."""

from __future__ import annotations

from prometheus_client import multiprocess
from uvicorn.supervisors import Multiprocess


class Workers(Multiprocess):
    """Keeps as many processes as were asked for.

    What one of them has counted stays counted; what it was, such as which package it served, ends with it.
    """

    _known: frozenset[int | None] = frozenset()

    def keep_subprocess_alive(self) -> None:
        """Replace what has died, and forget what it was; also what a signal has replaced since."""
        before = self._known | self._now()
        super().keep_subprocess_alive()
        self._known = self._now()
        for gone in before - self._known:
            multiprocess.mark_process_dead(gone)  # type: ignore[no-untyped-call]

    def _now(self) -> frozenset[int | None]:
        return frozenset(process.pid for process in self.processes)
