"""A small residual network for pictures, trained from scratch."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from syllabus import architectures
from syllabus.deep.params import Params as Training
from syllabus.examples import Examples
from syllabus.losses import loss

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    import torch
    from optuna.trial import BaseTrial

    from syllabus.batches import Arrays
    from syllabus.deep.residual import Residual

READS = frozenset({"image"})
TASKS = frozenset({"classification", "regression"})
SEARCH: dict[str, Any] = {"epochs": 10}
SIDE_BY_SIDE = False
WEIGHTED = True
NEEDS = {"torch": "deep"}
_FILE, _PLAN = "network.safetensors", "network.json"


class Params(Training):
    """Parameters of the network, of its training, and of how pictures are changed by chance while it learns."""

    width: int = Field(default=16, ge=1, le=1024)
    """The channels of the first stage; each later stage, of half the height and width, has twice as many."""
    depth: int = Field(default=1, ge=1, le=50)
    """The residual blocks of each stage."""
    dropout: float = Field(default=0.0, ge=0, lt=1)
    """The share of the last layer's inputs that is dropped in training."""
    label_smoothing: float = Field(default=0.1, ge=0, lt=1)
    """How much of the probability a class label leaves to the other classes."""
    shift: float = Field(default=0.1, ge=0, le=0.5)
    """Pictures are moved by up to this share of their sides."""
    rotate: float = Field(default=10.0, ge=0, le=180)
    """They are turned by up to so many degrees."""
    zoom: float = Field(default=0.1, ge=0, lt=1)
    """They are made larger or smaller by up to this share."""
    flip: Literal["none", "horizontal", "both"] = "none"
    """Half of them are mirrored: left and right, or also top and bottom. A mirrored 2 is no 2."""
    cutout: float = Field(default=0.0, ge=0, le=1)
    """The side of a square that is blanked, as a share of the shorter side."""


def space(trial: BaseTrial) -> dict[str, Any]:
    """Choose how fast it learns, and what holds it back."""
    return {
        "learning_rate": trial.suggest_float("learning_rate", 1e-3, 2e-2, log=True),
        "weight_decay": trial.suggest_float("weight_decay", 1e-3, 0.3, log=True),
        "width": trial.suggest_categorical("width", [8, 16, 24, 32]),
        "depth": trial.suggest_int("depth", 1, 2),
        "dropout": trial.suggest_float("dropout", 0.0, 0.4),
        "label_smoothing": trial.suggest_float("label_smoothing", 0.0, 0.2),
        "shift": trial.suggest_float("shift", 0.0, 0.15),
        "rotate": trial.suggest_float("rotate", 0.0, 20.0),
        "cutout": trial.suggest_float("cutout", 0.0, 0.4),
    }


@dataclass(frozen=True)
class Plan:
    """What the network is made from, as JSON holds it.

    Args:
        shape: height, width and channels of a picture.
        width, depth, dropout: as in `Params`.
        classes: how many; 0 in a regression.
        mean, deviation: of a regression's target in train: what is learned is the distance from the mean in deviations.
    """

    shape: tuple[int, int, int]
    width: int
    depth: int
    dropout: float
    classes: int
    mean: float = 0.0
    deviation: float = 1.0

    def network(self, mean: torch.Tensor, deviation: torch.Tensor) -> Residual:
        """Return the network before it has learned."""
        from syllabus.deep.residual import Residual

        options: dict[str, Any] = {"width": self.width, "depth": self.depth, "dropout": self.dropout}
        return Residual(self.shape, self.classes or 1, mean=mean, deviation=deviation, **options)


@dataclass(frozen=True)
class Fitted:
    """A network that has learned."""

    network: Residual
    plan: Plan

    def predict(self, examples: Examples, pool: ThreadPoolExecutor | None = None) -> NDArray[np.float64]:
        """Return probabilities `(n, k)`, or values `(n,)`."""
        from syllabus.deep import answers

        scores = answers.answered(self.network, examples, _tensors, pool)
        if self.plan.classes:
            return answers.probabilities(scores)
        return scores[:, 0] * self.plan.deviation + self.plan.mean

    def save(self, directory: Path) -> None:
        """Write the weights as safetensors, what the network is made from as JSON, and the checksums of both."""
        from safetensors.torch import save

        weights = {name: held.contiguous() for name, held in self.network.state_dict().items()}
        architectures.write(save(weights), directory / _FILE)
        architectures.write((json.dumps(vars(self.plan), sort_keys=True) + "\n").encode(), directory / _PLAN)


def fit(params: Params, train: Examples, validation: Examples, *, seed: int, report: architectures.Report) -> Fitted:
    """Train on pictures changed by chance; the weights that validation likes best are kept."""
    import torch
    from torch.nn import functional

    from syllabus.deep import chance, loop
    from syllabus.deep.augmentation import Augmentation

    pictures, labels = train.arrays["image"], train.labels
    plan = _plan(params, train)
    # In single precision: not every device knows another.
    wanted = labels if plan.classes else ((labels - plan.mean) / plan.deviation).astype(np.float32)
    weights = None if train.weights is None else train.weights.astype(np.float32)
    torch.manual_seed(seed)
    network = plan.network(*_normal(pictures))
    change = Augmentation(params.shift, params.rotate, params.zoom, params.flip, params.cutout)

    def losses(places: NDArray[np.int64], generator: torch.Generator) -> torch.Tensor:
        device = next(network.parameters()).device
        x = change.apply(network.normal(torch.from_numpy(pictures[places]).to(device)), generator)
        scores, asked = network(x), torch.from_numpy(wanted[places]).to(device)
        if not plan.classes:
            return functional.mse_loss(scores[:, 0], asked, reduction="sum")
        each = functional.cross_entropy(scores, asked, label_smoothing=params.label_smoothing, reduction="none")
        return each.sum() if weights is None else (each * torch.from_numpy(weights[places]).to(device)).sum()

    fitted = Fitted(network, plan)
    # As many of train as there are to validate on, so that an epoch ends soon.
    few = chance.order(len(train), seed, 0)[: max(len(validation), 100)]
    some = Examples(train.task, {"image": pictures[np.sort(few)]}, labels[np.sort(few)])

    def watch(pool: ThreadPoolExecutor) -> tuple[float, float]:
        return loss(fitted.predict(some, pool), some), loss(fitted.predict(validation, pool), validation)

    key = hashlib.sha256(params.model_dump_json().encode())
    for examples in (train, validation):
        key.update(examples.once("digest", partial(_digest, examples)))
    key.update(Path(__file__).read_bytes())
    lesson = loop.Lesson("cnn", network, losses, len(train), watch, key.hexdigest())
    loop.fit(lesson, params, seed=seed, report=report)
    return fitted


def load(directory: Path) -> Fitted:
    """Read what `save` wrote."""
    from safetensors.torch import load as parse

    told = json.loads(architectures.read(directory / _PLAN))
    plan = Plan(**told | {"shape": tuple(told["shape"])})
    weights = parse(architectures.read(directory / _FILE))
    network = plan.network(weights["mean"], weights["deviation"])
    network.load_state_dict(weights)
    return Fitted(network.eval(), plan)


def _plan(params: Params, train: Examples) -> Plan:
    height, width, channels = train.arrays["image"].shape[1:]
    made = (height, width, channels), params.width, params.depth, params.dropout
    if train.task.kind == "classification":
        return Plan(*made, classes=len(train.task.classes))
    return Plan(*made, 0, float(train.labels.mean()), float(train.labels.std()) or 1.0)


def _normal(pictures: NDArray[np.uint8]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the mean and the deviation of each channel."""
    import torch

    counts = [np.bincount(pictures[..., channel].ravel(), minlength=256) for channel in range(pictures.shape[3])]
    values = np.arange(256.0)
    mean = np.array([np.average(values, weights=count) for count in counts])
    spread = np.array([np.average((values - m) ** 2, weights=count) for m, count in zip(mean, counts, strict=True)])
    return torch.from_numpy(mean), torch.from_numpy(np.sqrt(spread).clip(1.0))


def _tensors(arrays: Arrays) -> torch.Tensor:
    import torch

    return torch.from_numpy(np.array(arrays["image"]))


def _digest(examples: Examples) -> bytes:
    digest = hashlib.sha256(repr(examples.task).encode())
    for arrays in (*examples.batches(), {"labels": examples.labels}):
        for name in sorted(arrays):
            digest.update(np.ascontiguousarray(arrays[name]).data)
    return digest.digest()
