"""The report page of a run: one HTML file without a script, a style sheet or a font from anywhere else.

A section is a module in `sections/` and a template of the same name. What a section needs and does not find in
the run, such as sensitive columns, leaves the section out.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from syllabus import frames, templating
from syllabus.reports import wording
from syllabus.reports.material import Material
from syllabus.reports.sections import (
    candidates,
    curves,
    data,
    decision,
    examination,
    fairness,
    fit,
    forecast,
    group_errors,
    language,
    quality,
    rating,
    regression,
    remake,
    review,
    search,
    slices,
    summary,
)

if TYPE_CHECKING:
    from jinja2 import Environment

    from syllabus.registry import Run
    from syllabus.registry.gates import Decision
    from syllabus.settings import Settings

TEMPLATES = Path(__file__).parent / "templates"


class Section(Protocol):
    """A part of the page: a module with these two, and a template of its name."""

    TITLE: str

    def facts(self, material: Material) -> Mapping[str, Any] | None:
        """Return what the template needs; None where this run has nothing to tell here.

        What is under `alarm` stands beside the title in the table of contents.
        """


SECTIONS: Mapping[str, Section] = {
    "decision": decision,
    "data": data,
    "quality": quality,
    "review": review,
    "candidates": candidates,
    "curves": curves,
    "search": search,
    "examination": examination,
    "regression": regression,
    "forecast": forecast,
    "language": language,
    "rating": rating,
    "slices": slices,
    "fairness": fairness,
    "group_errors": group_errors,
    "fit": fit,
    "remake": remake,
}
"""In the order of the page."""


def write(run: Run, decision: Decision, settings: Settings, page: Path) -> None:
    """Write the report of a run as one HTML page; the same run gives the same bytes.

    Args:
        run: the reports of the stages before.
        decision: what the gates said.
        settings: the project's.
        page: the file. Its links lead to the folders of the other stages beside its own.
    """
    material = Material(run, decision, settings)
    told = {name: section.facts(material) for name, section in SECTIONS.items()}
    template = _environment().get_template("page.html.j2")
    html = template.render(
        summary=summary.facts(material),
        sections=[(name, SECTIONS[name].TITLE, facts) for name, facts in told.items() if facts is not None],
        metric=settings.examination.metric,
        target=settings.data.target or "what comes next",
    )
    frames.write_text(html, page)


@cache
def _environment() -> Environment:
    return templating.environment(TEMPLATES, wording.FILTERS)
