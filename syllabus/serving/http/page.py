"""The page on which a person asks: a form of the real columns, the answer with its probabilities and reasons.

Its one script and its one style are ours and stand in it; its policy lets the browser run nothing else, and lets it
talk to nobody but the service.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Template

    from syllabus.serving.fields import Field
    from syllabus.serving.served import Served

TEMPLATES = Path(__file__).parent / "templates"
LISTED = 500
"""So many categories are offered in a list."""
LONG = 200
"""Texts that may be longer than so many letters get more than one line."""


def rows(served: Served) -> tuple[str, str]:
    """Return the page of a model that is asked row by row, and its Content Security Policy."""
    return _made(
        "rows",
        served=served,
        fields=[(field, control(field), served.example.get(field.name)) for field in served.fields],
        body=json.dumps({"rows": [served.example]}, indent=2, ensure_ascii=False),
        listed=LISTED,
    )


def series(served: Served) -> tuple[str, str]:
    """Return the page of a model of series, and its Content Security Policy."""
    assert served.forecaster is not None
    options = served.package.model.encoding.options
    kinds = {field.name: list(field.kinds) for field in served.fields}
    told = {"fields": kinds, "time": options.time, "target": served.target, "series": list(options.series)}
    return _made(
        "series",
        served=served,
        options=options,
        told=json.dumps(told, ensure_ascii=False),
        example=_table(served),
        body=json.dumps({"rows": served.examples[:1]}, ensure_ascii=False)[:-2] + ", …]}",
    )


def language(served: Served, most: int) -> tuple[str, str]:
    """Return the page of a language model that writes up to so many pieces, and its Content Security Policy."""
    body = json.dumps({"model": served.name, "prompt": "Once", "max_tokens": 60, "stream": True}, ensure_ascii=False)
    return _made("language", served=served, most=most, body=body)


def _made(name: str, **told: Any) -> tuple[str, str]:
    style, script = _own("style.css"), _own(f"{name}.js")
    content = _template(f"{name}.html.j2").render(style=_markup(style), script=_markup(script), **told)
    return content, policy(style, script)


def control(field: Field) -> str:
    """Return how a person gives a column's value."""
    if field.binary:
        return "picture"
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
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _table(served: Served) -> str:
    """Return the example as a table of text, as spreadsheets copy and read it."""
    held = io.StringIO()
    names = [field.name for field in served.fields]
    writer = csv.writer(held, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(
        [str(row[name]).lower() if type(row[name]) is bool else row[name] for name in names] for row in served.examples
    )
    return held.getvalue()


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
