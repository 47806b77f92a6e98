"""Servers that the sources are proven against, started here and gone with the tests."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

PASSWORD = "hush-hush: it's %40 secret"
"""A password with signs that a URL must escape."""


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, object]]:
    """Start a PostgreSQL server of its own that asks for a password; yield how to connect to it."""
    programs = _postgres_programs()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed")
    folder = tmp_path_factory.mktemp("postgres")
    (folder / "password").write_text(PASSWORD)
    # The server refuses to be run by root.
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        _give(folder, user)
    port = free_port()

    def run(program: str, *words: str) -> None:
        subprocess.run([programs / program, *words], user=user, check=True, capture_output=True, cwd=folder)

    run("initdb", "-D", "data", "-U", "ann", "-A", "scram-sha-256", "--pwfile", "password", "-E", "UTF8")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    run("pg_ctl", "-D", "data", "-w", "-l", "log", "-o", options, "start")
    try:
        yield {"username": "ann", "password": PASSWORD, "host": "127.0.0.1", "port": port, "database": "postgres"}
    finally:
        run("pg_ctl", "-D", "data", "-m", "fast", "stop")


def _postgres_programs() -> Path | None:
    """Return the folder of the server's programs, which Debian keeps out of the search path."""
    found = shutil.which("pg_ctl")
    places = [Path(found).resolve().parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return next((place for place in reversed(places) if (place / "initdb").is_file()), None)


def _give(folder: Path, user: str) -> None:
    """Let a user own the folder, and pass through those above it."""
    entry = pwd.getpwnam(user)
    for path in (folder, *folder.iterdir()):
        os.chown(path, entry.pw_uid, entry.pw_gid)
    for above in folder.parents:
        if above.stat().st_uid == os.geteuid() and above != Path("/"):
            above.chmod(above.stat().st_mode | 0o011)


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
