"""The model card (Mitchell et al. 2019): what a person must know before they use a model."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any


def write(facts: dict[str, Any]) -> str:
    """Return the card in Markdown; every value in it is shown as it stands, whatever markup it holds."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  # that is for HTML
        finalize=_plain,
    )
    environment.filters["number"] = _number
    return environment.get_template("card.md.j2").render(facts)


def _plain(value: object) -> str:
    """Return text that Markdown shows as it stands, also at the start of a line."""
    text = " ".join(str(value).split())
    text = re.sub(r"[\\`*_\[\]|#~]", r"\\\g<0>", html.escape(text, quote=False))
    return re.sub(r"^(\d*)([-+=.)])(?![\d.])", r"\1\\\2", text)


def _number(value: float | None) -> str:
    if value is None:
        return "not measurable"
    return f"{value:.4f}" if 0.00005 <= abs(value) < 100 or value == 0 else f"{value:,.6g}"
