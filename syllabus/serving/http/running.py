"""The processes that serve: one, or several that share a socket; SIGTERM lets what has begun come to its end."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syllabus.errors import Unmet
from syllabus.serving.http import following, journal, options
from syllabus.serving.http.options import Options

if TYPE_CHECKING:
    from starlette.types import ASGIApp

VARIABLE = "SYLLABUS_SERVING"
"""The environment variable in which the first process hands the options on."""
DRAIN = 30
"""Seconds that what has begun has to end when the service ends."""


def run(asked: Options, host: str, port: int) -> None:
    """Serve until SIGTERM or Ctrl-C.

    Raises:
        Unmet: there is nothing to serve, or the address is taken.
    """
    import uvicorn

    from syllabus.serving.http.connections import Connection

    with _ended(), tempfile.TemporaryDirectory(prefix="syllabus-serve-") as scratch:
        asked = replace(asked, scratch=scratch)
        if asked.processes > 1:
            (Path(scratch) / "counts").mkdir()
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(Path(scratch) / "counts")
        found = following.opened(asked)
        journal.checked(asked.log, found)
        listening = _socket(host, port)
        os.environ[VARIABLE] = asked.text()
        shared: dict[str, Any] = {
            "log_config": _LOG,
            "access_log": False,
            "server_header": False,
            "timeout_graceful_shutdown": DRAIN,
            "timeout_keep_alive": 30,
            "timeout_worker_healthcheck": 60,
            "lifespan": "on",
            "http": Connection,
            "ws": "none",
            "proxy_headers": False,
        }
        at = f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}"
        print(
            f"{found.name} {found.version} on {at}: a page for people at /, POST {found.path} and /openapi.json for "
            "programs; Ctrl-C ends it",
            flush=True,
        )
        if asked.processes > 1:
            from syllabus.serving.http.workers import Workers

            # Each process opens the package by itself.
            config = uvicorn.Config(f"{__name__}:application", factory=True, workers=asked.processes, **shared)
            Workers(config, sockets=[listening]).run()
        else:
            uvicorn.Server(uvicorn.Config(_made(asked, found), **shared)).run(sockets=[listening])


@contextmanager
def _ended() -> Iterator[None]:
    """Let SIGTERM and Ctrl-C end this block in order: what lies on the disk is removed, and no traceback is shown.

    uvicorn raises a signal again when it has drained, and the usual SIGTERM ends a process where it stands.
    """
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        yield
    except KeyboardInterrupt:
        # The process ends now; pressed again, Ctrl-C would break off the interpreter's own end with a traceback.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    finally:
        signal.signal(signal.SIGTERM, before)


def application() -> ASGIApp:
    """Return the application of one of several processes."""
    asked = options.parsed(os.environ[VARIABLE])
    threading.Thread(target=_end_with, args=(os.getppid(),), name="parent", daemon=True).start()
    return _made(asked, following.opened(asked))


def _end_with(parent: int) -> None:
    """End this process when the one that started it is gone: it would hold the address for ever."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGTERM)


def _made(asked: Options, found: Any) -> ASGIApp:
    from syllabus.serving.http.app import application as made
    from syllabus.serving.http.service import Service

    return made(Service(asked, found))


def _socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        Unmet: the address is taken, or is none of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        raise Unmet(f"--host {host} --port {port}: {why}; choose another") from None


class Unended(logging.Filter):
    """Leaves out what a second Ctrl-C breaks off: whoever pressed it knows."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether a record is shown."""
        told = f"{record.exc_info[1]!r}" if record.exc_info else record.getMessage()
        return "CancelledError" not in told


_LOG: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"unended": {"()": Unended}},
    "formatters": {"plain": {"format": "serve: %(message)s"}},
    "handlers": {
        "errors": {
            "class": "logging.StreamHandler",
            "stream": "ext://sys.stderr",
            "formatter": "plain",
            "filters": ["unended"],
        }
    },
    "loggers": {"uvicorn": {"handlers": ["errors"], "level": "WARNING", "propagate": False}},
}
