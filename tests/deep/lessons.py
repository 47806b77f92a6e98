"""A small network of numbers, trained by the loop as every architecture trains its own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from syllabus.deep import chance, loop
from syllabus.deep.params import Params

ROWS = 160
X = torch.from_numpy(np.random.default_rng(0).normal(size=(ROWS + 50, 5)).astype(np.float32))
Y = X[:, :1] * 2 - X[:, 1:2].abs()


def lesson(
    before: Callable[[int], None] = lambda _: None, change: Callable[[torch.Tensor], torch.Tensor] = lambda x: x
) -> loop.Lesson:
    """Return a small network with dropout, and losses with noise; `before` is called with each piece's number."""
    torch.manual_seed(1)
    network = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), chance.Dropout(0.1), nn.Linear(16, 1))
    pieces = iter(range(10**9))

    def loss(places: loop.Places, generator: torch.Generator) -> torch.Tensor:
        before(next(pieces))
        noise = torch.randn(len(places), 5, generator=generator) * 0.1
        return change(functional.mse_loss(network(X[places] + noise), Y[places], reduction="sum"))

    def watch(_: Any) -> tuple[float, float]:
        with torch.inference_mode():
            told = [functional.mse_loss(network(X[rows]), Y[rows]) for rows in (slice(ROWS), slice(ROWS, None))]
        return float(told[0]), float(told[1])

    return loop.Lesson("toy", network, loss, ROWS, watch, "key")


def fit(of: loop.Lesson, **params: Any) -> tuple[str, list[tuple[int, float, float]]]:
    """Train, and return the digest of the weights, and the curve."""
    curve: list[tuple[int, float, float]] = []
    usual = {"epochs": 4, "batch": 40, "learning_rate": 0.02}
    loop.fit(of, Params(**usual | params), seed=3, report=lambda *point: curve.append(point))
    return digest(of.network), curve


def digest(network: nn.Module) -> str:
    held = network.state_dict()
    return hashlib.sha256(b"".join(held[name].numpy().tobytes() for name in sorted(held))).hexdigest()
