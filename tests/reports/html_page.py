"""Reads a page as a browser would: what stands on it, what it loads, how it is built."""

from __future__ import annotations

from html.parser import HTMLParser

BLOCKS = {"td", "th", "tr", "li", "p", "dt", "dd", "div", "summary", "h1", "h2", "h3", "h4", "title", "text"}
VOID = {"meta", "br", "img", "link", "input", "hr"}


class Page(HTMLParser):
    """A page, its text and its elements.

    Args:
        html: the file.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.sections: dict[str, str] = {}
        self.style = ""
        self._open: list[tuple[str, str]] = []
        self.feed(html)
        assert not self._open, f"not closed: {self._open}"
        self.text = _spaced(" ".join(self.sections.values()))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.elements.append((tag, given))
        self._part(tag)
        if tag not in VOID:
            self._open.append((tag, given.get("id", "")))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        opened, _ = self._open.pop()
        assert opened == tag, f"{opened} is closed by {tag}"
        self._part(tag)

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1][0] == "style":
            self.style += data
            return
        inside = next((name for tag, name in self._open if tag == "section"), "summary")
        self.sections[inside] = self.sections.get(inside, "") + data

    def _part(self, tag: str) -> None:
        if tag in BLOCKS:
            self.handle_data(" ")

    def section(self, name: str) -> str:
        """Return the text of a section."""
        return _spaced(self.sections[name])

    def has(self, name: str) -> bool:
        """Say whether the page has the section."""
        return name in self.sections

    def all(self, tag: str) -> list[dict[str, str]]:
        """Return the attributes of every element of that name."""
        return [attrs for name, attrs in self.elements if name == tag]


def _spaced(text: str) -> str:
    return " ".join(text.split())
