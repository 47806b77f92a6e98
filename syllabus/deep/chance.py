"""Chance that is the same however the work is shared out: each piece of a step draws from a generator of its own.

A generator is made anew from the seed, the step and the piece, so that to resume at a step is to know its number.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

_drawing: ContextVar[torch.Generator] = ContextVar("drawing")


def order(rows: int, seed: int, epoch: int) -> NDArray[np.int64]:
    """Return in which order an epoch, from 0, goes through the examples."""
    return np.random.default_rng([seed, 0, epoch]).permutation(rows)


@contextmanager
def drawing(device: torch.device, seed: int, step: int, piece: int) -> Iterator[torch.Generator]:
    """Let `Dropout` and whoever asks draw from this piece's generator in this block."""
    state = np.random.SeedSequence([seed, 1, step, piece]).generate_state(1, np.uint64)
    generator = torch.Generator(device).manual_seed(int(state[0]) >> 1)
    token = _drawing.set(generator)
    try:
        yield generator
    finally:
        _drawing.reset(token)


class Dropout(nn.Module):
    """Dropout (Srivastava et al. 2014) by the piece's own generator: torch's own draws from one that threads share.

    Args:
        share: of the numbers set to 0.
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return `x` of any shape, in training with a share of it set to 0 and the rest raised for that."""
        if not self.training or not self.share:
            return x
        kept = torch.rand(x.shape, generator=_drawing.get(), device=x.device) >= self.share
        return x * kept / (1 - self.share)
