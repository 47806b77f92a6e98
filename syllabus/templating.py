"""Pages that look right offline, run no script and load nothing, whatever the data says."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment


def environment(templates: Path, filters: Mapping[str, Callable[..., Any]]) -> Environment:
    """Open a folder of templates that escape everything.

    They find two texts that are not escaped: `style`, the folder's `style.css`, and `policy`, the Content Security
    Policy that allows that style and forbids the browser anything else.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    opened = Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = (templates / "style.css").read_text(encoding="utf-8")
    # Our own texts, the only ones that go into a page as they are.
    opened.globals |= {"style": Markup(style), "policy": Markup(_policy(style))}  # noqa: S704  # our own, which no data enters
    opened.filters |= filters
    return opened


def _policy(style: str) -> str:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
