"""Several processes, one batch: each takes some of its pieces, and all add the gradients up in the order of the pieces.

So they end with the bits of one process, on processors; an accelerator's piece is what one process takes at a time.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import distributed

from syllabus import processes

Piece = tuple[float, tuple[torch.Tensor, ...]]
"""The loss of a piece, and its gradients."""


@contextmanager
def joined(device: torch.device) -> Iterator[None]:
    """Let the processes find each other in this block, where there are several."""
    if processes.count() == 1:
        yield
        return
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield
    finally:
        distributed.destroy_process_group()


def own(pieces: int) -> range:
    """Return the numbers of the pieces that this process takes."""
    return range(processes.rank(), pieces, processes.count())


def gathered(found: Sequence[Piece], pieces: int, weights: Sequence[torch.Tensor]) -> Sequence[Piece]:
    """Return all pieces in order, given those that this process has found."""
    if processes.count() == 1:
        return found
    size = 1 + sum(held.numel() for held in weights)
    sent = torch.zeros(math.ceil(pieces / processes.count()), size, device=weights[0].device)
    for row, (loss, gradients) in zip(sent, found, strict=False):  # the last round may be without one for this process
        row[0] = loss
        torch.cat([gradient.flatten() for gradient in gradients], out=row[1:])
    held = [torch.empty_like(sent) for _ in range(processes.count())]
    distributed.all_gather(held, sent)
    return [_apart(held[number % processes.count()][number // processes.count()], weights) for number in range(pieces)]


def _apart(row: torch.Tensor, weights: Sequence[torch.Tensor]) -> Piece:
    parts = torch.split(row[1:], [held.numel() for held in weights])
    return row[0].item(), tuple(part.view_as(held) for part, held in zip(parts, weights, strict=True))
