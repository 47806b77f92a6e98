"""A service in this process, asked as a client asks it, and one in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from syllabus.serving.http.app import application
from syllabus.serving.http.following import opened
from syllabus.serving.http.options import Limits, Log, Options
from syllabus.serving.http.service import Service

ROOT = Path(__file__).parents[1]


@contextmanager
def client(package: Path | str, *, limits: Any = None, log: Any = None, **options: Any) -> Iterator[TestClient]:
    """Serve a package in this process."""
    asked = Options(str(package), **options)
    asked = replace(asked, limits=Limits(**(limits or {})), log=Log(**(log or {})))
    service = Service(asked, opened(asked))
    with TestClient(application(service), base_url="http://localhost", raise_server_exceptions=False) as asking:
        asking.service = service  # type: ignore[attr-defined]
        yield asking
    service.served.close()


def told(response: Any) -> tuple[int, str]:
    """Return an answer's status, and its error in words."""
    return response.status_code, response.json().get("error", {}).get("message", "")


@contextmanager
def running(
    *words: str, where: Path = ROOT, program: Path | None = None, **environment: str
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run `syllabus serve` on a free port, this one's or that of an installation; yield the process and its address."""
    own = [sys.executable, "-m", "syllabus.cli"] if program is None else [str(program)]
    command = [*own, "serve", *words, "--port", "0"]
    known = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    found_by = {"PYTHONPATH": str(ROOT)} if program is None else {}
    process = subprocess.Popen(
        command,
        cwd=where,
        env={**known, **found_by, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    errors: list[str] = []
    reading = threading.Thread(target=lambda: errors.extend(process.stderr or ()), daemon=True)
    reading.start()
    try:
        line = process.stdout.readline()
        found = re.search(r"http://\S+:\d+", line)
        assert found, (line, errors)
        yield process, found.group()
    finally:
        process.terminate()
        try:
            process.wait(40)
        finally:
            process.kill()
        reading.join(5)
        process.stdout.close()
        process.stderr.close()
