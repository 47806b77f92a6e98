"""Pictures and texts as ingest leaves them, and networks that were fitted on such."""

from __future__ import annotations

from functools import cache
from typing import Any

import easy
import numpy as np
import polars as pl

from syllabus import architectures
from syllabus import texts as words
from syllabus.documents.listing import TEXT
from syllabus.examples import Examples
from syllabus.images.packing import PIXELS
from syllabus.modalities import images, text
from syllabus.models import Model

QUICK: dict[str, dict[str, Any]] = {
    "cnn": {"epochs": 3, "width": 8},
    "transformer": {"epochs": 3, "vocabulary": 300, "width": 32},
    "encoder": {"epochs": 2, "unfrozen": 1},
}


@cache
def learned(name: str, kind: str, **params: Any) -> tuple[Model, pl.DataFrame, Examples]:
    """Return a network that was fitted on an easy problem, the raw rows of test, and these as it reads them."""
    train, validation, test = easy.problem(kind)
    architecture: Any = architectures.load(name)
    fitted = easy.fitted(architecture, train, validation, **QUICK[name] | params)
    modality, encoding, rows = (_pictures if "image" in train.arrays else _texts)(train, test)
    return Model(modality, name, {}, encoding, fitted), rows, test


def _pictures(train: Examples, test: Examples) -> tuple[str, Any, pl.DataFrame]:
    pixels = test.arrays["image"]
    rows = _rows(test).with_columns(pl.Series(PIXELS, [one.tobytes() for one in pixels]))
    return "images", images.Encoding("label", train.task, pixels.shape[1:]), rows


def _texts(train: Examples, test: Examples) -> tuple[str, Any, pl.DataFrame]:
    told = pl.Series(train.arrays["text"].tolist())
    known = words.learn(told, train.labels, train.task.classes, words=5, themes=0, vocabulary=100)
    rows = _rows(test).with_columns(pl.Series(TEXT, test.arrays["text"].tolist()))
    return "text", text.Encoding("label", train.task, known, 9), rows


def _rows(test: Examples) -> pl.DataFrame:
    labels = np.array(test.task.classes)[test.labels] if test.task.classes else test.labels
    return pl.DataFrame({"row": np.arange(1, len(test) + 1, dtype=np.uint64), "label": labels})
