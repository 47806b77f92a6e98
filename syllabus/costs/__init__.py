"""`syllabus cost`: what the stages took, what answers take, and the caps on both.

No stage imports it, and nothing that it reads or says is an output of DVC: seconds are never twice the same.
"""

from __future__ import annotations

from pathlib import Path

from syllabus.metering import JOURNAL

PAGE = JOURNAL / "cost.html"
"""Where the page stands, unless it is told otherwise."""


def shown(project: Path) -> Path | None:
    """Return the page, if there is one, and no stage has run since it was written."""
    page = project / PAGE
    if not page.is_file():
        return None
    written = page.stat().st_mtime_ns
    return page if all(one.stat().st_mtime_ns <= written for one in page.parent.glob("*.json")) else None
