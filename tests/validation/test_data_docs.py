"""Data Docs look right offline and are harmless, whatever the data says."""

from __future__ import annotations

import http.server
import re
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from browser import dumped, pictured
from validation.asked import among, between, expect
from validation.conftest import Hold

PAGES = ("index.html", "results.html", "expectations.html")
# Each sets the title where it is not escaped.
ATTACKS = (
    "<script>document.title='ran'</script>",
    "<img src=x onerror=\"document.title='ran'\">",
    "</td></style></title><svg onload=document.title='ran'>",
    '" onmouseover="document.title=\'ran\'" x="',
    "{{ 7 * 7 }} $column <b>bold</b>",
)


class Elements(HTMLParser):
    """Collects what a page is made of."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def attack(hold: Hold, text: str) -> None:
    """Put `text` into column names, values, a description, a note, a set, a query and the table's name."""
    columns = {text: [text, "fine", None], "age": [1, 2, 300], f"{text} too": [1, 2, 3]}
    partition = {"values": [text, "fine"], "weights": [0.5, 0.5]}
    hold(
        columns,
        among(text, ["fine"], notes=text),
        between("age", 0, 120, severity="critical", description=text),
        between(f"{text} too", 0, 2, severity="info", meta={"notes": text}),
        expect(
            "expect_column_kl_divergence_to_be_less_than", "info", column=text, partition_object=partition, threshold=0
        ),
        expect("expect_column_distinct_values_to_be_in_set", "info", column=text, value_set=["fine"]),
        expect("unexpected_rows_expectation", "warning", unexpected_rows_query="SELECT * FROM {batch} WHERE age > 2"),
        expect("expect_column_to_exist", "info", column=f"{text} gone"),
        name=text,
    )


@pytest.mark.parametrize("text", ATTACKS)
def test_what_the_data_says_stays_text(hold: Hold, tmp_path: Path, text: str) -> None:
    attack(hold, text)

    for page in PAGES:
        elements = Elements((tmp_path / "docs" / page).read_text(encoding="utf-8")).found
        assert not {tag for tag, _ in elements} & {"script", "img", "b", "iframe", "object", "link", "base", "form"}
        assert not [name for _, attributes in elements for name in attributes if name.startswith("on")]


def test_a_page_links_only_to_its_own_folder_and_loads_nothing(hold: Hold, tmp_path: Path) -> None:
    attack(hold, ATTACKS[0])

    for page in PAGES:
        html = (tmp_path / "docs" / page).read_text(encoding="utf-8")
        elements = Elements(html).found
        links = {str(attributes["href"]).partition("#")[0] for _, attributes in elements if "href" in attributes}
        assert links <= set(PAGES)
        assert not [name for _, attributes in elements for name in attributes if name in ("src", "srcset", "style")]
        assert "url(" not in html
        assert "@import" not in html


def test_every_link_leads_somewhere(hold: Hold, tmp_path: Path) -> None:
    attack(hold, "harmless")

    pages = {page: Elements((tmp_path / "docs" / page).read_text(encoding="utf-8")).found for page in PAGES}
    places = {
        f"{page}#{attributes['id']}" for page, found in pages.items() for _, attributes in found if "id" in attributes
    }
    links = {str(attributes["href"]) for found in pages.values() for _, attributes in found if "href" in attributes}
    assert {link for link in links if "#" in link} <= places
    assert {link for link in links if "#" not in link} == set(PAGES)


def test_the_policy_forbids_all_but_the_page_s_own_style(hold: Hold, tmp_path: Path) -> None:
    attack(hold, ATTACKS[0])

    html = (tmp_path / "docs" / "index.html").read_text(encoding="utf-8")
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; style-src 'sha256-")


def test_the_overview_says_what_fails_why_and_in_which_rows(hold: Hold, tmp_path: Path) -> None:
    hold(
        {"age": [31, 17, 200], "sex": ["male", "female", "male"]},
        between("age", 0, 120, severity="critical", notes="Nobody is older."),
        among("sex", ["male", "female"]),
    )

    html = (tmp_path / "docs" / "index.html").read_text(encoding="utf-8")
    text = " ".join(re.sub(r"<style>.*?</style>|<[^>]*>", " ", html, flags=re.DOTALL).split())
    assert "The run stopped: 1 critical expectation failed." in text
    assert "Nobody is older." in text
    assert "1 of 3 fail (33.33 %)" in text
    assert "1 row fails at least one expectation" in text
    assert "200" in text


@pytest.mark.slow
@pytest.mark.parametrize("text", ATTACKS[:4])
def test_no_script_of_the_data_runs_in_a_browser(hold: Hold, tmp_path: Path, text: str) -> None:
    attack(hold, text)

    for number, page in enumerate(PAGES):
        html = dumped((tmp_path / "docs" / page).as_uri(), tmp_path / f"browser {number}")
        title = re.search(r"<title>(.*?)</title>", html, flags=re.DOTALL)
        assert title is not None
        assert title[1] != "ran"
        assert title[1].endswith("· Data Docs")


@pytest.mark.slow
def test_the_policy_alone_would_stop_a_script(hold: Hold, tmp_path: Path) -> None:
    """The second wall holds where the first is torn down."""
    attack(hold, "harmless")
    page = tmp_path / "docs" / "index.html"
    html = page.read_text(encoding="utf-8")
    for torn, ran in ((html, False), (html.replace("Content-Security-Policy", "nothing"), True)):
        page.write_text(torn.replace("</main>", ATTACKS[0] + ATTACKS[1] + "</main>"), encoding="utf-8")
        assert ("<title>ran</title>" in dumped(page.as_uri(), tmp_path / f"browser {ran}")) is ran


@pytest.fixture
def proxy() -> Iterator[tuple[str, list[str]]]:
    """Return the address of a proxy that refuses everything, and the list of what it was asked for."""
    asked: list[str] = []

    class Refusing(http.server.BaseHTTPRequestHandler):
        def answer(self) -> None:
            asked.append(f"{self.command} {self.path}")
            self.send_error(403)

        do_GET = do_CONNECT = do_POST = do_HEAD = answer  # noqa: N815  # the names that the server looks up

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


@pytest.mark.slow
def test_the_pages_ask_no_host_for_anything(hold: Hold, tmp_path: Path, proxy: tuple[str, list[str]]) -> None:
    attack(hold, ATTACKS[1])
    address, asked = proxy
    ours = []
    for number, page in enumerate(PAGES):
        dumped((tmp_path / "docs" / page).as_uri(), tmp_path / f"browser {number}", f"--proxy-server={address}")
        ours += [request for request in asked if "google" not in request]
    assert ours == []

    loading = tmp_path / "loading.html"
    loading.write_text("<img src='http://elsewhere.example/pixel.png'>", encoding="utf-8")
    dumped(loading.as_uri(), tmp_path / "browser", f"--proxy-server={address}")
    assert "GET http://elsewhere.example/pixel.png" in asked


def looks(html: str, folder: Path) -> bytes:
    page = folder / "pictured.html"
    page.write_text(html, encoding="utf-8")
    return pictured(page.as_uri(), folder / "browser")


@pytest.mark.slow
def test_the_page_s_own_style_applies_and_no_other(hold: Hold, tmp_path: Path) -> None:
    attack(hold, "harmless")
    html = (tmp_path / "docs" / "index.html").read_text(encoding="utf-8")
    bare = looks(re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL), tmp_path)

    assert looks(html, tmp_path) != bare
    assert looks(html.replace("<style>", "<style>body { color: red }"), tmp_path) == bare
