"""What one process serves: the package of the moment, and what happens around an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from syllabus.serving import answers
from syllabus.serving.fields import Wrong, columns
from syllabus.serving.http.metrics import Metrics
from syllabus.serving.pieces import ABSTAINED, BEYOND, NOVELTY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from syllabus.serving.engines import Engine
    from syllabus.serving.http.asking import Asked
    from syllabus.serving.http.options import Options
    from syllabus.serving.served import Served

INLINE = 200
"""So many rows a graph answers before another request could be begun; more are answered in a thread."""
LETTERS = 100_000
"""Reasons are told of at most so much text in a request: an answer is asked for without each of its parts, on the one
thread that tells them, and nothing ends it."""
CLASSES = 50
"""Of more classes it is not counted which is predicted how often."""


@dataclass
class Service:
    """The package of the moment, and what happens around an answer.

    Args:
        options: how it is served.
        served: what answers; it is replaced as a whole, and a request that has begun keeps the one that it has.
    """

    options: Options
    served: Served
    metrics: Metrics = field(default_factory=Metrics)
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "answers"))
    draining: bool = False
    _counts: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.metrics.serving.labels(self.served.name, self.served.version).set(1)

    def replace(self, served: Served) -> None:
        """Let another package answer what is asked from now on."""
        self.metrics.serving.labels(self.served.name, self.served.version).set(0)
        self.metrics.serving.labels(served.name, served.version).set(1)
        self.metrics.swaps.inc()
        before, self.served = self.served, served
        before.close()

    async def answer(self, served: Served, asked: Asked) -> list[dict[str, Any]]:
        """Return what is answered to each row.

        Raises:
            Wrong: a row cannot be read.
        """
        if _engine(served).session is not None and len(asked.rows) <= INLINE and not (asked.novelty or asked.reasons):
            return self._answer(served, asked)
        return await asyncio.get_running_loop().run_in_executor(self.pool, self._answer, served, asked)

    def _answer(self, served: Served, asked: Asked) -> list[dict[str, Any]]:
        if asked.confidence is not None and not served.classes:
            raise Wrong("is about probabilities, and this model predicts a number", "confidence")
        given_columns = columns(asked.rows, served.fields)
        if asked.reasons:
            _short(given_columns)
        given, told = _engine(served).answer(given_columns, len(asked.rows))
        found = predictions(served, given, told)
        if asked.confidence is not None:
            for one, unsure in zip(found, answers.doubted(given, asked.confidence).tolist(), strict=True):
                one[ABSTAINED] = unsure
                if unsure:
                    one[answers.PREDICTED] = None
        if asked.novelty or asked.reasons:
            places = [served.classes.index(name) for name in told[answers.PREDICTED]] if served.classes else None
            for one, more in zip(found, self._more(served, asked, given_columns, places), strict=True):
                one.update(more)
        self._count(served, found, told)
        return found

    @staticmethod
    def _more(
        served: Served, asked: Asked, given: Mapping[str, Sequence[Any]], places: list[int] | None
    ) -> list[dict[str, Any]]:
        """Return what is asked about each row beyond its answer; `places` are the classes that were predicted."""
        known = _engine(served).read(given, len(asked.rows))
        found: list[dict[str, Any]] = [{} for _ in asked.rows]
        if asked.novelty and served.package.novelty is not None:
            novelty, examples = served.package.novelty, served.package.model.examples(known.lazy())
            told = known.select(known[name].is_not_null() for name in novelty.categories).to_numpy()
            shares, beyond = novelty.share(examples).tolist(), novelty.beyond(examples, told)
            for one, share, names in zip(found, shares, beyond, strict=True):
                one |= {NOVELTY: share, BEYOND: list(names)}
        elif asked.novelty and hasattr(served.package.modality, "beyond"):
            for one, names in zip(
                found, served.package.modality.beyond(known, served.package.model.encoding), strict=True
            ):
                one[BEYOND] = list(names)
        if asked.reasons:
            from syllabus.serving import reasons

            decided = None if places is None else np.array(places, np.intp)
            package = served.package
            for one, said in zip(found, reasons.of(package.model, package.data, known, decided), strict=True):
                one["reasons"] = said
        return found

    def _count(self, served: Served, found: Sequence[Any], told: Mapping[str, NDArray[Any]]) -> None:
        self.metrics.rows.inc(len(found))
        if 0 < len(served.classes) <= CLASSES:
            decided = told[answers.PREDICTED].tolist()
            for name in set(decided):
                if name not in self._counts:
                    self._counts[name] = self.metrics.predicted.labels(name)
                self._counts[name].inc(decided.count(name))


def _engine(served: Served) -> Engine:
    assert served.engine is not None
    return served.engine


def _short(given: Mapping[str, Sequence[Any]]) -> None:
    """Refuse more text than reasons are told of; a picture, which has come as one, is none by now."""
    letters = sum(len(value) for values in given.values() for value in values if type(value) is str)
    if letters > LETTERS:
        said = f"they are told of at most {LETTERS:,} letters at a time; these rows have {letters:,}"
        raise Wrong(said, "reasons")


def predictions(served: Served, given: NDArray[Any], told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the answers as JSON has them, an object a row."""
    if served.classes:
        return [
            {answers.PREDICTED: one, "probabilities": dict(zip(served.classes, shares, strict=True))}
            for one, shares in zip(told[answers.PREDICTED].tolist(), given.tolist(), strict=True)
        ]
    names = list(told)
    parts = zip(*(told[name].tolist() for name in names), strict=True)
    return [dict(zip(names, one, strict=True)) for one in parts]
