"""A small residual network for pictures, trained from scratch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from syllabus import architectures
from syllabus.deep.params import Params as Training
from syllabus.examples import Examples

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    import torch
    from optuna.trial import BaseTrial

    from syllabus.batches import Arrays
    from syllabus.deep.residual import Residual
    from syllabus.deep.supervised import Target

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
        classes, mean, deviation: as in `Target`.
    """

    shape: tuple[int, int, int]
    width: int
    depth: int
    dropout: float
    classes: int
    mean: float = 0.0
    deviation: float = 1.0

    @property
    def target(self) -> Target:
        """How the target is learned."""
        from syllabus.deep.supervised import Target

        return Target(self.classes, self.mean, self.deviation)

    def network(self, mean: torch.Tensor, deviation: torch.Tensor) -> Residual:
        """Return the network before it has learned."""
        from syllabus.deep.residual import Residual

        options: dict[str, Any] = {"width": self.width, "depth": self.depth, "dropout": self.dropout}
        return Residual(self.shape, self.target.outputs, mean=mean, deviation=deviation, **options)


@dataclass(frozen=True)
class Fitted:
    """A network that has learned."""

    network: Residual
    plan: Plan

    def predict(self, examples: Examples, pool: ThreadPoolExecutor | None = None) -> NDArray[np.float64]:
        """Return probabilities `(n, k)`, or values `(n,)`."""
        from syllabus.deep import answers

        return self.plan.target.answered(answers.answered(self.network, examples, _tensors, pool))

    def save(self, directory: Path) -> None:
        """Write the weights as safetensors, what the network is made from as JSON, and the checksums of both."""
        from safetensors.torch import save

        weights = {name: held.contiguous() for name, held in self.network.state_dict().items()}
        architectures.write(save(weights), directory / _FILE)
        architectures.write((json.dumps(vars(self.plan), sort_keys=True) + "\n").encode(), directory / _PLAN)


def fit(params: Params, train: Examples, validation: Examples, *, seed: int, report: architectures.Report) -> Fitted:
    """Train on pictures changed by chance; the weights that validation likes best are kept."""
    import torch

    from syllabus.deep import loop, residual, supervised
    from syllabus.deep.augmentation import Augmentation

    pictures = train.arrays["image"]
    height, width, channels = pictures.shape[1:]
    target = supervised.Target.of(train)
    plan = Plan((height, width, channels), params.width, params.depth, params.dropout, **vars(target))
    torch.manual_seed(seed)
    network = plan.network(*residual.levels(pictures))
    change = Augmentation(params.shift, params.rotate, params.zoom, params.flip, params.cutout)
    losses = target.losses(train, params.label_smoothing)

    def loss(places: NDArray[np.int64], generator: torch.Generator) -> torch.Tensor:
        device = next(network.parameters()).device
        x = change.apply(network.normal(torch.from_numpy(pictures[places]).to(device)), generator)
        return losses(network(x), places).sum()

    fitted = Fitted(network, plan)
    watch = supervised.watching(fitted, train, validation, seed)
    key = supervised.key(params, train, validation, __file__)
    loop.fit(loop.Lesson("cnn", network, loss, len(train), watch, key), params, seed=seed, report=report)
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


def _tensors(arrays: Arrays) -> torch.Tensor:
    import torch

    return torch.from_numpy(np.array(arrays["image"]))
