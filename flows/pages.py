"""The project's pages over HTTP: a browser refuses to open files from Prefect's page, so they get an address, too."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

SHOWN = frozenset({".html", ".css", ".js", ".svg", ".png", ".jpg", ".gif", ".ico", ".woff2"})


@contextmanager
def shown(project: Path, port: int = 0) -> Iterator[str]:
    """Serve a project's pages on this machine alone, and yield their address.

    With the same port every time, links from earlier runs still open; any free one serves where it is taken.

    Only pages and what they are made of (`SHOWN`) are served; data, settings and hidden folders are not.
    """
    handler = partial(_Handler, directory=str(project))
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    except (OSError, OverflowError):  # 65535 is the last
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    with server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


class _Handler(SimpleHTTPRequestHandler):
    def send_head(self) -> Any:
        path = PurePosixPath(unquote(urlsplit(self.path).path))
        hidden = any(part.startswith(".") for part in path.parts)
        # Another site's page could otherwise read these under a name of its own that leads to this machine.
        host = self.headers.get("Host", "").rpartition(":")[0]
        if hidden or path.suffix not in SHOWN or host not in ("127.0.0.1", "localhost"):
            self.send_error(404)
            return None
        return super().send_head()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the terminal belongs to the runs."""
