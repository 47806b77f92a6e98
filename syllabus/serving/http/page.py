"""The page on which a person asks: a form of the real columns, the answer with its probabilities and reasons.

Its one script and its one style are ours and stand in it; its policy lets the browser run nothing else, and lets it
talk to nobody but the service.
"""

from __future__ import annotations

import base64
import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Template

    from syllabus.serving.fields import Field
    from syllabus.serving.served import Served

TEMPLATES = Path(__file__).parent / "templates"
LISTED = 500
"""So many categories are offered in a list."""
LONG = 200
"""Texts that may be longer than so many letters get more than one line."""


def made(served: Served) -> tuple[str, str]:
    """Return the page of what is served, and its Content Security Policy."""
    style, script = (_own(name) for name in ("style.css", "rows.js"))
    content = _template("rows.html.j2").render(
        served=served,
        fields=[(field, control(field), served.example.get(field.name)) for field in served.fields],
        style=_markup(style),
        script=_markup(script),
        body=json.dumps({"rows": [served.example]}, indent=2, ensure_ascii=False),
        listed=LISTED,
    )
    return content, policy(style, script)


def control(field: Field) -> str:
    """Return how a person gives a column's value."""
    if field.kinds == ("boolean",):
        return "boolean"
    if set(field.kinds) <= {"number", "integer"}:
        return "number"
    if field.about.get("categories"):
        return "category"
    return "text" if field.about.get("role") != "text" and field.written else "long"


def policy(style: str, script: str) -> str:
    """Return the policy that allows a page its own style and script, and its own service."""
    allowed = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script)]
    return (
        f"default-src 'none'; style-src 'sha256-{allowed[0]}'; script-src 'sha256-{allowed[1]}'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


@lru_cache
def _own(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


@lru_cache
def _template(name: str) -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    opened = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return opened.get_template(name)


def _markup(text: str) -> str:
    from markupsafe import Markup

    return Markup(text)  # noqa: S704  # our own, which no data enters
