"""Pages that look right offline, run no script and load nothing, whatever the data says."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment


def environment(
    templates: Path, filters: Mapping[str, Callable[..., Any]], *, upon: Sequence[Path] = ()
) -> Environment:
    """Open a folder of templates that escape everything.

    They find two texts that are not escaped: `style`, the folder's `style.css`, and `policy`, the Content Security
    Policy that allows that style and forbids the browser anything else.

    Args:
        templates: the folder.
        filters: what templates may call, by name.
        upon: folders whose templates are found, too, and whose style comes first.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    opened = Environment(
        loader=FileSystemLoader([templates, *upon]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = "\n".join((folder / "style.css").read_text(encoding="utf-8") for folder in (*upon, templates))
    # Our own texts, the only ones that go into a page as they are.
    opened.globals |= {"style": Markup(style), "policy": Markup(_policy(style))}  # noqa: S704  # our own, which no data enters
    opened.filters |= filters
    return opened


def _policy(style: str) -> str:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
