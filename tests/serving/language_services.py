"""A language model that is served, and what it writes where nobody else asks."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn

from syllabus import generation
from syllabus.models import load
from syllabus.serving.http.app import application
from syllabus.serving.http.following import opened
from syllabus.serving.http.options import Options
from syllabus.serving.http.service import Service
from syllabus.settings import Samples

ASKED = {"model": "corpus", "prompt": "A"}


@contextmanager
def listening(package: Path) -> Iterator[str]:
    """Serve a package in a thread, over a real socket."""
    options = Options(str(package))
    service = Service(options, opened(options))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = uvicorn.Server(uvicorn.Config(application(service), log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]})
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            yield f"http://localhost:{taken.getsockname()[1]}/v1"
        finally:
            server.should_exit = True
            thread.join()
            service.served.close()


def alone(made: Path, prompt: str, *, seed: int, **asked: Any) -> str:
    """Return what the model writes where nobody else asks."""
    return "".join(generation.write(load(made / "model"), prompt, Samples(**asked), seed=seed))
