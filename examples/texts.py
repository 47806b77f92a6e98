"""Set every candidate of an example of texts beside plain scikit-learn, on its test rows.

python examples/texts.py [spam|packages ...], after `dvc repro` in each. The plain model is logistic regression on
TF-IDF of words and pairs, on the same cleaned texts, fitted on train, its C chosen on validation. An example examines
its winner alone on test; what this prints of the others chose nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from sklearn import metrics
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from syllabus import frames, models, params

HERE = Path(__file__).parent
NAMES = ("spam", "packages")


def figures(truth: Any, probabilities: Any) -> str:
    """Return accuracy, macro F1 and log loss of probabilities `(n, k)` as cells of a table."""
    decided = probabilities.argmax(axis=1)
    found = (
        metrics.accuracy_score(truth, decided),
        metrics.f1_score(truth, decided, average="macro"),
        metrics.log_loss(truth, probabilities, labels=range(probabilities.shape[1])),
    )
    return " | ".join(f"{value:.3f}" for value in found)


def plain(folder: Path, target: str, classes: tuple[str, ...]) -> Any:
    """Return the probabilities `(n, k)` of scikit-learn on test."""
    parts = {part: pl.read_parquet(folder / f"{part}.parquet") for part in ("train", "validation", "test")}
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
    seen = words.fit_transform(parts["train"]["text"].to_list())
    rest = {part: words.transform(parts[part]["text"].to_list()) for part in ("validation", "test")}
    codes = {part: np.array([classes.index(name) for name in rows[target]]) for part, rows in parts.items()}
    fitted = [LogisticRegression(C=C, max_iter=1000).fit(seen, codes["train"]) for C in (1.0, 10.0, 100.0)]
    labels = range(len(classes))
    best = min(
        fitted,
        key=lambda one: metrics.log_loss(codes["validation"], one.predict_proba(rest["validation"]), labels=labels),
    )
    return best.predict_proba(rest["test"])


def main() -> None:
    for name in sys.argv[1:] or NAMES:
        settings = params.read(HERE / name / "params.yaml")
        artifacts = HERE / name / "artifacts"
        test = frames.scan(artifacts / "split/test.parquet")
        print(f"\n{name}, {test.select(pl.len()).collect().item()} test rows\n")
        print("| candidate | accuracy | macro F1 | log loss |\n|---|---|---|---|")
        for candidate in settings.candidates:
            model = models.load(artifacts / "tune" / candidate / "model")
            examples = model.examples(test)
            print(f"| {candidate} | {figures(examples.labels, model.answers(examples))} |", flush=True)
        given = plain(artifacts / "split", settings.data.target, examples.task.classes)
        print(f"| scikit-learn, TF-IDF and logistic regression | {figures(examples.labels, given)} |")


if __name__ == "__main__":
    main()
