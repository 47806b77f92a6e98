"""What a network answers, in batches of one size: then an answer does not depend on the rows beside it, to the bit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from syllabus.batches import Arrays
from syllabus.deep import devices
from syllabus.examples import Examples

BATCH = 32
_SMALLER = "try a smaller network, smaller pictures or shorter texts, or SYLLABUS_THREADS=1"
Read = tuple[torch.Tensor, ...]
Tensors = Callable[[Arrays], torch.Tensor | Read]
"""Makes of some rows' arrays what the network reads, `(n, …)`; several where it reads several things of a row."""


def answered(
    network: nn.Module, examples: Examples, tensors: Tensors, pool: ThreadPoolExecutor | None = None
) -> NDArray[np.float64]:
    """Return what the network, which is in its evaluation mode, answers on examples: `(n, k) float64`.

    Args:
        network: reads `(BATCH, …)`, and answers `(BATCH, k)`.
        examples: read some at a time.
        tensors: what the network reads of them.
        pool: the threads of a fit that is running; by default threads, and the device, are taken for this alone.
    """
    if pool is None:
        device = devices.chosen()
        network.to(device)
        try:
            with devices.settled(device) as own:
                return answered(network, examples, tensors, own)
        finally:
            network.to("cpu")
    device = next(network.parameters()).device

    def answer(some: tuple[Read, int]) -> NDArray[np.float64]:
        rows, known = some
        with torch.inference_mode(), devices.mixed(device):
            return np.asarray(network(*(part.to(device) for part in rows)).float().cpu().double().numpy()[:known])

    with devices.memory_told(f"the memory does not hold {BATCH} answers of this network at once; {_SMALLER}"):
        return np.concatenate(list(pool.map(answer, _batches(examples, tensors))))


def probabilities(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the softmax of scores `(n, k)`."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = raised / raised.sum(axis=1, keepdims=True)
    return shares


def _batches(examples: Examples, tensors: Tensors) -> Iterator[tuple[Read, int]]:
    """Yield the rows in batches of one size, the last filled up, each with how many rows are real."""
    for arrays in examples.batches():
        rows = len(next(iter(arrays.values())))
        for start in range(0, rows, BATCH):
            some = tensors({name: array[start : start + BATCH] for name, array in arrays.items()})
            parts = some if isinstance(some, tuple) else (some,)
            yield tuple(map(_filled, parts)), len(parts[0])


def _filled(some: torch.Tensor) -> torch.Tensor:
    """Return the rows filled up to a batch."""
    lacking = BATCH - len(some)
    return torch.cat([some, torch.zeros(lacking, *some.shape[1:], dtype=some.dtype)]) if lacking else some
