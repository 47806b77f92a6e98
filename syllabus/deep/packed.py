"""Documents for a decoder: packed end to end to learn from, and cut into overlapping stretches to be judged by."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from syllabus.deep import devices
from syllabus.deep.decoder import Decoder
from syllabus.examples import Examples

Codes = NDArray[np.int32]
END = 0
"""The code that ends a document, and stands before each."""
BATCH = 8
"""Stretches that are answered at a time: always so many, so that an answer does not depend on those beside it."""
_WAITING = 256
_IGNORED = -100
_SHORTEST = 16


@dataclass(frozen=True)
class Stretch:
    """A part of a document.

    Args:
        row: the document.
        room: the length to which it is filled up: the same for all of a document.
        codes: what is read.
        begins: from which of them on the next one is asked for.
        wanted: what these are.
    """

    row: int
    room: int
    codes: Codes
    begins: int
    wanted: Codes


def stream(examples: Examples) -> Codes:
    """Return all documents one after another, `(t,)`, an end before each and after the last."""
    documents = examples.arrays["tokens"]
    end = np.full(1, END, np.int32)
    return np.concatenate([end, *(part for tokens in documents for part in (tokens, end))])


def stretches(codes: Codes, places: NDArray[np.int64], context: int, generator: torch.Generator) -> torch.Tensor:
    """Return the stretches at some places of a stream, `(n, context + 1) int64`, each moved on by chance.

    A place is a stretch of its own; moved by up to its length, the same words stand elsewhere in each epoch.
    """
    moved = torch.randint(context, (len(places),), generator=generator, device=generator.device).cpu().numpy()
    starts = np.minimum(places * context + moved, len(codes) - context - 1)
    return torch.from_numpy(codes[starts[:, None] + np.arange(context + 1)].astype(np.int64))


def costs(network: Decoder, examples: Examples, pool: ThreadPoolExecutor) -> NDArray[np.float64]:
    """Return for each document its nats, its tokens and how many were held for the likeliest: `(n, 3)`.

    Each is cut into stretches that overlap by half: whatever is asked for has at least half a context before it, or all
    that stands before it in the document.
    """
    device = next(network.parameters()).device
    found = np.zeros((len(examples), 3))

    def answer(batch: tuple[Codes, Codes]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        codes, asked = (torch.from_numpy(part.astype(np.int64)).to(device) for part in batch)
        with torch.inference_mode():
            with devices.mixed(device):
                scores = network(codes).float()
            nats = functional.cross_entropy(
                scores.flatten(0, 1), asked.flatten(), ignore_index=_IGNORED, reduction="none"
            )
            right = scores.argmax(dim=-1) == asked
        return nats.view(asked.shape).sum(dim=1, dtype=torch.float64).cpu().numpy(), right.sum(dim=1).cpu().numpy()

    waiting = _batches(examples, network.shape.context)
    # Some at a time: a document of any length is never cut up as a whole.
    while some := list(islice(waiting, _WAITING)):
        for (rows, _, asked), (nats, right) in zip(some, pool.map(answer, [batch[1:] for batch in some]), strict=True):
            known = rows >= 0
            told = np.column_stack([nats, (asked != _IGNORED).sum(axis=1), right])
            np.add.at(found, rows[known], told[known])
    return found


def _batches(examples: Examples, context: int) -> Iterator[tuple[NDArray[np.int64], Codes, Codes]]:
    """Yield the row of each stretch, -1 where a batch is filled up, its codes, and what is asked for after each.

    Documents that are no longer than some power of two share batches of that length: none is filled up to a context.
    """
    waiting: dict[int, list[Stretch]] = {}
    for stretch in _cut(examples, context):
        some = waiting.setdefault(stretch.room, [])
        some.append(stretch)
        if len(some) == BATCH:
            yield _batch(waiting.pop(stretch.room))
    yield from map(_batch, waiting.values())


def _batch(some: list[Stretch]) -> tuple[NDArray[np.int64], Codes, Codes]:
    room = some[0].room
    rows = np.full(BATCH, -1, np.int64)
    codes = np.full((BATCH, room), END, np.int32)
    asked = np.full((BATCH, room), _IGNORED, np.int32)
    for at, one in enumerate(some):
        rows[at] = one.row
        codes[at, : len(one.codes)] = one.codes
        asked[at, one.begins : len(one.codes)] = one.wanted
    return rows, codes, asked


def _cut(examples: Examples, context: int) -> Iterator[Stretch]:
    """Yield the stretches of each document, in order."""
    end, half, row = np.full(1, END, np.int32), max(1, context // 2), 0
    for arrays in examples.batches():
        for tokens in arrays["tokens"]:
            whole = np.concatenate([end, tokens, end])
            length = len(whole) - 1
            room = min(context, max(_SHORTEST, 1 << (length - 1).bit_length()))
            start, asked = 0, 0
            while asked < length:
                stop = min(start + context, length)
                yield Stretch(row, room, whole[start:stop], asked - start, whole[asked + 1 : stop + 1])
                asked, start = stop, max(0, stop - context + half)
            row += 1
