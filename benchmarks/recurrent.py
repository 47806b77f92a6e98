"""Training of the lstm by our loop beside a plain PyTorch loop of the same network, on the same windows.

python -m benchmarks.recurrent [WINDOWS [CONTEXT]]

Both take the same steps: batches of 64, the pinball loss of five quantiles, AdamW, a clipped gradient, and both cut
their windows out of the same long series in every step. The plain loop takes a batch as a whole and lets torch share an
operation out among its threads; ours takes pieces, one to a thread. What the windows would take if they were copied is
told beside what they take.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from syllabus import architectures
from syllabus.architectures import lstm
from syllabus.deep import loop
from syllabus.deep.recurrent import Recurrent
from syllabus.examples import Column, Examples, Task
from syllabus.series.windows import Windows

BATCH, ROUNDS, HORIZON = 64, 3, 14
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
TRAINING = lstm.Params(epochs=1, batch=BATCH, width=48, dropout=0.0)


def windows(count: int, context: int) -> Examples:
    """Return windows of one series, with a covariate that is known ahead and one that is not."""
    random = np.random.default_rng(0)
    steps, starts = count + context + HORIZON, np.arange(count)
    value = np.sin(np.arange(steps) * 2 * np.pi / 7) + random.normal(scale=0.1, size=steps)
    past = np.column_stack([value, random.normal(size=steps)])
    known = np.column_stack([random.integers(0, 2, steps), np.arange(steps) % 7]).astype(np.float32)
    at = starts[:, None] + context + np.arange(HORIZON)
    arrays = {
        "past": Windows(past, starts, context),
        "known": Windows(known, starts, context + HORIZON),
        "static": np.zeros((count, 0), np.float32),
        "scale": np.tile([0.0, 1.0], (count, 1)),
        "naive": value[at - 14],
    }
    known_ahead = (Column("open"), Column("weekday", period=7))
    columns = {"past": (Column("value"), Column("wet")), "known": known_ahead, "static": ()}
    return Examples(Task("forecast", quantiles=LEVELS, season=7), arrays, value[at], columns)


def pinball(given: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    above, levels = wanted[:, :, None] - given.unflatten(1, (HORIZON, len(LEVELS))), torch.tensor(LEVELS)
    return torch.maximum(levels * above, (levels - 1) * above).mean(dim=(1, 2))


def read(plan: lstm.Plan, examples: Examples, places: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(plan.sequences({name: array[places] for name, array in examples.arrays.items()}))


def ours(examples: Examples, plan: lstm.Plan) -> None:
    torch.manual_seed(1)
    net, wanted = plan.network(), examples.labels.astype(np.float32)

    def losses(places: loop.Places, generator: torch.Generator) -> torch.Tensor:  # noqa: ARG001
        return pinball(net(read(plan, examples, places)), torch.from_numpy(wanted[places])).sum()

    lesson = loop.Lesson("lstm", net, losses, len(examples), lambda _: (1.0, 1.0), "benchmark")
    loop.fit(lesson, TRAINING, seed=1, report=lambda *_: None)


def plain(examples: Examples, plan: lstm.Plan) -> None:
    torch.set_num_threads(architectures.threads())
    torch.manual_seed(1)
    net: Recurrent = plan.network()
    optimiser = torch.optim.AdamW(net.parameters(), lr=TRAINING.learning_rate, weight_decay=0.05, fused=True)
    wanted = examples.labels.astype(np.float32)
    net.train()
    for places in np.array_split(np.random.default_rng(1).permutation(len(examples)), -(-len(examples) // BATCH)):
        loss = pinball(net(read(plan, examples, places)), torch.from_numpy(wanted[places])).mean()
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()


def timed(fit: Callable[[Examples, lstm.Plan], None], examples: Examples, plan: lstm.Plan) -> tuple[float, float]:
    """Return the samples a second and a CPU second."""
    wall, cpu = time.perf_counter(), time.process_time()
    fit(examples, plan)
    return len(examples) / (time.perf_counter() - wall), len(examples) / (time.process_time() - cpu)


def main() -> None:
    count, context = (int(word) for word in [*sys.argv[1:], *["2048", "56"][len(sys.argv) - 1 :]])
    os.environ.setdefault("SYLLABUS_DEVICE", "cpu")
    examples = windows(count, context)
    plan = lstm.planned(TRAINING, examples)
    few = windows(256, context)
    for fit in (ours, plain):
        fit(few, plan)
    found = [[timed(fit, examples, plan) for fit in (ours, plain)] for _ in range(ROUNDS)]
    best = np.array(found).max(axis=0)
    told = f"{architectures.threads()} threads, best of {ROUNDS} rounds in turn"
    print(f"{count} windows of {context} + {HORIZON} steps, {told}")
    for name, (wall, cpu) in zip(("ours", "plain"), best, strict=True):
        print(f"{name:<6} {wall:8,.0f} samples a second {cpu:8,.0f} a CPU second")
    print(f"ratio  {best[0, 0] / best[1, 0]:8.2f} {best[0, 1] / best[1, 1]:25.2f}")
    held = [examples.arrays[name] for name in ("past", "known")]
    copied = sum(np.prod(one.shape) * one.dtype.itemsize for one in held) / 1e6
    print(f"windows: {sum(one.table.nbytes for one in held) / 1e6:,.2f} MB, {copied:,.1f} MB if they were copied")


if __name__ == "__main__":
    main()
