"""Late fusion: each part of an example is read by a network of its own; what they make of it is joined at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import nn
from torch.nn import functional

from syllabus.deep.chance import Dropout


class Fusion(nn.Module):
    """The parts of examples in, scores out.

    Args:
        branches: by part, what reads it: `(n, …)` becomes `(n, width)`.
        width: the numbers that each part becomes.
        outputs: how many scores.
        dropout: the share of these numbers that is dropped in training.
    """

    def __init__(self, branches: Mapping[str, nn.Module], width: int, outputs: int, dropout: float) -> None:
        super().__init__()
        self.branches = nn.ModuleDict(branches)
        # A part that speaks louder would drown the others before they have learned.
        self.norms = nn.ModuleDict({part: nn.LayerNorm(width) for part in branches})
        self.dropout = Dropout(dropout)
        self.scores = nn.ModuleDict({part: nn.Linear(width, outputs) for part in branches})

    def forward(self, *parts: torch.Tensor) -> torch.Tensor:
        """Return the scores `(n, outputs)` of parts, given in the order of the branches."""
        return self.each(*parts).sum(dim=1)

    def each(self, *parts: torch.Tensor) -> torch.Tensor:
        """Return the scores of each part, `(n, parts, outputs)`, which add up to those of the example.

        That is one layer over all numbers of all parts, written so that a part can be asked by itself.
        """
        found = []
        for (part, branch), given in zip(self.branches.items(), parts, strict=True):
            read = functional.relu(self.norms[part](branch(given)))
            found.append(self.scores[part](self.dropout(read)))
        return torch.stack(found, dim=1)


class Columns(nn.Module):
    """Rows as `deep.inputs` makes them in, numbers out.

    Args:
        numbers: how many numbers and gaps a row begins with.
        categories: how many each categorical column has.
        outputs: the numbers that a row becomes.
        width: of the layer between.
        dropout: the share of that layer's numbers that is dropped in training.
    """

    EMBEDDING = 8
    """The numbers that a category becomes."""

    def __init__(self, numbers: int, categories: Sequence[int], outputs: int, *, width: int, dropout: float) -> None:
        super().__init__()
        self.numbers, self.sizes = numbers, [count + 1 for count in categories]
        self.categories = nn.ModuleList(nn.Embedding(size, self.EMBEDDING) for size in self.sizes)
        reads = numbers + self.EMBEDDING * len(self.sizes)
        self.layers = nn.Sequential(nn.Linear(reads, width), nn.ReLU(), Dropout(dropout), nn.Linear(width, outputs))

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """Return `(n, outputs)` for rows `(n, numbers + categories) float32`, whose codes count from 0."""
        codes = rows[:, self.numbers :].long()
        read = [rows[:, : self.numbers]]
        for at, (size, embedding) in enumerate(zip(self.sizes, self.categories, strict=True)):
            read.append(embedding(torch.where(codes[:, at] < size, codes[:, at], 0)))
        found: torch.Tensor = self.layers(torch.cat(read, dim=1))
        return found
