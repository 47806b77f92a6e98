"""A small residual network for pictures (He et al. 2016), with group normalisation, which knows no batch."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from syllabus.deep.chance import Dropout

SMALLEST = 4
"""The network halves the picture until its shorter side is about this."""
WIDEST = 8
"""Each time it gets twice as wide, up to so many times the width at first."""
GROUP = 8


class Block(nn.Module):
    """Two convolutions beside a way round them.

    Args:
        reads: channels that come in.
        gives: channels that come out.
        stride: 2 halves height and width.
    """

    def __init__(self, reads: int, gives: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(reads, gives, 3, stride, 1, bias=False)
        self.first_norm = _norm(gives)
        self.second = nn.Conv2d(gives, gives, 3, 1, 1, bias=False)
        self.second_norm = _norm(gives)
        # At first a block adds nothing, which lets deep networks start well (Goyal et al. 2017, section 5.1).
        nn.init.zeros_(self.second_norm.weight)
        same = reads == gives and stride == 1
        self.round = nn.Identity() if same else nn.Conv2d(reads, gives, 1, stride, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return `(n, gives, h / stride, w / stride)` for `(n, reads, h, w)`."""
        inside = functional.relu(self.first_norm(self.first(x)))
        found: torch.Tensor = functional.relu(self.second_norm(self.second(inside)) + self.round(x))
        return found


class Residual(nn.Module):
    """Pictures in, scores out.

    Args:
        shape: height, width and channels of a picture.
        outputs: how many scores.
        width: channels of the first stage.
        depth: blocks in each stage.
        dropout: the share of the last layer's inputs that is dropped in training.
        mean: of each channel, in train.
        deviation: of each channel, in train.
    """

    def __init__(
        self,
        shape: tuple[int, int, int],
        outputs: int,
        *,
        width: int,
        depth: int,
        dropout: float,
        mean: torch.Tensor,
        deviation: torch.Tensor,
    ) -> None:
        super().__init__()
        self.register_buffer("mean", mean.float())
        self.register_buffer("deviation", deviation.float())
        side = min(shape[:2])
        halved = side >= 6 * SMALLEST
        stem = [nn.Conv2d(shape[2], width, 3, 1 + halved, 1, bias=False), _norm(width), nn.ReLU()]
        side = side // 2 if halved else side
        blocks, reads, stride = [], width, 1
        while stride == 1 or side > SMALLEST:
            gives = width if stride == 1 else min(2 * reads, WIDEST * width)
            blocks += [Block(reads, gives, stride), *(Block(gives, gives, 1) for _ in range(depth - 1))]
            reads, side, stride = gives, -(-side // stride), 2
        self.layers = nn.Sequential(*stem, *blocks)
        self.dropout = Dropout(dropout)
        self.scores = nn.Linear(reads, outputs)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Return the scores `(n, outputs)` of pictures `(n, h, w, c)`, `uint8` or as `normal` leaves them."""
        x = self.normal(pictures) if pictures.dtype == torch.uint8 else pictures
        found: torch.Tensor = self.scores(self.dropout(self.layers(x).mean(dim=(2, 3))))
        return found

    def normal(self, pictures: torch.Tensor) -> torch.Tensor:
        """Return pictures `(n, h, w, c) uint8` as `(n, c, h, w) float32`, by the mean and deviation of train."""
        mean, deviation = self.get_buffer("mean"), self.get_buffer("deviation")
        return ((pictures.float() - mean) / deviation).permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)


def levels(pictures: NDArray[np.uint8]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the mean and the deviation of each channel of pictures `(n, h, w, c)`."""
    counts = [np.bincount(pictures[..., channel].ravel(), minlength=256) for channel in range(pictures.shape[3])]
    values = np.arange(256.0)
    mean = np.array([np.average(values, weights=count) for count in counts])
    spread = np.array([np.average((values - m) ** 2, weights=count) for m, count in zip(mean, counts, strict=True)])
    return torch.from_numpy(mean), torch.from_numpy(np.sqrt(spread).clip(1.0))


def _norm(channels: int) -> nn.GroupNorm:
    groups = max(1, channels // GROUP)
    return nn.GroupNorm(groups if channels % groups == 0 else 1, channels)
