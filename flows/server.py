"""A Prefect server of the project's own: its page, its database, and settings that a slow start does not break."""

from __future__ import annotations

import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from syllabus.errors import Unmet

PATIENCE = 300.0
"""Seconds in which a server must answer: the first start makes its database, on a busy laptop that takes a minute."""


def prepare(home: Path, port: int | None) -> bool:
    """Set what Prefect reads from the environment when it is imported; what the user has set stays.

    Args:
        home: the folder for the server's database and logs; Git does not see it.
        port: of the page; 4200, or any that is free where that is taken, when it is None.

    Returns:
        whether this project needs a server of its own: PREFECT_API_URL names none.

    Raises:
        Unmet: the server that PREFECT_API_URL names does not answer, or the port is taken, or none.
    """
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = ",".join(filter(None, [os.environ.get(name), "127.0.0.1,localhost"]))
    url = os.environ.get("PREFECT_API_URL")
    if url and not healthy(url):
        raise Unmet(f"no Prefect server answers at PREFECT_API_URL={url}: start it, or unset the variable")
    home.mkdir(parents=True, exist_ok=True)
    (home / ".gitignore").write_text("*\n", encoding="utf-8")
    for name, value in {
        "PREFECT_API_URL": url or f"http://127.0.0.1:{free_port(port)}/api",
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",  # a second server in secret is never wanted
        "PREFECT_API_REQUEST_TIMEOUT": "120",
        "PREFECT_RUNNER_POLL_FREQUENCY": "2",
        # Who holds the one place among the running must outlive the server, else it is taken for ever.
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
    }.items():
        os.environ.setdefault(name, value)
    return not url


@contextmanager
def running(home: Path) -> Iterator[None]:
    """Run a server at PREFECT_API_URL, and end it with the block.

    Args:
        home: where its log goes.

    Raises:
        Unmet: it ends at once, or does not answer.
    """
    url = os.environ["PREFECT_API_URL"]
    log = home / "server.log"
    with log.open("wb") as said:
        # A session of its own: Ctrl-C reaches the runner first, and the server ends after the last run is recorded.
        server = subprocess.Popen(
            [sys.executable, "-m", "flows.server", str(urlsplit(url).port)],
            stdin=subprocess.PIPE,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait(server, url, log)
        yield
    finally:
        _end(server)


def healthy(url: str) -> bool:
    """Say whether a Prefect server answers at an API's address."""
    try:
        with urllib.request.urlopen(f"{url.rstrip('/')}/health", timeout=5) as answer:  # noqa: S310 (the user's own)
            return bool(answer.status == 200)
    except (OSError, ValueError):  # no such host, refused, too slow, not an address
        return False


def free_port(wanted: int | None) -> int:
    """Return the wanted port, or 4200, or any that is free.

    Raises:
        Unmet: the wanted one is taken, or no port.
    """
    if wanted is not None and not 0 <= wanted <= 65535:
        raise Unmet(f"--port {wanted}: valid is 1 to 65535, or 0 for any that is free")
    for port in [wanted] if wanted is not None else [4200, 0]:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise Unmet(f"port {wanted} is taken: name another with --port, or none to take any that is free")


def _wait(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not healthy(url):
        if server.poll() is not None:
            said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            raise Unmet(f"the Prefect server ended at once: {said[-1] if said else 'it said nothing'} (see {log})")
        if time.monotonic() > deadline:
            raise Unmet(f"the Prefect server did not answer within {PATIENCE:.0f} seconds (see {log})")
        time.sleep(0.2)


def _end(server: subprocess.Popen[bytes]) -> None:
    try:
        server.communicate(timeout=20)  # closes its standard input
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def main() -> None:
    """Be the server, until standard input ends: it closes with the process that holds it, however that ends."""

    def end_with_input() -> None:
        sys.stdin.buffer.read()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=end_with_input, daemon=True).start()
    sys.argv = ["prefect", "--no-prompt", "server", "start", "--host", "127.0.0.1", "--port", sys.argv[1]]
    runpy.run_module("prefect", run_name="__main__")


if __name__ == "__main__":
    main()
