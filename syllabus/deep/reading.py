"""What a network reads of examples of several parts: pictures as they are, texts as tokens, columns as numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from syllabus.batches import Arrays
from syllabus.deep import inputs, tokens
from syllabus.deep.inputs import Inputs
from syllabus.errors import Unmet
from syllabus.examples import Column, Examples

if TYPE_CHECKING:
    from tokenizers import Tokenizer

SOURCES = {"words": "text", "sights": "pixels"}
"""Of the numbers that stand among those of the columns, the source of those that are a part of their own."""
_MADE = "read "


@dataclass(frozen=True, eq=False)
class Reading:
    """How each part is read, as learned from train.

    Args:
        parts: of `image`, `text`, `words`, `sights` and `columns` those that are there, in the order in which they are
            read.
        shape: height, width and channels of a picture.
        length: the tokens to which each text is filled up or cut.
        numbers: for `words`, `sights` and `columns`, their places in `numeric`.
        known: what is learned of these.
        tokenizer: makes the tokens; None where no text is read.
    """

    parts: tuple[str, ...]
    shape: tuple[int, int, int]
    length: int
    numbers: Mapping[str, tuple[int, ...]]
    known: Mapping[str, Inputs]
    tokenizer: Tokenizer | None

    def plain(self) -> dict[str, Any]:
        """Return what JSON can hold, but for the tokenizer; with it and `arrays`, `reading` reads it."""
        told: dict[str, Any] = {"parts": self.parts, "shape": self.shape, "length": self.length}
        return told | {"known": {part: [self.numbers[part], of.categories] for part, of in self.known.items()}}

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return what is learned in many numbers."""
        return {f"{part}.{name}": held for part, of in self.known.items() for name, held in of.arrays().items()}

    def held(self, examples: Examples) -> Examples:
        """Return examples as what is read of them: for those that are asked about again and again."""
        several = [self._read(some) for some in examples.batches()]
        joined = {_MADE + part: np.concatenate([some[part] for some in several]) for part in self.parts}
        return Examples(examples.task, joined, examples.target)

    def tensors(self, arrays: Arrays) -> tuple[torch.Tensor, ...]:
        """Return each part of some rows, of examples or of what `held` returned."""
        made = all(_MADE + part in arrays for part in self.parts)
        read = {part: arrays[_MADE + part] for part in self.parts} if made else self._read(arrays)
        return tuple(torch.from_numpy(held.astype(np.int64) if part == "text" else held) for part, held in read.items())

    def _read(self, arrays: Arrays) -> dict[str, NDArray[Any]]:
        found: dict[str, NDArray[Any]] = {}
        for part in self.parts:
            if part == "image":
                found[part] = np.array(arrays["image"])
            elif part == "text":
                found[part] = self._tokens(arrays["text"])
            else:
                found[part] = self.known[part].rows(_columns(arrays, part, self.numbers[part])).numpy()
        return found

    def _tokens(self, texts: NDArray[Any]) -> NDArray[np.int32]:
        """Return tokens `(n, length)`: to one length, so that an answer does not depend on the texts beside it."""
        assert self.tokenizer is not None
        codes = tokens.encoded(self.tokenizer, texts.tolist(), self.length)
        return np.pad(codes, ((0, 0), (0, self.length - codes.shape[1])))


def reading(plain: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], tokenizer: Tokenizer | None) -> Reading:
    """Return the reading that wrote `plain` and `arrays`."""
    numbers, known = {}, {}
    for part, (places, categories) in plain["known"].items():
        own = {name.removeprefix(f"{part}."): held for name, held in arrays.items() if name.startswith(f"{part}.")}
        numbers[part], known[part] = tuple(places), inputs.inputs(own, categories)
    height, width, channels = plain["shape"]
    return Reading(tuple(plain["parts"]), (height, width, channels), plain["length"], numbers, known, tokenizer)


def learn(train: Examples, parts: Sequence[str], vocabulary: int, length: int) -> Reading:
    """Learn from train how parts are read; one of which there is nothing, such as no column, is left out.

    Raises:
        Unmet: nothing is left.
    """
    parted = {source: part for part, source in SOURCES.items()}
    told = [parted.get(column.source or "", "columns") for column in train.columns["numeric"]]
    numbers, known = {}, {}
    for part in (*SOURCES, "columns"):
        places = tuple(at for at, one in enumerate(told) if one == part)
        own = train.columns["categorical"] if part == "columns" else ()
        found = train.once(("inputs", part), partial(_learned, train, part, places, own))
        if part in parts and found.width:
            numbers[part], known[part] = places, found
    there = tuple(part for part in dict.fromkeys(parts) if part in known or part in ("image", "text"))
    if not there:
        raise Unmet(f"of {', '.join(parts)}, which alone are to be read, there is nothing: name further parts")
    tokenizer = None
    if "text" in there:
        tokenizer = train.once(("pieces", vocabulary, length), lambda: tokens.learn(train, vocabulary, length))
        codes = train.once(("codes", vocabulary, length), lambda: tokens.codes(tokenizer, train, length))
        length = codes.shape[1]
    height, width, channels = train.arrays["image"].shape[1:]
    return Reading(there, (height, width, channels), length, numbers, known, tokenizer)


def _learned(train: Examples, part: str, places: tuple[int, ...], categorical: tuple[Column, ...]) -> Inputs:
    held = _columns(train.arrays, part, places)
    return inputs.learn(Examples(train.task, held, columns={"categorical": categorical}))


def _columns(arrays: Arrays, part: str, places: tuple[int, ...]) -> dict[str, NDArray[Any]]:
    """Return the numbers at these places, and the categories where they are read with them."""
    codes = arrays["categorical"]
    return {"numeric": arrays["numeric"][:, list(places)], "categorical": codes if part == "columns" else codes[:, :0]}
