"""What the service counts, as Prometheus reads it."""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
CONTENT = "text/plain; version=0.0.4; charset=utf-8"
SHARED = "PROMETHEUS_MULTIPROC_DIR"
"""The environment variable that names the folder in which processes count together."""
ELSEWHERE = "elsewhere"
"""What stands for every path that is none of the service's: whoever asks for many must not fill the memory."""


class Metrics:
    """The counts of one service."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        own: Any = {"registry": self.registry}
        self.requests = Counter("syllabus_requests", "Requests, by route and status.", ("route", "status"), **own)
        self.seconds = Histogram(
            "syllabus_request_seconds", "Time until the answer began.", ("route",), buckets=SECONDS, **own
        )
        self.rows = Counter("syllabus_rows", "Rows that were answered.", **own)
        self.predicted = Counter("syllabus_predictions", "Rows by predicted class.", ("predicted",), **own)
        self.tokens = Counter("syllabus_tokens", "Tokens read and written.", ("kind",), **own)
        self.swaps = Counter("syllabus_swaps", "Packages that took another's place.", **own)
        self.failed = Counter("syllabus_swaps_failed", "Newer packages that could not be opened.", **own)
        self.unlogged = Counter("syllabus_requests_unlogged", "Requests that could not be logged.", **own)
        self.serving = Gauge(
            "syllabus_serving", "1 for what is served.", ("model", "version"), multiprocess_mode="livemax", **own
        )

    def text(self) -> bytes:
        """Return all counts; those of all processes, where several count together."""
        if SHARED not in os.environ:
            return bytes(generate_latest(self.registry))
        together = CollectorRegistry()
        multiprocess.MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return bytes(generate_latest(together))


class Answered:
    """Counts answers, by route and status.

    Args:
        requests: the counter.
        routes: the paths of the service; a part of one in braces stands for any name.
    """

    def __init__(self, requests: Counter, routes: Collection[str]) -> None:
        self._requests, self._routes = requests, frozenset(routes)
        self._named = [(route.partition("{")[0], route) for route in routes if "{" in route]
        self._counts: dict[tuple[str, int], Any] = {}

    def __call__(self, path: str, status: int) -> None:
        """Count an answer to a path."""
        count = self._counts.get((path, status))
        if count is None:
            route = self._route(path)
            count = self._counts.get((route, status))
            if count is None:
                count = self._counts[route, status] = self._requests.labels(route, status)
        count.inc()

    def _route(self, path: str) -> str:
        if path in self._routes:
            return path
        return next(
            (route for start, route in self._named if path.startswith(start) and "/" not in path[len(start) :]),
            ELSEWHERE,
        )
