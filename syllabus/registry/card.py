"""The model card (Mitchell et al. 2019): what a person must know before they use a model."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def write(facts: dict[str, Any]) -> str:
    """Return the card in Markdown; what the data says is escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  # Markdown: `plain` escapes what could be markup or a table's edge
    )
    environment.filters["plain"] = _plain
    return environment.get_template("card.md.j2").render(facts)


def _plain(value: object) -> str:
    """Return text that Markdown shows as it stands."""
    text = " ".join(str(value).split())
    for sign in "\\`*_[]|#<>":
        text = text.replace(sign, {"<": "&lt;", ">": "&gt;"}.get(sign, f"\\{sign}"))
    return text
