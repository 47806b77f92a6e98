"""When the next model is trained, and what it must show to take the champion's place."""

from __future__ import annotations

from pydantic import Field

from syllabus.settings.examination import Metric
from syllabus.settings.schedule import Schedule
from syllabus.settings.section import Section


class Retraining(Section):
    """When `flows.retrain` runs, and by how much a challenger must be better than the champion on the same rows.

    No stage reads it, so nothing runs again when it changes.
    """

    metric: Metric | None = None
    """The metric that decides between the two; by default `examination.metric`."""
    margin: float = Field(default=0.0, ge=0)
    """By how much the challenger must be better at the least, in the metric's own unit."""
    sure: bool = True
    """Whether the 95 % interval of the difference, paired row by row, must hold no nought, too."""
    schedule: Schedule | None = None
    """When `python -m flows.serve` retrains; when asked, or on drift, without it."""
    on_drift: bool = False
    """Whether the event `syllabus.drift` of this project starts a retraining."""
