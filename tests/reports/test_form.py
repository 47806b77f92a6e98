"""The page stands alone, is built for screen readers, and can be read in light and in dark."""

from __future__ import annotations

import base64
import doctest
import hashlib
import re
from itertools import pairwise

import pytest
from html_page import Page

from syllabus.reports import TEMPLATES, wording


def test_it_asks_no_host_for_anything(page: Page) -> None:
    loading = {"src", "srcset", "data", "poster", "background", "xlink:href", "action", "formaction", "style"}
    for tag, attrs in page.elements:
        assert not loading & set(attrs), tag
        assert tag not in {"script", "link", "iframe", "object", "embed", "img", "base", "form", "use", "image"}
        assert not any(name.startswith("on") for name in attrs), tag
    assert "url(" not in page.style
    assert "@import" not in page.style


def test_its_links_lead_to_itself_and_to_the_results_beside_it(page: Page) -> None:
    ids = {attrs["id"] for _, attrs in page.elements if "id" in attrs}
    for link in page.all("a"):
        target = link["href"]
        assert target.startswith(("../", "package/")) or target[1:] in ids, target


def test_its_policy_allows_its_own_style_and_nothing_else(page: Page) -> None:
    policy = next(meta["content"] for meta in page.all("meta") if "http-equiv" in meta)
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy


def test_its_headings_leave_out_no_level(page: Page) -> None:
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_header_of_a_table_says_what_it_heads(page: Page) -> None:
    assert all(header.get("scope") in {"row", "col", "colgroup"} for header in page.all("th"))


def test_every_chart_has_words_or_stands_beside_its_numbers(page: Page) -> None:
    html = re.sub(r"<svg class=\"(at|lines)\".*?>", "", page.html)  # parts of a chart
    charts = re.findall(r"<svg([^>]*)>", html)
    assert len(charts) > 50
    for chart in charts:
        assert 'aria-hidden="true"' in chart or re.search(r'role="img" aria-label="[^"]{10,}', chart), chart


def test_no_id_stands_twice(page: Page) -> None:
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_the_contents_list_every_section(page: Page) -> None:
    linked = {link["href"][1:] for link in page.all("a") if link["href"].startswith("#")}
    assert {section["id"] for section in page.all("section")} <= linked


def test_the_examples_in_the_wording_are_true() -> None:
    assert doctest.testmod(wording).failed == 0


READ = [("ink", "paper"), ("ink", "ground"), ("ink", "code"), ("muted", "paper"), ("muted", "ground")] + [
    (tone, ground) for tone in ("holds", "critical", "warning", "info") for ground in ("paper", f"{tone}-soft")
]
SEEN = [(tone, "paper") for tone in ("train", "validation", "test", "muted", "holds", "critical")]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_words_and_marks_stand_out_from_their_ground(scheme: int) -> None:
    blocks = re.findall(r":root \{(.*?)\}", (TEMPLATES / "style.css").read_text(), flags=re.DOTALL)
    colours = dict(re.findall(r"--([\w-]+): (#\w{6});", blocks[scheme]))
    for front, back in READ:
        assert contrast(colours[front], colours[back]) >= 4.5, (front, back)
    for front, back in SEEN:
        assert contrast(colours[front], colours[back]) >= 3, (front, back)


def contrast(one: str, other: str) -> float:
    """Return the ratio that WCAG 2 defines: at least 4.5 for words, 3 for graphics."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
