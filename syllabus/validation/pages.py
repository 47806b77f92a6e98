"""Data Docs: pages that look right offline, run no script and load nothing, whatever the data says.

Great Expectations' own pages load styles and scripts from six hosts and put column names into the page as they
are. Here its sentences are set into templates that escape everything, with one style in each page, and a policy
that forbids the browser anything else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syllabus import frames, templating
from syllabus.validation.suite import SEVERITIES

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
    from syllabus.validation import wording

    environment = templating.environment(_TEMPLATES, {"value": wording.value, "percent": wording.percent})
    for page in ("index", "results", "expectations"):
        html = environment.get_template(f"{page}.html.j2").render(
            page=page,
            validation=validation,
            quarantined=quarantined,
            sections=_sections(validation),
            order=_causes_first(validation, quarantined),
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
        {
            "name": name or "The whole table",
            "type": validation.columns.get(name, ""),
            "checks": about[name],
            "failing": sum(not check.success for check in about[name]),
            "worst": min(
                (check.severity for check in about[name] if not check.success), key=SEVERITIES.index, default=""
            ),
        }
        for name in ("", *several, *validation.columns)
        if name in about
    ]


def _causes_first(validation: Validation, quarantined: tuple[Mapping[str, Any], ...]) -> list[str]:
    """Return the columns in the order to show them in, what the rows are quarantined for first."""
    causes = {name for line in quarantined for place in line["reasons"] for name in validation.checks[place].columns}
    names = [name for name in validation.columns if name != frames.ROW]
    return sorted(names, key=lambda name: name not in causes)
