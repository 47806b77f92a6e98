"""A small encoder of texts (Vaswani et al. 2017), with the norms before each part (Xiong et al. 2020)."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from syllabus.deep.chance import Dropout

PADDING = 0
"""The code that stands beyond the end of a text."""


class Block(nn.Module):
    """Attention and two dense layers, each beside a way round them.

    Args:
        width: the numbers of a token.
        heads: of attention; they share the width.
        dropout: the share of what each part gives that is dropped in training.
    """

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.first_norm, self.second_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.asked = nn.Linear(width, 3 * width)
        self.joined = nn.Linear(width, width)
        self.wide, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.dropout = Dropout(dropout)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return `(n, t, width)` for `(n, t, width)` and a mask `(n, 1, 1, t)`, true where a token stands."""
        n, t, width = x.shape
        parts = self.asked(self.first_norm(x)).view(n, t, 3, self.heads, width // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        seen = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        x = x + self.dropout(self.joined(seen.transpose(1, 2).reshape(n, t, width)))
        found: torch.Tensor = x + self.dropout(self.narrow(functional.gelu(self.wide(self.second_norm(x)))))
        return found


class Encoder(nn.Module):
    """Tokens in, scores out.

    Args:
        vocabulary: how many tokens there are, padding included.
        length: the most tokens of a text.
        outputs: how many scores.
        width: the numbers of a token.
        depth: how many blocks.
        heads: of attention.
        dropout: the share that is dropped in training, after the embedding, in blocks and before the scores.
        hidden: the share of tokens that are left out in training, so that no single word decides.
    """

    def __init__(
        self,
        vocabulary: int,
        length: int,
        outputs: int,
        *,
        width: int,
        depth: int,
        heads: int,
        dropout: float,
        hidden: float,
    ) -> None:
        super().__init__()
        self.tokens, self.places = nn.Embedding(vocabulary, width), nn.Embedding(length, width)
        for embedding in (self.tokens, self.places):
            nn.init.normal_(embedding.weight, std=0.02)
        self.blocks = nn.ModuleList(Block(width, heads, dropout) for _ in range(depth))
        self.norm = nn.LayerNorm(width)
        self.dropout, self.left = Dropout(dropout), Dropout(hidden)
        self.scores = nn.Linear(width, outputs)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Return the scores `(n, outputs)` of tokens `(n, t) int64`; `PADDING` stands beyond the end."""
        there = tokens != PADDING
        # Where all that is there was left out, or nothing is there, the first place is read.
        kept = there & (self.left(torch.ones(tokens.shape, device=tokens.device)) > 0)
        kept = torch.cat([kept[:, :1] | ~kept.any(dim=1, keepdim=True), kept[:, 1:]], dim=1)
        x = self.dropout(self.tokens(tokens) + self.places.weight[: tokens.shape[1]])
        for block in self.blocks:
            x = block(x, kept[:, None, None, :])
        share = kept[:, :, None].to(x.dtype)
        pooled = (self.norm(x) * share).sum(dim=1) / share.sum(dim=1)
        found: torch.Tensor = self.scores(self.dropout(pooled))
        return found
