"""A recurrent network that goes through the past of a series and on through the steps ahead.

Of the steps ahead it sees what is known ahead and the seasonal naive forecast, and answers quantiles for each: all
steps at once, none from another's answer (Wen et al. 2017, "A multi-horizon quantile recurrent forecaster").
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import nn

from syllabus.deep.chance import Dropout

NAIVE = 2
"""The channel of the seasonal naive forecast; before it stand the value and whether it is missing."""


class Recurrent(nn.Module):
    """Sequences in, quantiles out.

    Args:
        channels: what is read of each step.
        horizon: how many of the last steps are answered.
        quantiles: how many are answered of each.
        kind: long short-term memory (Hochreiter and Schmidhuber 1997) or gated recurrent unit (Cho et al. 2014).
        width: of the state.
        layers: one above the other.
        dropout: the share of what a layer gives to the next that is dropped in training.
    """

    def __init__(
        self,
        channels: int,
        horizon: int,
        quantiles: int,
        *,
        kind: Literal["lstm", "gru"],
        width: int,
        layers: int,
        dropout: float,
    ) -> None:
        super().__init__()
        made = nn.LSTM if kind == "lstm" else nn.GRU
        reads = [channels, *[width] * (layers - 1)]
        self.layers = nn.ModuleList(made(size, width, batch_first=True) for size in reads)
        self.dropout = Dropout(dropout)
        self.answer = nn.Linear(width, quantiles)
        self.horizon = horizon

    def forward(self, sequences: torch.Tensor) -> torch.Tensor:
        """Return `(n, horizon * quantiles)` for `(n, context + horizon, channels)`: in order, in deviations."""
        x = sequences
        for layer in self.layers:
            x = self.dropout(layer(x)[0])
        naive = sequences[:, -self.horizon :, NAIVE, None]
        given = self.answer(x[:, -self.horizon :]) + naive
        # Quantiles that cross are put in order, which never makes them worse (Chernozhukov et al. 2010).
        ordered: torch.Tensor = given.sort(dim=2).values.flatten(1)
        return ordered
