"""How a model in use is watched."""

from __future__ import annotations

from pydantic import Field

from syllabus.settings.schedule import Schedule
from syllabus.settings.section import Names, Section, Share
from syllabus.settings.source import Database


class Thresholds(Section):
    """From what on a difference is an alarm. It must be more than chance, and large."""

    alpha: Share = 0.01
    """How often chance alone may raise an alarm: of the p-values, corrected for all that is asked of a batch."""
    stability: float = Field(default=0.1, gt=0)
    """Drift of a column or of predictions, by the population stability index: 0.1 is moderate, 0.25 large."""
    missing: Share = 0.05
    """By how much the share of missing values of a column may grow or shrink."""
    new: Share = 0.01
    """The share of rows that may have a category which train has not."""
    unusual: Share = 0.05
    """By how much the share of rows may grow that are as unusual as one known row in a hundred."""
    unread: Share = 0.01
    """The share of rows that may not be readable, such as one with a text where a number belongs."""
    worse: Share = 0.05
    """By what share of its value on test the metric may be worse, overall or on a slice, once labels are there."""


class Monitoring(Section):
    """What is watched: `python -m stages.monitor` reads it, and a flow runs that on a schedule."""

    source: str | Database
    """The new rows: a file, a folder of Parquet, a pattern of files, a URL, or a table or query of a database."""
    labels: str | Database | None = None
    """A source of the target, where it comes later than the rows; without it, the target may stand among them."""
    key: str | None = None
    """The column by which rows and labels belong together; of ratings the user and the item where none is named."""
    ignore: Names = ()
    """Columns whose drift is no alarm, such as one that grows by itself."""
    expectations: bool = True
    """Whether the project's suite is held against the rows, as far as it speaks of single rows."""
    sample: int = Field(default=100_000, ge=1_000)
    """How many rows stand for all in metrics and pictures, where there are more. Drift is counted on all."""
    thresholds: Thresholds = Thresholds()
    schedule: Schedule | None = None
    """When `python -m flows.serve` looks; never by itself otherwise."""
    webhook: str | None = None
    """The environment variable that holds the URL which is told of an alarm."""
