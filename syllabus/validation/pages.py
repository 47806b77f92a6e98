"""Data Docs: pages that look right offline, run no script and load nothing, whatever the data says.

Great Expectations' own pages load styles and scripts from six hosts and put column names into the page as they
are. Here its sentences are set into templates that escape everything, with one style in each page, and a policy
that forbids the browser anything else.
"""

from __future__ import annotations

import base64
import hashlib
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syllabus import frames

if TYPE_CHECKING:
    from syllabus.validation import Check, Validation

_TEMPLATES = Path(__file__).parent / "templates"


def write(validation: Validation, quarantined: tuple[Mapping[str, Any], ...], docs: Path) -> None:
    """Write `index.html` and what it links into `docs`.

    Args:
        validation: what came of the run.
        quarantined: some rows of the quarantine, whole, each with `reasons` as places in the suite.
        docs: the folder.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    from syllabus.validation import wording

    style = (_TEMPLATES / "style.css").read_text(encoding="utf-8")
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"value": wording.value, "percent": wording.percent}
    for page in ("index", "results", "expectations"):
        html = environment.get_template(f"{page}.html.j2").render(
            page=page,
            # Our own file, the only text that goes into a page as it is.
            style=Markup(style),  # noqa: S704
            style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
            validation=validation,
            quarantined=quarantined,
            sections=_sections(validation),
            row=frames.ROW,
        )
        frames.write_text(html, docs / f"{page}.html")


def _sections(validation: Validation) -> list[dict[str, Any]]:
    """Return the checks by what they are about: the table, several columns, then each column in its order."""
    about: dict[str, list[Check]] = defaultdict(list)
    for check in validation.checks:
        about["" if not check.columns else " × ".join(check.columns)].append(check)
    order = ["", *validation.columns]
    several = [names for names in about if names not in order]
    return [
        {"name": name or "The whole table", "type": validation.columns.get(name, ""), "checks": about[name]}
        for name in ("", *several, *validation.columns)
        if name in about
    ]
