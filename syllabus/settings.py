"""What `params.yaml` may say: typed, frozen and strict.

What one key says of another is in `syllabus.rules`; reading the file and explaining errors in `syllabus.params`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ByteSize, ConfigDict, Field

Role = Literal["numeric", "categorical", "group", "time", "ignore"]
Kind = Literal["classification", "regression"]
ClassificationMetric = Literal[
    "accuracy",
    "balanced_accuracy",
    "precision",
    "recall",
    "f1",
    "roc_auc",
    "pr_auc",
    "log_loss",
    "brier",
    "calibration_error",
]
RegressionMetric = Literal[
    "mae", "rmse", "r2", "median_absolute_error", "mape", "pinball", "coverage", "interval_width"
]
Metric = Literal[ClassificationMetric, RegressionMetric]
LOWER_IS_BETTER: tuple[Metric, ...] = (
    "log_loss",
    "brier",
    "calibration_error",
    "mae",
    "rmse",
    "median_absolute_error",
    "mape",
    "pinball",
    "interval_width",
)
OF_INTERVALS: tuple[Metric, ...] = ("pinball", "coverage", "interval_width")
"""What judges prediction intervals. They are made on validation, so on validation these say nothing."""
ClassificationGap = Literal[
    "demographic_parity_difference", "equalized_odds_difference", "equal_opportunity_difference"
]
RegressionGap = Literal["mean_error_difference", "mae_difference", "mae_ratio"]
Type = Literal["integer", "number", "text", "boolean", "date", "datetime"]
Share = Annotated[float, Field(gt=0, lt=1)]
Trials = Annotated[int, Field(ge=1)]
Names = tuple[str, ...]


class Section(BaseModel):
    """A part of `params.yaml`: an unknown key, or a value of another type, is an error."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, use_attribute_docstrings=True
    )


class Number(Section):
    """How numbers are written in a column of texts; a cell written otherwise becomes missing, and is counted."""

    decimal: Literal[".", ","] = "."
    """The sign before the decimals."""
    thousands: Literal["", ",", ".", " ", "'", "_"] = ""
    """The sign between groups of three digits."""
    unit: str = ""
    """What stands before or after a number, with a space or without: `$`, `%`, `kg`. It is removed."""


class Cleaning(Section):
    """What ingest does to the raw values, in this order; every change is counted in its report."""

    strip: bool = True
    """Remove white space around every text."""
    missing: Names = ("",)
    """Texts that stand for a missing value."""
    relabel: dict[str, dict[str, str]] = {}
    """For a column, values to be written in another way: `{country: {Holand: Netherlands}}`."""
    numbers: dict[str, Number] = {}
    """For a column of texts, how its numbers are written: `{price: {decimal: ",", unit: €}}`."""
    dates: dict[str, str] = {}
    """For a column of texts, how its dates or times are written, in strftime's signs: `{born: "%d.%m.%y"}`."""
    types: dict[str, Type] = {}
    """For a column, the type it must have. Values that do not fit become missing. Others are inferred."""
    limits: dict[str, tuple[float | None, float | None]] = {}
    """For a column of numbers, the least and the most that is possible: `{age: [0, 120]}`. Others become missing."""
    duplicates: Literal["drop", "keep"] = "drop"
    """Whether rows equal in every column to an earlier one are dropped."""


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


SCHEMES = ("http", "https", "s3")
"""The URLs that `data.source` may name."""


class Database(Section):
    """A table or a query of a database; either is named, not both."""

    url: str
    """The environment variable that holds SQLAlchemy's URL, such as `postgresql+psycopg://user:password@host/name`."""
    query: str | None = None
    """One SQL query; it says `:name` where a value of `parameters` stands. With `order by`, rows keep their numbers."""
    parameters: dict[str, str | int | float | bool | None] = {}
    """The values of the query, bound by the driver, never written into its text."""
    table: str | None = None
    """A whole table or view, ordered by its primary key."""
    schema_: str | None = Field(default=None, alias="schema")
    """The schema of the table, where it is not the usual one."""

    def __str__(self) -> str:
        """Return how messages and reports name it; the URL is known to the environment only."""
        whole = self.table if self.schema_ is None else f"{self.schema_}.{self.table}"
        return f"{'the query' if self.table is None else f'table {whole}'} at {self.url}"


class Reading(Section):
    """How the source is written, where its name does not say so."""

    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    """What separates the cells of a text; by default what the name says: a comma for `.csv`, a tab for `.tsv`."""
    quote: Literal['"', "'", ""] = '"'
    """What surrounds a cell of a text that holds the delimiter; `""` where quotes mean nothing."""
    encoding: str = "utf-8"
    """The encoding of a text, such as `cp1252` or `utf-16`; one that Python knows."""
    header: int = Field(default=1, ge=0)
    """The line of a text or sheet that names the columns; 0 where none does: they are `column_1`, `column_2`, …"""
    sheet: str | None = None
    """The sheet of a workbook; by default its only one."""
    file_column: str | None = None
    """A column to add that holds the name of the file that a row comes from."""
    limit: ByteSize | None = None
    """The most that the source may hold, such as `50GB`, once it is downloaded and expanded. By default
    20 GB downloaded, and expanded 250 times the file or 1 GB, whichever is more."""
    allow_private: bool = False
    """Whether a URL may lead to this machine or to a private network."""


class Freshness(Section):
    """How `dvc repro` notices that a database or a remote file has changed: by one of these."""

    query: str | None = None
    """A query of the source's database whose answer changes when the data do: `select max(updated) from loans`."""
    every: Literal["hour", "day", "week", "month"] | None = None
    """The data are taken as new once in each such time (UTC)."""


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
    target: str
    """The column to predict."""
    task: Kind = "classification"
    """Whether the target is a class or a number."""
    target_transform: Literal["log"] | None = None
    """For a regression on a target with a long tail: log learns log(1 + target), and answers on the target's scale."""
    positive: str | None = None
    """For two classes, the one whose probability is examined; by default the rarer one."""
    columns: dict[str, Role] = {}
    """Roles of columns; one that is not named is numeric or categorical by its type."""
    cleaning: Cleaning = Cleaning()


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
    seconds: float | None = Field(default=None, gt=0)
    """Stop a candidate's search after this time. A limit in time gives up bit-identical repetition."""


class Examination(Section):
    """How the models are judged."""

    metric: Metric
    """The metric that chooses the winner, on validation."""
    threshold: Share = 0.5
    """With two classes, the probability from which the positive one is predicted. A classification must write it,
    because its `dvc.yaml` names it; a regression has none."""
    interval: Share = 0.9
    """In a regression, how often a prediction interval is to hold the true value."""
    sensitive: Names
    """Columns across which the model must be fair."""
    slices: Names = ()
    """Columns whose values are examined one by one."""
    smallest_group: int = Field(default=50, ge=1)
    """A group or slice with fewer rows is shown, and decides nothing."""


class Fairness(Section):
    """The largest gap between groups of a sensitive attribute."""

    measure: Literal[ClassificationGap, RegressionGap] = "equal_opportunity_difference"
    """How the gap is measured, among groups large enough to judge. A regression must name one of its own."""
    at_most: Annotated[float, Field(ge=0)]
    """The largest gap that passes."""


class Gates(Section):
    """What a model must show to be registered; all on test."""

    at_least: dict[Metric, float] = {}
    """Floors of metrics where higher is better: `{roc_auc: 0.9}`."""
    at_most: dict[Metric, float] = {}
    """Ceilings of metrics where lower is better: `{log_loss: 0.4}`."""
    fairness: Fairness | None = None
    """The largest gap between groups, for each of `examination.sensitive`."""
    better_than_baseline_by: float | None = Field(default=None, ge=0)
    """How much better than the baseline, in `examination.metric`: the prior, or in a regression the mean or median."""
    fit: tuple[Literal["good", "underfit", "overfit"], ...] = ("good",)
    """Verdicts on the fit that pass."""
    validation: bool = True
    """Whether no critical expectation and no warning may have failed; `info` is only told."""


class Schedule(Section):
    """When `python -m flows.serve` runs the pipeline."""

    cron: str = "0 6 * * 1"
    timezone: str = "UTC"


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
    schedule: Schedule | None = None
