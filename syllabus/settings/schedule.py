"""When something runs by itself."""

from __future__ import annotations

from syllabus.settings.section import Section


class Schedule(Section):
    """When something runs by itself: `python -m flows.serve` sees to it."""

    cron: str = "0 6 * * 1"
    timezone: str = "UTC"
