"""Fit plain scikit-learn on the rows of an example, and print its test figures beside the example's own.

python examples/baseline.py [--train] [fraud|housing|flights|hiring ...], after `dvc repro` in each. What one would
write in ten lines: the columns as the example uses them, no search, no tuned threshold, fitted on train and validation
together; with `--train` on train alone, as the example's own models are.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from sklearn import metrics
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from syllabus import params
from syllabus.settings import Settings

HERE = Path(__file__).parent
NAMES = ("fraud", "housing", "flights", "hiring")
FEW = 255
"""The most categories that scikit-learn's boosting takes as categories; a column with more is numbered."""


def table(paths: list[Path], settings: Settings) -> tuple[Any, Any]:
    """Return the columns that the example learns from, `(n, k)` as pandas, and the target."""
    rows = pl.concat([pl.read_parquet(path) for path in paths]).sort("row").drop("row")
    roles = settings.data.columns
    told = [name for name in rows.columns if roles.get(name) in ("ignore", "time", "group")]
    when = [name for name in told if roles[name] == "time"]
    rows = rows.with_columns(pl.col(name).dt.weekday().cast(pl.String).alias(f"{name} weekday") for name in when)
    rows = rows.with_columns(pl.col(name).cast(pl.String) for name, role in roles.items() if role == "categorical")
    frame = rows.drop(*told, settings.data.target).to_pandas()
    return frame.astype(dict.fromkeys(_words(frame), object)), rows[settings.data.target].to_numpy()


def _words(frame: Any) -> list[str]:
    return [name for name, kind in frame.dtypes.items() if kind.kind not in "iufb"]


def models(frame: Any, kind: str) -> dict[str, Pipeline]:
    """Return boosting and a linear model, each with its columns prepared in the usual way."""
    words = _words(frame)
    numbers = [name for name in frame.columns if name not in words]
    few = [name for name in words if frame[name].nunique() < FEW]
    many = [name for name in words if name not in few]
    coded = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan)
    boosted = ColumnTransformer([("few", coded, few), ("many", coded, many), ("rest", "passthrough", numbers)])
    linear = ColumnTransformer(
        [
            ("words", OneHotEncoder(handle_unknown="ignore", min_frequency=100), words),
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), numbers),
        ]
    )
    chosen = {"categorical_features": list(range(len(few))) or None, "random_state": 0}
    if kind == "regression":
        return {
            "boosting": make_pipeline(boosted, HistGradientBoostingRegressor(**chosen)),
            "linear": make_pipeline(linear, Ridge()),
        }
    return {
        "boosting": make_pipeline(boosted, HistGradientBoostingClassifier(**chosen)),
        "linear": make_pipeline(linear, LogisticRegression(max_iter=1000)),
    }


def classified(model: Pipeline, frame: Any, truth: Any, settings: Settings) -> dict[str, float]:
    """Return the test figures of a classifier that decides at 0.5; the cost is that of 1,000 rows."""
    positive = settings.data.positive
    where = [str(name) for name in model.classes_].index(str(positive))
    score = model.predict_proba(frame)[:, where]
    actual = truth.astype(str) == str(positive)
    picked = score >= 0.5
    figures = {
        "roc_auc": metrics.roc_auc_score(actual, score),
        "pr_auc": metrics.average_precision_score(actual, score),
        "log_loss": metrics.log_loss(actual, score),
        "brier": metrics.brier_score_loss(actual, score),
        "recall": metrics.recall_score(actual, picked),
        "precision": metrics.precision_score(actual, picked, zero_division=0),
    }
    chosen = settings.examination.threshold
    if not isinstance(chosen, float) and chosen.cost:
        paid = chosen.cost.false_positive * (picked & ~actual) + chosen.cost.false_negative * (~picked & actual)
        figures["cost"] = 1000 * paid.mean()
    return figures


def estimated(model: Pipeline, frame: Any, truth: Any) -> dict[str, float]:
    """Return the test figures of a regression."""
    guessed = model.predict(frame)
    return {
        "mae": metrics.mean_absolute_error(truth, guessed),
        "rmse": metrics.root_mean_squared_error(truth, guessed),
        "r2": metrics.r2_score(truth, guessed),
        "median_absolute_error": metrics.median_absolute_error(truth, guessed),
    }


def compare(name: str, learned: tuple[str, ...]) -> str:
    """Return a table of test figures: the example's winner with its interval, and both plain models."""
    settings = params.read(HERE / name / "params.yaml")
    parts = HERE / name / "artifacts/split"
    frame, target = table([parts / f"{part}.parquet" for part in learned], settings)
    test, truth = table([parts / "test.parquet"], settings)
    found = {}
    for word, model in models(frame, settings.data.task).items():
        model.fit(frame, target)
        found[word] = (
            estimated(model, test, truth)
            if settings.data.task == "regression"
            else classified(model, test, truth, settings)
        )
    measured = json.loads((HERE / name / "artifacts/evaluate/metrics.json").read_text())
    ours = measured["test"]
    spans = json.loads((HERE / name / "artifacts/evaluate/report.json").read_text())["test"]["metrics"]
    lines = [f"{name}: {len(truth):,} test rows", "", "| | this example | 95 % interval | boosting | linear |"]
    lines.append("|---|---|---|---|---|")
    for metric in found["linear"]:
        low, high = spans[metric]["low"], spans[metric]["high"]
        plain = " | ".join(_short(figures[metric]) for figures in found.values())
        lines.append(f"| {metric} | {_short(ours[metric])} | {_short(low)} to {_short(high)} | {plain} |")
    return "\n".join(lines)


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3f}"


if __name__ == "__main__":
    words = sys.argv[1:]
    parts = ("train",) if "--train" in words else ("train", "validation")
    for each in [word for word in words if word != "--train"] or NAMES:
        print(compare(each, parts), end="\n\n", flush=True)
