"""What `params.yaml` may say: typed, frozen and strict.

What one key says of another is in `syllabus.rules`; reading the file and explaining errors in `syllabus.params`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ByteSize, Field

from syllabus.settings.cleaning import Cleaning, Constant, Gaps, Number, Type
from syllabus.settings.columns import DatePart, Dates, Role, Texts
from syllabus.settings.cost import Cost
from syllabus.settings.examination import (
    LOWER_IS_BETTER,
    OF_INTERVALS,
    ClassificationGap,
    ClassificationMetric,
    Costs,
    Examination,
    Fairness,
    ForecastMetric,
    Gates,
    LanguageMetric,
    Metric,
    Mitigation,
    RatingMetric,
    RegressionGap,
    RegressionMetric,
    Samples,
    Threshold,
)
from syllabus.settings.monitoring import Monitoring, Thresholds
from syllabus.settings.retraining import Retraining
from syllabus.settings.schedule import Schedule
from syllabus.settings.section import Names, Section, Share
from syllabus.settings.source import SCHEMES, Database, Freshness, Reading

__all__ = [
    "LOWER_IS_BETTER",
    "OF_INTERVALS",
    "SCHEMES",
    "About",
    "ClassificationGap",
    "ClassificationMetric",
    "Cleaning",
    "Constant",
    "Cost",
    "Costs",
    "Data",
    "Database",
    "DatePart",
    "Dates",
    "Examination",
    "Fairness",
    "ForecastMetric",
    "Freshness",
    "Gaps",
    "Gates",
    "Kind",
    "LanguageMetric",
    "Metric",
    "Mitigation",
    "Monitoring",
    "Number",
    "Parts",
    "RatingMetric",
    "Reading",
    "RegressionGap",
    "RegressionMetric",
    "Retraining",
    "Role",
    "Samples",
    "Schedule",
    "Section",
    "Settings",
    "Share",
    "Split",
    "Texts",
    "Threshold",
    "Thresholds",
    "Tuning",
    "Type",
    "Validation",
]

Kind = Literal["classification", "regression", "forecast", "language", "rating"]
Trials = Annotated[int, Field(ge=1)]
Folds = Annotated[int, Field(ge=3, le=50)]
Weight = Annotated[float, Field(gt=0)]


class About(Section):
    """What a reader of the model card must know and the data cannot say."""

    purpose: str = ""
    """What the model is for."""
    data: str = ""
    """Where the data comes from, and under which licence."""
    until: str = ""
    """The last day, month or year that the data tells of."""
    limits: str = ""
    """What the model must not be used for."""


class Data(Section):
    """Where examples come from and what the columns are."""

    modality: str
    """What the data is, a module in `syllabus/modalities/`."""
    source: str | Database
    """A file, relative to the project; a pattern of files, such as `data/*.csv`; a URL (http, https or s3); or a
    table or query of a database."""
    reading: Reading = Reading()
    freshness: Literal["checksum"] | Freshness = "checksum"
    """How the stage `freshness` sees a change: by a query, by time, or by the checksum: what the server says of a
    remote file, or else the content."""
    target: str = ""
    """The column to predict; where the modality has none, as a corpus has, it is left out."""
    task: Kind = "classification"
    """Whether the target is a class, a number, the next numbers of a series, what comes next in a text, or a rating."""
    target_transform: Literal["log"] | None = None
    """For a regression on a target with a long tail: log learns log(1 + target), and answers on the target's scale."""
    positive: str | None = None
    """For two classes, the one whose probability is examined; by default the rarer one."""
    class_weights: Literal["balanced"] | dict[str, Weight] | None = None
    """For classes, how much an example of each counts in learning: balanced lets all classes count the same; a class
    that a mapping does not name counts 1. The probabilities that come out are those of the real shares again."""
    columns: dict[str, Role] = {}
    """Roles of columns; one that is not named is numeric, categorical or a date by its type."""
    dates: dict[str, Dates] = {}
    """For a column of dates or times, what is read of it: `{sold: {parts: [month, weekday], since: [built]}}`."""
    texts: dict[str, Texts] = {}
    """For a column whose role is text, how many numbers it becomes: `{body: {words: 100, themes: 0}}`."""
    most_categories: int = Field(default=5_000, ge=1)
    """The most categories of a column that are told apart, those most frequent in train; the rest are one category."""
    cleaning: Cleaning = Cleaning()
    options: dict[str, Any] = {}
    """The settings of this modality alone, which it declares in its own file."""


class Validation(Section):
    """The rules that the data must meet."""

    suite: str
    """A Great Expectations suite (JSON)."""


class Parts(Section):
    """Shares of the rows; they add up to 1."""

    train: Share = 0.8
    validation: Share = 0.1
    test: Share = 0.1


class Split(Section):
    """How the rows are shared out."""

    method: Literal["stratified", "random", "group", "time", "hash"] = "stratified"
    """stratified on the target; random; by group (a group stays whole); by time (the latest rows are the
    test); by the hash of a key (a row keeps its part when data grow)."""
    by: str | None = None
    """The column of the groups, of the time or of the key."""
    parts: Parts = Parts()


class Tuning(Section):
    """How long better parameters are searched."""

    trials: Trials | dict[str, Trials] = 20
    """How many sets of parameters a candidate tries, its declared ones included; one number, or one a candidate."""
    folds: Literal["auto", "none"] | Folds = "auto"
    """Into how many folds train and validation are shared out to score trials and candidates; auto takes 5 below 1,000
    rows, and none above or in a split by time. The validation part alone says little where it has few rows."""
    seconds: float | None = Field(default=None, gt=0)
    """Stop a candidate's search after this time. A limit in time gives up bit-identical repetition."""


class Settings(Section):
    """The whole of `params.yaml`. A key that `dvc.yaml` names must stand in the file, so it has no default here."""

    seed: int = Field(ge=0, lt=2**31)
    """One number from which all chance comes."""
    about: About
    data: Data
    validation: Validation
    split: Split
    candidates: Names = Field(min_length=1)
    """The architectures that compete, modules in `syllabus/architectures/`."""
    architectures: dict[str, dict[str, Any]]
    """The parameters of each candidate, `{}` for its defaults; each architecture declares its own."""
    tuning: Tuning
    examination: Examination
    gates: Gates
    cost: Cost = Cost()
    schedule: Schedule | None = None
    """When `python -m flows.serve` runs the pipeline."""
    monitoring: Monitoring | None = None
    retraining: Retraining = Retraining()
    memory_limit: Annotated[ByteSize, Field(ge=300_000_000)] | None = None
    """How much memory ingest, validate and split may take, such as `2GB`: what does not fit goes through the disk.
    It changes no result, so no stage runs again when it changes."""
