"""Training of the transformer by our loop beside a plain PyTorch loop of the same network, on the same tokens.

python -m benchmarks.attention [TEXTS [TOKENS]]

Both take the same steps: batches of 64, AdamW, a clipped gradient, texts filled up to the longest computed with:
the plain loop's is that of the batch, ours that of the piece. Dropout is off, since the plain loop would draw it
otherwise. Samples a CPU second are told beside those a second, since this machine may be busy.
"""

from __future__ import annotations

import os
import resource
import sys

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from benchmarks.deep import BATCH, ROUNDS, timed
from syllabus import architectures
from syllabus.deep import loop
from syllabus.deep.attention import Encoder
from syllabus.deep.params import Params

PIECES = 4000


def network(length: int) -> Encoder:
    torch.manual_seed(1)
    return Encoder(PIECES, length, 2, width=64, depth=2, heads=2, dropout=0.0, hidden=0.0)


def cut(tokens: np.ndarray) -> torch.Tensor:
    """Return the tokens less the columns that are padding in all of them."""
    return torch.from_numpy(tokens[:, : (tokens != 0).sum(axis=1).max()])


def ours(tokens: np.ndarray, labels: np.ndarray) -> None:
    net = network(tokens.shape[1])

    def losses(places: loop.Places, _: torch.Generator) -> torch.Tensor:
        return functional.cross_entropy(net(cut(tokens[places])), torch.from_numpy(labels[places]), reduction="sum")

    lesson = loop.Lesson("transformer", net, losses, len(tokens), lambda _: (1.0, 1.0), "benchmark")
    loop.fit(lesson, Params(epochs=1, batch=BATCH), seed=1, report=lambda *_: None)


def plain(tokens: np.ndarray, labels: np.ndarray) -> None:
    torch.set_num_threads(architectures.threads())
    net = network(tokens.shape[1])
    optimiser = torch.optim.AdamW(net.parameters(), lr=0.005, weight_decay=0.05, fused=True)
    net.train()
    for places in np.array_split(np.random.default_rng(1).permutation(len(tokens)), max(1, len(tokens) // BATCH)):
        loss = functional.cross_entropy(net(cut(tokens[places])), torch.from_numpy(labels[places]))
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()


def main() -> None:
    rows, length = (int(word) for word in [*sys.argv[1:], *["2048", "128"][len(sys.argv) - 1 :]])
    random = np.random.default_rng(0)
    tokens = random.integers(1, PIECES, (rows, length))
    tokens[np.arange(length) >= random.integers(length // 4, length + 1, rows)[:, None]] = 0
    labels = random.integers(0, 2, rows)
    os.environ.setdefault("SYLLABUS_DEVICE", "cpu")
    for fit in (ours, plain):
        fit(tokens[:128], labels[:128])
    best = np.array([[timed(fit, tokens, labels) for fit in (ours, plain)] for _ in range(ROUNDS)]).max(axis=0)
    print(f"{rows} texts of up to {length} tokens, {architectures.threads()} threads, best of {ROUNDS} rounds in turn")
    for name, (wall, cpu) in zip(("ours", "plain"), best, strict=True):
        print(f"{name:<6} {wall:8,.0f} samples a second {cpu:8,.0f} a CPU second")
    print(f"ratio  {best[0, 0] / best[1, 0]:8.2f} {best[0, 1] / best[1, 1]:25.2f}")
    print(f"peak of both: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")


if __name__ == "__main__":
    main()
