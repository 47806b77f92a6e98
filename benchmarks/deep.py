"""Training of the cnn by our loop beside a plain PyTorch loop of the same network, on the same pictures.

python -m benchmarks.deep [PICTURES [SIDE]]

Both take the same steps: batches of 64, changed by chance, AdamW, a clipped gradient. The plain loop takes a batch as a
whole and lets torch share an operation out among its threads; ours takes pieces, one to a thread, so that the bits do
not depend on their number. Samples a CPU second are told beside those a second, since this machine may be busy.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from syllabus import architectures
from syllabus.deep import loop
from syllabus.deep.augmentation import Augmentation
from syllabus.deep.params import Params
from syllabus.deep.residual import Residual

BATCH, ROUNDS = 64, 3
CHANGE = Augmentation(shift=0.1, rotate=10, zoom=0.1)


def network(side: int) -> Residual:
    torch.manual_seed(1)
    level = torch.tensor([33.0])
    return Residual((side, side, 1), 10, width=16, depth=1, dropout=0.0, mean=level, deviation=2 * level)


def ours(images: np.ndarray, labels: np.ndarray) -> None:
    net = network(images.shape[1])

    def losses(places: loop.Places, generator: torch.Generator) -> torch.Tensor:
        x = CHANGE.apply(net.normal(torch.from_numpy(images[places])), generator)
        return functional.cross_entropy(net(x), torch.from_numpy(labels[places]), label_smoothing=0.1, reduction="sum")

    lesson = loop.Lesson("cnn", net, losses, len(images), lambda _: (1.0, 1.0), "benchmark")
    loop.fit(lesson, Params(epochs=1, batch=BATCH), seed=1, report=lambda *_: None)


def plain(images: np.ndarray, labels: np.ndarray) -> None:
    torch.set_num_threads(architectures.threads())
    net, generator = network(images.shape[1]), torch.Generator().manual_seed(1)
    optimiser = torch.optim.AdamW(net.parameters(), lr=0.005, weight_decay=0.05, fused=True)
    order = torch.randperm(len(images), generator=generator)
    x, y = torch.from_numpy(images), torch.from_numpy(labels)
    net.train()
    for places in order.split(BATCH):
        scores = net(CHANGE.apply(net.normal(x[places]), generator))
        loss = functional.cross_entropy(scores, y[places], label_smoothing=0.1)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()


def timed(fit: Callable[[np.ndarray, np.ndarray], None], images: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Return the samples a second and a CPU second."""
    wall, cpu = time.perf_counter(), time.process_time()
    fit(images, labels)
    return len(images) / (time.perf_counter() - wall), len(images) / (time.process_time() - cpu)


def main() -> None:
    rows, side = (int(word) for word in [*sys.argv[1:], *["4096", "28"][len(sys.argv) - 1 :]])
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (rows, side, side, 1)).astype(np.uint8)
    labels = random.integers(0, 10, rows)
    os.environ.setdefault("SYLLABUS_DEVICE", "cpu")
    for fit in (ours, plain):
        fit(images[:256], labels[:256])
    found = [[timed(fit, images, labels) for fit in (ours, plain)] for _ in range(ROUNDS)]
    best = np.array(found).max(axis=0)
    print(f"{rows} pictures of {side} × {side}, {architectures.threads()} threads, best of {ROUNDS} rounds in turn")
    for name, (wall, cpu) in zip(("ours", "plain"), best, strict=True):
        print(f"{name:<6} {wall:8,.0f} samples a second {cpu:8,.0f} a CPU second")
    print(f"ratio  {best[0, 0] / best[1, 0]:8.2f} {best[0, 1] / best[1, 1]:25.2f}")


if __name__ == "__main__":
    main()
