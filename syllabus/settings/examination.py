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
    "cost",
]
RegressionMetric = Literal[
    "mae", "rmse", "r2", "median_absolute_error", "mape", "pinball", "coverage", "interval_width"
]
ForecastMetric = Literal[
    "mae", "rmse", "mase", "relative_mase", "quantile_loss", "pinball", "coverage", "interval_width"
]
LanguageMetric = Literal["bits_per_byte", "perplexity", "token_accuracy"]
RatingMetric = Literal["mae", "rmse", "ndcg_at_10", "recall_at_10", "hit_rate_at_10"]
Metric = Literal[ClassificationMetric, RegressionMetric, ForecastMetric, LanguageMetric, RatingMetric]
LOWER_IS_BETTER: tuple[Metric, ...] = (
    "log_loss",
    "brier",
    "calibration_error",
    "cost",
    "mae",
    "rmse",
    "median_absolute_error",
    "mape",
    "pinball",
    "interval_width",
    "mase",
    "relative_mase",
    "quantile_loss",
    "bits_per_byte",
    "perplexity",
)
OF_INTERVALS: tuple[Metric, ...] = ("pinball", "coverage", "interval_width")
"""What judges prediction intervals. They are made on validation, so on validation these say nothing."""
ClassificationGap = Literal[
    "demographic_parity_difference", "equalized_odds_difference", "equal_opportunity_difference"
]
RegressionGap = Literal["mean_error_difference", "mae_difference", "mae_ratio"]


class Costs(Section):
    """What a wrong decision costs, in any unit."""

    false_positive: float = Field(gt=0)
    """What it costs to decide positive where it is not."""
    false_negative: float = Field(gt=0)
    """What it costs to miss a positive."""


class Threshold(Section):
    """By what the threshold of two classes is chosen, for each model on its own validation rows: by one of these."""

    recall: Share | None = None
    """The highest threshold at which so many of the positives are found."""
    precision: Share | None = None
    """The lowest threshold at which so many of those decided positive are."""
    cost: Costs | None = None
    """The threshold whose decisions cost least: the one that the costs imply for true probabilities, unless another is
    clearly cheaper on validation."""
    metric: Literal["accuracy", "balanced_accuracy", "f1"] | None = None
    """The threshold at which a metric is best."""


class Samples(Section):
    """What a language model is let write, for a person to read."""

    prompts: Names = ("",)
    """What it goes on from, each of them once; an empty one is the beginning of a document."""
    tokens: int = Field(default=200, ge=1, le=100_000)
    """How many pieces it writes at the most."""
    temperature: float = Field(default=0.8, ge=0, le=10)
    """Below 1 it keeps to what is likely, above 1 it dares more; at 0 it always takes the likeliest."""
    top_p: float = Field(default=0.95, gt=0, le=1)
    """It takes none but the likeliest that come to this probability together (Holtzman et al. 2020)."""
    stop: Names = ()
    """Texts at which it ends; they are not shown."""


class Mitigation(Section):
    """How the decisions on two classes are made fair: each group of a sensitive column gets a threshold of its own."""

    across: str
    """The sensitive column. Whoever asks the model for a decision must give it, also where the model does not read
    it."""
    measure: Literal["demographic_parity_difference", "equal_opportunity_difference"] = "demographic_parity_difference"
    """The gap that is closed on validation: of the shares that are decided positive, or of the shares of the positives
    that are found. Every group gets the share that `examination.threshold` gives all together."""


class Examination(Section):
    """How the models are judged."""

    metric: Metric
    """The metric that chooses the winner, on validation."""
    threshold: Share | Threshold = 0.5
    """With two classes, the probability from which the positive one is predicted: a number, or by what it is chosen on
    validation, such as `{recall: 0.8}`. A classification must write it, because its `dvc.yaml` names it; a regression
    has none."""
    calibration: Literal["auto", "none", "sigmoid", "isotonic"] = "auto"
    """How the probabilities of a classification are made true on validation: a line of their log odds, or the order of
    two classes alone; auto takes what cross-validation shows to be better than none."""
    interval: Share = 0.9
    """In a regression or a forecast, how often a prediction interval is to hold the true value."""
    samples: Samples | None = None
    """What the winner is let write for the report, where the task is language; by default one beginning."""
    sensitive: Names
    """Columns across which the model must be fair."""
    mitigation: Mitigation | None = None
    """Closes a gap between groups by thresholds of their own, and tells on test what that costs."""
    slices: Names = ()
    """Columns whose values are examined one by one."""
    smallest_group: int = Field(default=50, ge=1)
    """A group or slice with fewer rows is shown, and decides nothing."""
    label_errors: bool = True
    """Whether rows of train and validation whose label cross-validation doubts are listed; nothing is changed."""
    leaks: bool = True
    """Whether columns that alone tell the target of train almost perfectly are listed; nothing is changed."""


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
    fit: tuple[Literal["good", "underfit", "overfit", "shifted"], ...] = ("good",)
    """Verdicts on the fit that pass."""
    validation: bool = True
    """Whether no critical expectation and no warning may have failed; `info` is only told."""
