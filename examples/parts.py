"""Set the parts of a row against each other: python examples/parts.py, after `dvc repro` in examples/clipart.

Fits `fusion`, with the parameters that the project declares, on each choice of parts, and prints what each comes to on
test beside the project's own candidates. An example examines its winner alone on test; what this prints chose nothing.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from sklearn import metrics

from syllabus import architectures, frames, models, params, training

HERE = Path(__file__).parent / "clipart"
CHOICES = {"picture": ("image",), "title": ("words",), "picture and title": ("image", "words")}
"""What is read, by the name under which it is printed."""
DRAWS = 5000


def figures(truth: Any, probabilities: Any) -> str:
    """Return accuracy, macro F1 and log loss of probabilities `(n, k)` as cells of a table."""
    decided = probabilities.argmax(axis=1)
    found = (
        metrics.accuracy_score(truth, decided),
        metrics.f1_score(truth, decided, average="macro"),
        metrics.log_loss(truth, probabilities, labels=range(probabilities.shape[1])),
    )
    return " | ".join(f"{value:.3f}" for value in found)


def differences(truth: Any, better: Any, other: Any) -> str:
    """Return by how much accuracy and log loss differ, with 95 % intervals by a paired bootstrap over rows."""
    rows = np.arange(len(truth))
    right = (better.argmax(axis=1) == truth) * 1.0 - (other.argmax(axis=1) == truth)
    nats = np.log(better[rows, truth]) - np.log(other[rows, truth])
    drawn = np.random.default_rng(0).integers(0, len(rows), (DRAWS, len(rows)))
    told = []
    for name, each in (("accuracy", right), ("log loss", -nats)):
        low, high = np.quantile(each[drawn].mean(axis=1), [0.025, 0.975])
        told.append(f"{name} {each.mean():+.3f} ({low:+.3f} to {high:+.3f})")
    return ", ".join(told)


def main() -> None:
    os.chdir(HERE)
    settings, parts = params.read(Path("params.yaml")), Path("artifacts/split")
    known = training.prepare(settings.data, parts)
    test = models.examples(known.modality, known.encoding, parts, "test")
    print(f"{len(test)} test rows\n\n| model | accuracy | macro F1 | log loss |\n|---|---|---|---|", flush=True)
    for candidate in settings.candidates:
        model = models.load(Path("artifacts/train") / candidate / "model")
        answered = model.predict(frames.scan(parts / "test.parquet"))
        print(f"| {candidate} | {figures(test.labels, answered)} |", flush=True)
    found = {}
    for name, chosen in CHOICES.items():
        asked = dict(settings.architectures["fusion"]) | {"parts": chosen}
        found[name] = _fitted(known, settings.seed, asked).predict(test)
        print(f"| fusion: {name} | {figures(test.labels, found[name])} |", flush=True)
    for name in ("picture", "title"):
        print(f"\npicture and title, less {name}: {differences(test.labels, found['picture and title'], found[name])}")


def _fitted(known: training.Prepared, seed: int, chosen: dict[str, Any]) -> Any:
    fusion: Any = architectures.load("fusion")
    return fusion.fit(fusion.Params(**chosen), known.train, known.validation, seed=seed, report=lambda *_: None)


if __name__ == "__main__":
    main()
