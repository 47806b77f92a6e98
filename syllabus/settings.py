"""What `params.yaml` may say: typed, frozen and strict.

What one key says of another is in `syllabus.rules`; reading the file and explaining errors in `syllabus.params`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Role = Literal["numeric", "categorical", "group", "time", "ignore"]
Metric = Literal[
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
LOWER_IS_BETTER: tuple[Metric, ...] = ("log_loss", "brier", "calibration_error")
Type = Literal["integer", "number", "text", "boolean", "date", "datetime"]
Share = Annotated[float, Field(gt=0, lt=1)]
Rate = Annotated[float, Field(ge=0, le=1)]
Trials = Annotated[int, Field(ge=1)]
Names = tuple[str, ...]


class Section(BaseModel):
    """A part of `params.yaml`: an unknown key, or a value of another type, is an error."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, use_attribute_docstrings=True
    )


class Cleaning(Section):
    """What ingest does to the raw values, in this order; every change is counted in its report."""

    strip: bool = True
    """Remove white space around every text."""
    missing: Names = ("",)
    """Texts that stand for a missing value."""
    relabel: dict[str, dict[str, str]] = {}
    """For a column, values to be written in another way: `{country: {Holand: Netherlands}}`."""
    types: dict[str, Type] = {}
    """For a column, the type it must have. Values that do not fit become missing. Others are inferred."""
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


class Data(Section):
    """Where examples come from and what the columns are."""

    modality: str
    """What the data is, a module in `syllabus/modalities/`."""
    source: str
    """The raw file, relative to the project."""
    target: str
    """The column to predict."""
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
    threshold: Share
    """With two classes, the probability from which the positive one is predicted."""
    sensitive: Names
    """Columns across which the model must be fair."""
    slices: Names = ()
    """Columns whose values are examined one by one."""
    smallest_group: int = Field(default=50, ge=1)
    """A group or slice with fewer rows is shown, and decides nothing."""


class Fairness(Section):
    """The largest gap between groups of a sensitive attribute."""

    measure: Literal["demographic_parity_difference", "equalized_odds_difference", "equal_opportunity_difference"] = (
        "equal_opportunity_difference"
    )
    """How the gap is measured, among groups large enough to judge."""
    at_most: Rate
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
    """How much better than predicting the prior, in `examination.metric`."""
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
