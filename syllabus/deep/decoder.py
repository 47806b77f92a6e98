"""A decoder of text (Vaswani et al. 2017) as Llama builds it: RoPE, RMSNorm first, SwiGLU, tied embeddings.

RoPE (Su et al. 2021), RMSNorm (Zhang and Sennrich 2019), SwiGLU (Shazeer 2020), Llama (Touvron et al. 2023).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from syllabus.deep.chance import Dropout

NORM_EPSILON = 1e-5
ROPE_BASE = 10_000.0


@dataclass(frozen=True)
class Shape:
    """What a decoder is made from.

    Args:
        vocabulary: how many codes there are.
        context: the most codes that it reads at a time.
        width: the numbers that stand for a code; heads share them.
        depth: layers.
        heads: of attention.
        hidden: the width inside the second half of a layer.
    """

    vocabulary: int
    context: int
    width: int
    depth: int
    heads: int
    hidden: int


class Cache:
    """The keys and values of what was read, so that the next code costs one step.

    Args:
        shape: of the decoder.
        rows: how many texts are read side by side.
    """

    def __init__(self, shape: Shape, rows: int = 1) -> None:
        size = shape.width // shape.heads
        self._held = torch.empty(shape.depth, 2, rows, shape.heads, shape.context, size)
        self.length = 0
        self.mask: torch.Tensor | None = None
        """What of it each row may look at; None where that is all."""

    def places(self, count: int) -> slice | torch.Tensor:
        """Return where the next `count` codes stand."""
        return slice(self.length, self.length + count)

    def advance(self, count: int) -> None:
        """Go on behind codes whose keys and values it has taken in."""
        self.length += count

    def extended(self, layer: int, keys: torch.Tensor, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Take in a layer's keys and values `(b, heads, t, size)`; return those of all that was read."""
        end = self.length + keys.shape[2]
        held = self._held[layer]
        held[0, :, :, self.length : end] = keys
        held[1, :, :, self.length : end] = values
        return held[0, :, :, :end], held[1, :, :, :end]


class Layer(nn.Module):
    """Attention, then a feed-forward network, each beside a way round it.

    Args:
        shape: of the decoder.
        dropout: the share of what each half adds that is dropped in training.
    """

    def __init__(self, shape: Shape, dropout: float) -> None:
        super().__init__()
        self.heads = shape.heads
        self.attention_norm = nn.RMSNorm(shape.width, eps=NORM_EPSILON)
        self.read = nn.Linear(shape.width, 3 * shape.width, bias=False)
        self.told = nn.Linear(shape.width, shape.width, bias=False)
        self.hidden_norm = nn.RMSNorm(shape.width, eps=NORM_EPSILON)
        self.hidden = nn.Linear(shape.width, 2 * shape.hidden, bias=False)
        self.out = nn.Linear(shape.hidden, shape.width, bias=False)
        self.dropout = Dropout(dropout)

    def forward(
        self, x: torch.Tensor, turn: tuple[torch.Tensor, torch.Tensor], cache: Cache | None, place: int
    ) -> torch.Tensor:
        """Return `(b, t, width)` for `(b, t, width)`; `place` is the layer's.

        `turn` holds cosines and sines `(t, size)`, or `(b, 1, t, size)` where the rows stand at different places.
        """
        rows, length, width = x.shape
        read = self.read(self.attention_norm(x)).view(rows, length, 3, self.heads, width // self.heads)
        queries, keys, values = read.permute(2, 0, 3, 1, 4).unbind(0)
        queries, keys = _turned(queries, turn), _turned(keys, turn)
        if cache is not None:
            keys, values = cache.extended(place, keys, values)
        # One code may look at all that was read; several look at what was before them, and nothing was cached then.
        mask = None if cache is None else cache.mask
        seen = functional.scaled_dot_product_attention(queries, keys, values, mask, is_causal=length > 1)
        x = x + self.dropout(self.told(seen.transpose(1, 2).reshape(rows, length, width)))
        gate, up = self.hidden(self.hidden_norm(x)).chunk(2, dim=-1)
        added: torch.Tensor = x + self.dropout(self.out(functional.silu(gate) * up))
        return added


class Decoder(nn.Module):
    """Codes in, scores of the code that comes next out.

    Args:
        shape: what it is made from.
        dropout: the share of the embeddings, and of what each half of a layer adds, that is dropped in training.
    """

    def __init__(self, shape: Shape, dropout: float = 0.0) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.vocabulary, shape.width)
        self.dropout = Dropout(dropout)
        self.layers = nn.ModuleList(Layer(shape, dropout) for _ in range(shape.depth))
        self.norm = nn.RMSNorm(shape.width, eps=NORM_EPSILON)
        size = shape.width // shape.heads
        rates = ROPE_BASE ** (-torch.arange(0, size, 2, dtype=torch.float32) / size)
        angles = torch.outer(torch.arange(shape.context, dtype=torch.float32), rates).repeat(1, 2)
        self.register_buffer("cosines", angles.cos(), persistent=False)
        self.register_buffer("sines", angles.sin(), persistent=False)
        self.apply(_begun)
        # What the layers add keeps its size however many there are (Radford et al. 2019, section 2.3).
        for name, weights in self.named_parameters():
            if name.endswith((".told.weight", ".out.weight")):
                nn.init.normal_(weights, std=1 / math.sqrt(2 * shape.depth * weights.shape[1]))

    def forward(self, codes: torch.Tensor, cache: Cache | None = None) -> torch.Tensor:
        """Return the scores `(b, t, vocabulary)` of what follows each of the codes `(b, t) int64`.

        Args:
            codes: as many as fit into the context beside what the cache holds: one at a time, where it holds any.
            cache: of what was read before; takes in these codes.
        """
        held = slice(0, codes.shape[1]) if cache is None else cache.places(codes.shape[1])
        turn = (self.get_buffer("cosines")[held], self.get_buffer("sines")[held])
        x = self.dropout(self.embedding(codes))
        for place, layer in enumerate(self.layers):
            x = layer(x, turn, cache, place)
        if cache is not None:
            cache.advance(codes.shape[1])
        return functional.linear(self.norm(x), self.embedding.weight)


def _turned(x: torch.Tensor, turn: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
    """Turn `(b, heads, t, size)` by the angles of its places; Llama pairs a number with the one half the size on."""
    cosines, sines = turn
    first, second = x.chunk(2, dim=-1)
    return x * cosines + torch.cat([-second, first], dim=-1) * sines


def _begun(module: nn.Module) -> None:
    if isinstance(module, nn.Linear):
        nn.init.normal_(module.weight, std=1 / math.sqrt(module.in_features))
    elif isinstance(module, nn.Embedding):
        nn.init.normal_(module.weight, std=0.02)
