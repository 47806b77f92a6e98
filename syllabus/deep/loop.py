"""The training loop of every network: a network, a loss and a number of examples go in, and the best weights come out.

What an example is, the loop does not know: the loss is asked about the places of some examples, and makes its own
tensors of them. A batch is cut into pieces of a size that does not depend on the machine; their gradients are added up
in order. Where several processes share a batch (torchrun), each takes some of the pieces, see `sharing`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from syllabus import architectures, processes
from syllabus.deep import chance, checkpoints, devices, sharing
from syllabus.deep.checkpoints import State
from syllabus.deep.params import Params
from syllabus.progress import Progress

Places = NDArray[np.int64]
Loss = Callable[[Places, torch.Generator], torch.Tensor]
"""Returns the sum of the losses of the training examples at some places; what is drawn by chance, by the generator."""
Watch = Callable[[ThreadPoolExecutor], tuple[float, float]]
"""Returns the losses on train and on validation of the network as it is; pieces of the work may go to the threads."""
PIECE = 32
"""The examples of a piece on a processor: enough for its vector units, few enough for its cache."""


@dataclass(frozen=True)
class Lesson:
    """What a network is to learn.

    Args:
        name: the architecture, for messages.
        network: its weights are changed in place.
        loss: of some training examples.
        rows: how many training examples there are.
        watch: the losses that the curve shows.
        key: the digest of data and parameters: a checkpoint of another lesson is not resumed.
        piece: how many examples a thread takes at a time; fewer where each is large, such as a stretch of text.
        pace: of the weights of a name, the share of the learning rate at which they learn.
    """

    name: str
    network: nn.Module
    loss: Loss
    rows: int
    watch: Watch
    key: str
    piece: int = PIECE
    pace: Callable[[str], float] = lambda _: 1.0

    @property
    def weights(self) -> list[nn.Parameter]:
        """What learns: the rest of a network may be frozen."""
        return [held for held in self.network.parameters() if held.requires_grad]


def fit(lesson: Lesson, params: Params, *, seed: int, report: architectures.Report) -> None:
    """Train the network; it ends with the weights that validation liked best, on the processor and ready to answer.

    Raises:
        Diverged: the loss is no number any more.
        Unmet: the device that is asked for is not there, or the memory does not suffice.
    """
    device = devices.chosen()
    network = lesson.network.to(device)
    optimiser = _optimiser(lesson, params)
    with (
        sharing.joined(device),
        checkpoints.kept(f"{lesson.key} {seed} {device.type}") as keep,
        devices.settled(device) as pool,
    ):
        state = keep.resumed(network, optimiser, device) or State()
        for point in state.points:
            report(*point)
        with devices.memory_told(_smaller(lesson.name, params)):
            for epoch in range(state.step // _steps(lesson, params), params.epochs):
                if state.stale(params.patience):
                    break
                _epoch(lesson, params, optimiser, state, keep, (device, pool), epoch, seed)
                network.eval()
                point = (epoch + 1, *lesson.watch(pool))
                if not all(map(math.isfinite, point)):
                    # These weights are lost: no checkpoint is made of them.
                    raise _diverged(lesson.name, params, "the loss is no number", state.step - 1, epoch)
                state.take(point, network)
                report(*point)
                keep.due(state, network, optimiser)
    checkpoints.put(state.best, network)
    network.to("cpu").eval()


def _epoch(
    lesson: Lesson,
    params: Params,
    optimiser: torch.optim.Optimizer,
    state: State,
    keep: checkpoints.Keep,
    on: tuple[torch.device, ThreadPoolExecutor],
    epoch: int,
    seed: int,
) -> None:
    """Take the steps of an epoch that are left."""
    network, steps = lesson.network.train(), _steps(lesson, params)
    order = chance.order(lesson.rows, seed, epoch)
    progress = Progress(f"train {lesson.name}", unit="step", total=steps * params.epochs)
    began, seen = time.monotonic(), 0
    while state.step < (epoch + 1) * steps:
        at = state.step % steps * params.batch
        places = order[at : at + params.batch]
        value, gradients = _gradients(lesson, params, places, on, state.step, seed)
        for weights, gradient in zip(lesson.weights, gradients, strict=True):
            weights.grad = gradient
        length = nn.utils.clip_grad_norm_(lesson.weights, params.clip).item()
        if not (math.isfinite(value) and math.isfinite(length)):
            what = "its gradient is no number" if math.isfinite(value) else f"the loss is {value}"
            raise _diverged(lesson.name, params, what, state.step, epoch, keep.write(state, network, optimiser))
        for group in optimiser.param_groups:
            group["lr"] = params.learning_rate * group["pace"] * rate(state.step, steps * params.epochs, params.warm_up)
        optimiser.step()
        state.step += 1
        seen += len(places)
        speed = seen / max(time.monotonic() - began, 1e-9)
        progress.at(state.step, f"epoch {epoch + 1}, loss {value:.4f}, {speed:,.0f} samples a second")
        if at + params.batch < lesson.rows:  # the last step's checkpoint comes with the epoch's losses
            keep.due(state, network, optimiser)


def _gradients(
    lesson: Lesson, params: Params, places: Places, on: tuple[torch.device, ThreadPoolExecutor], step: int, seed: int
) -> tuple[float, list[torch.Tensor]]:
    """Return the mean loss of a batch and its gradients, each added up over the pieces in order."""
    device, pool = on
    weights = lesson.weights

    def piece(number: int, some: Places) -> tuple[float, tuple[torch.Tensor, ...]]:
        with chance.drawing(device, seed, step, number) as generator:
            with devices.mixed(device):
                total = lesson.loss(some, generator)
            return float(total.detach()), torch.autograd.grad(total / len(places), weights)

    size = math.ceil(len(places) / params.accumulate)
    size = min(size, lesson.piece) if device.type == "cpu" else math.ceil(size / processes.count())
    pieces = np.split(places, range(size, len(places), size))
    own = sharing.own(len(pieces))
    taken = list(pool.map(piece, own, (pieces[number] for number in own)))
    found = sharing.gathered(taken, len(pieces), weights)
    value = sum(total for total, _ in found) / len(places)
    return value, [torch.stack(parts).sum(dim=0) for parts in zip(*(each for _, each in found), strict=True)]


def rate(step: int, steps: int, warm_up: float) -> float:
    """Return the share of the learning rate at a step, from 0: up along a line, then down along a cosine.

    >>> [round(rate(step, 10, 0.2), 2) for step in (0, 1, 2, 6, 9)]
    [0.5, 1.0, 1.0, 0.5, 0.04]
    """
    warm = max(1, round(warm_up * steps)) if warm_up else 0
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


def _steps(lesson: Lesson, params: Params) -> int:
    """Return the steps of an epoch."""
    return math.ceil(lesson.rows / params.batch)


def _optimiser(lesson: Lesson, params: Params) -> torch.optim.Optimizer:
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for matrices in (True, False):
        for name, held in lesson.network.named_parameters():
            if held.requires_grad and (held.ndim > 1) is matrices:
                decay = params.weight_decay if matrices else 0.0
                groups.setdefault((lesson.pace(name), decay), []).append(held)
    told = [{"params": held, "weight_decay": decay, "pace": pace} for (pace, decay), held in groups.items()]
    return torch.optim.AdamW(told, lr=params.learning_rate, fused=True)


def _diverged(name: str, params: Params, what: str, step: int, epoch: int, kept: str = "") -> architectures.Diverged:
    return architectures.Diverged(
        f"{name}: {what} at step {step + 1}, in epoch {epoch + 1}; try learning_rate: "
        f"{params.learning_rate / 10:g} (it is {params.learning_rate:g}), a longer warm_up, or a smaller clip{kept}"
    )


def _smaller(name: str, params: Params) -> str:
    return (
        f"{name}: the memory does not hold a batch of {params.batch}; try batch: {max(1, params.batch // 2)}, or "
        f"accumulate: {2 * params.accumulate}, which takes each batch in more turns"
    )
