"""Several texts that a decoder continues side by side: each step reads one code of every text in one product.

Texts join and leave between two steps, whatever the others do (Yu et al. 2022). A sum over a batch may round otherwise
than one over a single text: what is written together is what is written alone, but for the last bits of its scores.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from syllabus.deep import devices
from syllabus.deep.decoder import Cache, Decoder, Shape
from syllabus.deep.packed import END

Choose = Callable[[NDArray[np.float64]], int]


class Rows(Cache):
    """The keys and values of several texts, each as long as it is: those of the first rows are read.

    Args:
        shape: of the decoder.
        rows: how many texts there may be.
    """

    def __init__(self, shape: Shape, rows: int) -> None:
        super().__init__(shape, rows)
        self._held.zero_()  # what a mask hides is multiplied by zero, and must be a number
        self.lengths = torch.zeros(rows, dtype=torch.int64)
        self._read = 0

    def reading(self, rows: int) -> None:
        """Let the first `rows` texts be read on, a code of each."""
        self._read = rows
        self.mask = (torch.arange(int(self.lengths[:rows].max()) + 1) <= self.lengths[:rows, None])[:, None, None]

    def places(self, count: int) -> torch.Tensor:  # noqa: ARG002  # one
        """Return where the next code of each text stands, `(b, 1, 1)`."""
        return self.lengths[: self._read, None, None]

    def advance(self, count: int) -> None:
        """Go on behind the codes."""
        self.lengths[: self._read] += count

    def extended(self, layer: int, keys: torch.Tensor, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Take in a layer's keys and values `(b, heads, 1, size)`; return those of all that was read."""
        assert self.mask is not None
        held, rows, longest = self._held[layer], torch.arange(self._read), self.mask.shape[-1]
        held[0, rows, :, self.lengths[: self._read]] = keys[:, :, 0]
        held[1, rows, :, self.lengths[: self._read]] = values[:, :, 0]
        return held[0, : self._read, :, :longest], held[1, : self._read, :, :longest]

    def taken(self, row: int, other: Cache) -> None:
        """Take over in a row what was read of one text alone."""
        self._held[:, :, row, :, : other.length] = other._held[:, :, 0, :, : other.length]
        self.lengths[row] = other.length

    def swapped(self, one: int, other: int) -> None:
        """Let two rows change places."""
        order = torch.tensor([other, one])
        both = torch.tensor([one, other])
        self._held[:, :, both] = self._held[:, :, order]
        self.lengths[both] = self.lengths[order]


@dataclass
class _Text:
    read: list[int]
    """All its codes."""
    choose: Choose
    fresh: bool = True
    """Whether the cache holds nothing of it."""
    begun: bool = False
    """Whether it was read before."""


class Together:
    """Texts that are continued side by side.

    Args:
        network: on the processor, in its evaluation mode.
        most: so many texts at once.
    """

    def __init__(self, network: Decoder, most: int) -> None:
        self.network = network
        self._cache = Rows(network.shape, most)
        self._texts: list[tuple[int, _Text]] = []

    def add(self, key: int, codes: NDArray[np.int32], choose: Choose) -> None:
        """Begin to continue a text, `(t,)` codes from the beginning of a document; `choose` takes each code."""
        self._texts.append((key, _Text([END, *codes.tolist()], choose)))

    def step(self) -> dict[int, int]:
        """Continue each text by a code, and return it; a text that has come to its end leaves, and gives the end."""
        found = {key: text.choose(scores) for (key, text), scores in zip(self._texts, self._scores(), strict=True)}
        for key, text in self._texts:
            text.read.append(found[key])
        for key in [key for key, code in found.items() if code == END]:
            self.leave(key)
        return found

    def leave(self, key: int) -> None:
        """Continue a text no more."""
        row = next(row for row, (one, _) in enumerate(self._texts) if one == key)
        self._swap(row, len(self._texts) - 1)
        self._texts.pop()

    def _scores(self) -> list[NDArray[np.float64]]:
        """Return for each text the logarithm of how likely each code comes next, less any constant."""
        context = self.network.shape.context
        for row, (_, text) in enumerate(self._texts):
            text.fresh = text.fresh or int(self._cache.lengths[row]) == context
        behind = 0
        for row, (_, text) in enumerate(self._texts):
            if not text.fresh:
                self._swap(row, behind)
                behind += 1
        with devices.alone(), torch.inference_mode():
            found = self._step(behind) if behind else []
            return found + [self._whole(row) for row in range(behind, len(self._texts))]

    def _step(self, rows: int) -> list[NDArray[np.float64]]:
        """Read the last code of each of the first texts."""
        last = torch.tensor([[text.read[-1]] for _, text in self._texts[:rows]])
        self._cache.reading(rows)
        return list(self.network(last, self._cache)[:, -1].double().numpy())

    def _whole(self, row: int) -> NDArray[np.float64]:
        """Read a text alone: the last codes that fit, or half of them where it is longer than the context."""
        text, context = self._texts[row][1], self.network.shape.context
        cache, some = Cache(self.network.shape), text.read[-(max(1, context // 2) if text.begun else context) :]
        found: NDArray[np.float64] = self.network(torch.tensor([some]), cache)[0, -1].double().numpy()
        self._cache.taken(row, cache)
        text.fresh, text.begun = False, True
        return found

    def _swap(self, one: int, other: int) -> None:
        if one != other:
            self._cache.swapped(one, other)
            self._texts[one], self._texts[other] = self._texts[other], self._texts[one]
