"""What comes in of rows that are no rows of columns: arrays, as the modality's encoding makes them with NumPy alone.

A picture comes in as its pixels: ONNX Runtime decodes no PNG. A text comes in as the codes of its tokens, which the
tokenizer of the package makes: ONNX has no words for cutting a text into pieces of words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from syllabus.export import asking
from syllabus.export.graph import Graph, Inexpressible

if TYPE_CHECKING:
    from syllabus.batches import Arrays
    from syllabus.examples import Examples
    from syllabus.models import Model
    from syllabus.serving.graphs import Graphed

TOKENS, HEARD = "tokens", "encoder tokens"
SEQUENCES, SCALE = "sequences", "scale"
KINDS: Mapping[str, tuple[type[np.generic], str]] = {
    "image": (np.uint8, "pixels of pictures, row by row, each channel from 0 to 255"),
    "numeric": (np.float64, "numbers, as `model/` makes them of a row; NaN where one is missing"),
    "categorical": (np.int64, "codes of categories, as `model/` makes them of a row; -1 where one is missing"),
    TOKENS: (np.int64, "codes of the tokens that `model/fitted/tokens.json` makes of a text; 0 beyond its end"),
    HEARD: (np.int64, "codes of the tokens that `model.tokens.json` makes of a text, each plus 1; 0 beyond its end"),
    SEQUENCES: (np.float32, "what is read of each step, past and ahead, as `model/` makes it of a history"),
    SCALE: (np.float64, "the mean and the deviation of each series, by which its values are brought to one scale"),
}
"""What each holds."""
AT_ONCE = 64
"""So many rows are asked at a time: what a network makes of them on the way takes much memory."""
Answer = Callable[[Mapping[str, NDArray[Any]]], NDArray[Any]]
"""Asks a graph: takes what comes in, by name."""


class Coming(Mapping[str, str]):
    """The names of arrays that may come in; one that is asked for becomes an input of the graph.

    Args:
        graph: that grows.
        sides: of a row of each, by name; what has none is left out.
        lacking: why others cannot come in, by name.
        behind: adds what stands behind the numbers that come in, and returns its name; None where nothing does.
    """

    def __init__(
        self,
        graph: Graph,
        sides: Mapping[str, tuple[int | str, ...]],
        lacking: Mapping[str, str] | None = None,
        behind: Callable[[], str] | None = None,
    ) -> None:
        self._graph, self._lacking, self._behind = graph, lacking or {}, behind
        self._sides = {name: told for name, told in sides.items() if 0 not in told and name not in self._lacking}
        self._added: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        if name in self._lacking:
            raise Inexpressible(self._lacking[name])
        if name not in self._sides:
            raise Inexpressible(f"{name} is read, which cannot come into a graph")
        if name not in self._added:
            self._added[name] = self._graph.array(name, *KINDS[name], *self._sides[name])
            if name == "numeric" and self._behind is not None:
                self._added[name] = self._graph("Concat", name, self._behind(), axis=1)
        return self._added[name]

    def __contains__(self, name: object) -> bool:
        return name in self._sides or name in self._lacking

    def __iter__(self) -> Iterator[str]:
        return iter(self._sides)

    def __len__(self) -> int:
        return len(self._sides)


def answered(ask: Answer, model: Model | Graphed, examples: Examples, names: Sequence[str]) -> NDArray[Any]:
    """Return what a graph answers on examples, some at a time; texts beside others of about their length.

    Args:
        ask: asks the graph.
        model: it was made from.
        examples: as the model reads them.
        names: of what comes in.
    """
    parts = []
    for some in examples.batches():
        held = {name: _made(name, some, model) for name in names}
        count = len(next(iter(held.values())))
        lengths = {name: (held[name] != 0).sum(axis=1) for name in (TOKENS, HEARD) if name in held}
        order = np.argsort(sum(lengths.values(), np.zeros(count, np.int64)), kind="stable")
        found = [ask(_at(held, lengths, order[start : start + AT_ONCE])) for start in range(0, max(count, 1), AT_ONCE)]
        parts.append(np.concatenate(found)[np.argsort(order, kind="stable")])
    return np.concatenate(parts)


def _at(held: Arrays, lengths: Arrays, places: NDArray[np.int64]) -> Arrays:
    """Return some rows, tokens up to the longest text's."""
    some = {name: array[places] for name, array in held.items()}
    return some | {name: some[name][:, : max(1, told[places].max(initial=1))] for name, told in lengths.items()}


def _made(name: str, some: Arrays, model: Model | Graphed) -> NDArray[Any]:
    """Return an array of some rows as it comes in."""
    if name in (TOKENS, HEARD):
        cutter = asking.cutter(model) if name == TOKENS else asking.encoders_cutter(model)
        return np.ascontiguousarray(cutter.cut(some["text"]), dtype=np.int64)
    if name == SEQUENCES:
        return np.ascontiguousarray(asking.sequences(model, some), dtype=np.float32)
    return np.ascontiguousarray(some[name], dtype=KINDS[name][0])
