"""How models are judged, and what one must show to be registered."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from syllabus.settings.section import Names, Section, Share

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
    label_errors: bool = True
    """Whether rows of train and validation whose label cross-validation doubts are listed; nothing is changed."""


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
