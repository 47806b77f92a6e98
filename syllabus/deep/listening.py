"""What a pretrained encoder says of a text: the mean over its tokens."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from syllabus.batches import Arrays
from syllabus.deep import answers, pretrained, tokens
from syllabus.examples import Examples


class Body(nn.Module):
    """Tokens in, the mean of what the encoder says of them out.

    Args:
        network: the encoder.
        unfrozen: how many of its last layers learn.
    """

    def __init__(self, network: nn.Module, unfrozen: int) -> None:
        super().__init__()
        self.network = network.requires_grad_(False)
        found = pretrained.layers(network)
        for layer in found[max(0, len(found) - unfrozen) :] if unfrozen else ():
            layer.requires_grad_(True)

    @property
    def width(self) -> int:
        """The numbers that it says of a text."""
        config: object = self.network.config
        return int(config.hidden_size)  # type: ignore[attr-defined]  # what every encoder's configuration has

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Return `(n, width)` for `(n, t) int64`, the encoder's tokens each plus 1; 0 stands beyond the end."""
        there = tokens > 0
        # Where nothing is there, the first place is read.
        there = torch.cat([there[:, :1] | True, there[:, 1:]], dim=1)
        said = self.network(input_ids=(tokens - 1).clamp(min=0), attention_mask=there.long()).last_hidden_state
        share = there[:, :, None].to(said.dtype)
        found: torch.Tensor = (said * share).sum(dim=1) / share.sum(dim=1)
        return found


def said(body: Body, examples: Examples, pool: ThreadPoolExecutor | None = None) -> NDArray[np.float64]:
    """Return what an encoder says of texts `(n, width)`, which are given as tokens; see `tokens.codes`, first of 1."""

    def ask(some: Examples) -> NDArray[np.float64]:
        return answers.answered(body, some, _tokens, pool)

    return tokens.answered(ask, examples, examples.arrays["tokens"])


def _tokens(arrays: Arrays) -> torch.Tensor:
    return torch.from_numpy(np.array(arrays["tokens"], dtype=np.int64))
