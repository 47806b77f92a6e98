"""Pages are shown to this machine's browser, and nothing else is."""

from __future__ import annotations

import urllib.error
import urllib.request
from pathlib import Path

import pytest

from flows.pages import shown


def status(url: str, host: str | None = None) -> int:
    request = urllib.request.Request(url, headers={"Host": host} if host else {})
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    for name in ("docs/index.html", "docs/style.css", "data.csv", "params.yaml", ".dvc/config", ".prefect/x.html"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(name)
    (tmp_path / "outside.html").write_text("outside")
    return project


@pytest.mark.parametrize("path", ["docs/index.html", "docs/style.css", "docs/index.html?x=1"])
def test_pages_and_what_they_are_made_of_are_shown(folder: Path, path: str) -> None:
    with shown(folder) as url:
        assert status(f"{url}/{path}") == 200


@pytest.mark.parametrize(
    "path",
    [
        *["", "docs", "docs/", "data.csv", "params.yaml", "missing.html", ".prefect/x.html", ".dvc/config"],
        *["../outside.html", "%2e%2e/outside.html", "docs/..%2f..%2foutside.html", "%2eprefect/x.html"],
    ],
)
def test_nothing_else_is(folder: Path, path: str) -> None:
    with shown(folder) as url:
        assert status(f"{url}/{path}") == 404


def test_a_foreign_name_for_this_machine_is_refused(folder: Path) -> None:
    with shown(folder) as url:
        assert status(f"{url}/docs/index.html", host="evil.example:80") == 404


def test_the_address_ends_with_the_block(folder: Path) -> None:
    with shown(folder) as url:
        pass
    with pytest.raises(urllib.error.URLError):
        status(f"{url}/docs/index.html")


def test_a_taken_port_is_no_obstacle(folder: Path) -> None:
    with shown(folder) as first, shown(folder, int(first.rpartition(":")[2])) as second:
        assert first != second
        assert status(f"{second}/docs/index.html") == 200


def test_where_no_such_port_is_any_free_one_serves(folder: Path) -> None:
    with shown(folder, 65536) as url:
        assert status(f"{url}/docs/index.html") == 200
