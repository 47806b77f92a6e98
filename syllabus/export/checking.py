"""Whether an ONNX file answers as the model that it was made from, on every row of test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from syllabus import scoring
from syllabus.batches import ends
from syllabus.examination import metrics
from syllabus.export import asking
from syllabus.export.graph import Inexpressible

if TYPE_CHECKING:
    import polars as pl

    from syllabus.examination.answers import Answers
    from syllabus.examples import Examples
    from syllabus.models import Model

TOLERANCE = 1e-6
"""How far an answer may be off: a probability by that, a value by that share of the largest."""
BEHIND = 1e-4
"""The same where an architecture ranks what a pretrained network finds: where many rows of train are nearly alike, the
last digits of a number tell much of its rank."""
ROWS = 10_000
"""So many rows are asked at a time."""
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Compared:
    """The model and what it answers on test.

    Args:
        model: the native one.
        table: the rows of test, raw.
        thresholds: from which probability on the second of two classes is decided; several where groups have their own.
        asked: the metrics whose cost is told.
        tolerance: how far an answer may be off.
        read: the rows as the model reads them, where that takes more than the rows.
    """

    model: Model
    table: pl.LazyFrame
    thresholds: tuple[float, ...]
    asked: tuple[str, ...]
    tolerance: float = TOLERANCE
    read: Examples | None = None

    @cached_property
    def examples(self) -> Examples:
        """The rows as the model reads them."""
        return self.model.examples(self.table) if self.read is None else self.read

    @cached_property
    def given(self) -> Floats:
        """The model's own probabilities `(n, k)`, or values `(n,)`."""
        return self.model.answers(self.examples)

    def agreement(self, content: bytes) -> dict[str, Any]:
        """Return the largest difference of an answer, and how many rows are decided otherwise: none.

        Raises:
            Inexpressible: it does not agree.
        """
        found = answered(self.model, content, self.table, self.examples)
        off = self._difference(found)
        allowed = self.tolerance if self.given.ndim == 2 else self.tolerance * float(abs(self.given).max())
        if off > allowed:
            raise Inexpressible(
                f"it answers otherwise than the model on the {len(found)} rows of test, by up to {off:.2g}"
            )
        if changed := self._changed(found):
            raise Inexpressible(f"it decides {changed} of {len(found)} rows of test otherwise than the model")
        return {"rows": len(found), "difference": off, "changed": changed}

    def cost(self, content: bytes) -> dict[str, Any]:
        """Return the same of one that need not agree, and each metric with what it was.

        Raises:
            Inexpressible: it gives no answers.
        """
        found = answered(self.model, content, self.table, self.examples)
        off = self._difference(found)
        before, after = (self._answers(given, self.thresholds[0]) for given in (self.given, found))
        rows = []
        for name in self.asked:
            if not any(metrics.missing(metrics.get(name), answers) for answers in (before, after)):
                was, is_ = (scoring.value(name, answers) for answers in (before, after))
                rows.append({"name": name, "value": is_, "was": was})
        return {"difference": off, "changed": self._changed(found), "metrics": rows}

    def _difference(self, found: Floats) -> float:
        if not np.isfinite(found).all():
            raise Inexpressible(f"its answers are not all numbers on the {len(found)} rows of test")
        return float(abs(found - self.given).max())

    def _changed(self, found: Floats) -> int:
        """Return how many rows are decided otherwise, by any of the thresholds."""
        changed = np.zeros(len(found), bool)
        for threshold in self.thresholds:
            was, is_ = (_decided(self._answers(given, threshold)) for given in (self.given, found))
            changed |= was != is_
        return int(changed.sum())

    def _answers(self, given: Floats, threshold: float) -> Answers:
        return scoring.answered(given, self.examples, threshold)


def _decided(answers: Answers) -> NDArray[Any]:
    """Return the classes that are decided; a value is no decision."""
    return np.asarray(getattr(answers, "decided", 0))


def answered(model: Model, content: bytes, table: pl.LazyFrame, examples: Examples | None = None) -> Floats:
    """Return what an ONNX file answers on the rows of a table, some at a time, on one thread.

    Raises:
        Inexpressible: ONNX Runtime does not run it.
    """
    import polars as pl

    with _told():
        runs = _Telling(session(content))
    if not asking.by_column(model.modality):  # arrays are asked about some at a time anyway
        return np.asarray(asking.answered(model, runs, table, examples))
    parts = ends(int(table.select(pl.len()).collect().item()), ROWS)
    return np.concatenate([asking.answered(model, runs, table.slice(start, stop - start)) for start, stop in parts])


@dataclass(frozen=True)
class _Telling:
    """A session whose errors are reasons."""

    session: Any

    def get_inputs(self) -> Any:
        return self.session.get_inputs()

    def run(self, *asked: Any) -> Any:
        with _told():
            return self.session.run(*asked)


def session(content: bytes) -> Any:
    """Return what runs an ONNX file, on one thread of the processor."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


@contextmanager
def _told() -> Iterator[None]:
    """Make a reason of an error of ONNX Runtime's, whose kinds have no name in common but this one."""
    try:
        yield
    except Exception as error:
        raise Inexpressible(f"ONNX Runtime does not run it: {' '.join(str(error).split())[:200]}") from error
