"""A network for tables: TabM (Gorishniy et al. 2025), many perceptrons that share most of their weights.

The layers are the papers' own packages', `tabm` and `rtdl_num_embeddings`.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from rtdl_num_embeddings import PiecewiseLinearEmbeddings
from tabm import EnsembleView, LinearBatchEnsemble, LinearEnsemble
from torch import nn

from syllabus.deep.chance import Dropout


class Tabular(nn.Module):
    """Rows in, scores out.

    A number is read by a piecewise-linear embedding (Gorishniy et al. 2022), a category by one of its own.

    Args:
        edges: for each number the edges of its ranges.
        gaps: how many columns tell where a number is missing.
        categories: how many each categorical column has.
        outputs: how many scores.
        members: the perceptrons whose answers are averaged.
        width: of each layer.
        depth: how many layers.
        embedding: the numbers that a column becomes.
        dropout: the share of each layer's answers that is dropped in training.
        classes: whether the scores are of classes: their probabilities are averaged, not the scores.
    """

    def __init__(
        self,
        edges: Sequence[torch.Tensor],
        gaps: int,
        categories: Sequence[int],
        outputs: int,
        *,
        members: int,
        width: int,
        depth: int,
        embedding: int,
        dropout: float,
        classes: bool,
    ) -> None:
        super().__init__()
        self.counts = [len(edges), gaps, len(categories)]
        self.classes = classes
        self.numbers = (
            PiecewiseLinearEmbeddings(list(edges), embedding, activation=False, version="B") if edges else None
        )
        sizes = torch.tensor([count + 1 for count in categories], dtype=torch.int64)
        self.register_buffer("first", sizes.cumsum(0) - sizes, persistent=False)
        self.register_buffer("sizes", sizes, persistent=False)
        self.categories = nn.Embedding(int(sizes.sum()), embedding) if categories else None
        if self.categories is not None:
            nn.init.uniform_(self.categories.weight, -(embedding**-0.5), embedding**-0.5)
        chunks = [embedding] * len(edges) + [1] * gaps + [embedding] * len(categories)
        layers: list[nn.Module] = [EnsembleView(k=members)]
        reads = sum(chunks)
        for layer in range(depth):
            # Only where the members first part do their weights differ at the start (the paper, section 3.3).
            told = {"scaling_init": ("normal", "ones"), "first_scaling_init_chunks": chunks} if layer == 0 else {}
            layers += [LinearBatchEnsemble(reads, width, k=members, **{"scaling_init": "ones"} | told)]
            layers += [nn.ReLU(), Dropout(dropout)]
            reads = width
        self.layers = nn.Sequential(*layers)
        self.scores = LinearEnsemble(reads, outputs, k=members)

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """Return scores for rows `(n, numbers + gaps + categories) float32`: those of `each`, averaged, `(n, outputs)`.

        The softmax of a classification's scores is the mean of the members' probabilities.
        """
        scores = self.each(rows)
        if not self.classes:
            return scores.mean(dim=1)
        return torch.log_softmax(scores, dim=-1).logsumexp(dim=1)

    def each(self, rows: torch.Tensor) -> torch.Tensor:
        """Return every member's scores, `(n, members, outputs)`."""
        numbers, gaps, codes = torch.split(rows, self.counts, dim=1)
        read = [gaps]
        if self.numbers is not None:
            read.insert(0, self.numbers(numbers).flatten(1))
        if self.categories is not None:
            # Beyond the last category, as a damaged row may say, stands none of them.
            known = torch.where(codes < self.get_buffer("sizes"), codes, 0).long() + self.get_buffer("first")
            read.append(self.categories(known).flatten(1))
        found: torch.Tensor = self.scores(self.layers(torch.cat(read, dim=1)))
        return found
