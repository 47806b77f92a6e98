"""In a real browser the page runs nothing, asks for nothing, and fits a phone."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from browser import dumped
from loan_runs import Made

pytestmark = pytest.mark.slow

FRAME = """<!doctype html><title>waiting</title><iframe src="report.html" width="WIDTH" height="900"></iframe>
<script>
addEventListener("load", () => {
  const page = document.querySelector("iframe").contentDocument;
  page.querySelectorAll("details").forEach(one => one.open = true);
  const root = page.documentElement;
  document.title = `${root.scrollWidth} of ${root.clientWidth}`;
});
</script>"""


class Recorded(SimpleHTTPRequestHandler):
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        super().do_GET()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site(made: Made, tmp_path: Path) -> Iterator[tuple[str, list[str]]]:
    """Serve the page, and record what is asked for."""
    made.write(tmp_path / "report.html")
    handler = type("Handler", (Recorded,), {"asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", handler.asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_it_asks_for_nothing_and_runs_nothing(site: tuple[str, list[str]], tmp_path: Path) -> None:
    url, asked = site
    document = dumped(f"{url}/report.html", tmp_path / "profile")
    assert asked == ["/report.html"]
    assert "<title>Not registered: paid · run report</title>" in document
    assert not re.search("<script|<img|onerror=", document)


def test_the_style_applies_under_its_own_policy(site: tuple[str, list[str]], tmp_path: Path) -> None:
    probe = FRAME.replace(
        "document.title =", "document.title = page.defaultView.getComputedStyle(page.body).margin + ' ' +"
    )
    (tmp_path / "probe.html").write_text(probe.replace("WIDTH", "900"))
    assert "<title>0px " in dumped(f"{site[0]}/probe.html", tmp_path / "profile")


@pytest.mark.parametrize("width", [360, 400, 800, 1280])
def test_nothing_sticks_out_of_a_narrow_window(site: tuple[str, list[str]], tmp_path: Path, width: int) -> None:
    (tmp_path / "frame.html").write_text(FRAME.replace("WIDTH", str(width)))
    document = dumped(f"{site[0]}/frame.html", tmp_path / "profile")
    found = re.search(r"<title>(\d+) of (\d+)</title>", document)
    assert found, document[:200]
    assert int(found[1]) <= int(found[2])
