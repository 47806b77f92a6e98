"""Many perceptrons in one for tables: TabM with piecewise-linear embeddings (Gorishniy et al. 2025)."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

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

    from syllabus.deep.inputs import Inputs
    from syllabus.deep.supervised import Target
    from syllabus.deep.tabular import Tabular

READS = frozenset({"numeric", "categorical"})
TASKS = frozenset({"classification", "regression"})
SEARCH: dict[str, Any] = {"epochs": 10}
SIDE_BY_SIDE = False
WEIGHTED = True
NEEDS = {"torch": "deep", "tabm": "deep"}
_FILE, _INPUTS, _PLAN = "network.safetensors", "inputs.safetensors", "network.json"


class Params(Training):
    """Parameters of the network and of its training."""

    batch: int = Field(default=256, ge=1)
    """The examples of a step; on processors a multiple of 32 fits best."""
    learning_rate: float = Field(default=0.002, gt=0)
    """The highest rate, at the end of the warm-up."""
    weight_decay: float = Field(default=0.0003, ge=0)
    """How much matrices shrink in a step, as a multiple of the rate; biases and scales do not."""
    members: int = Field(default=8, ge=1, le=256)
    """The perceptrons whose answers are averaged. They share most of their weights, not their work."""
    width: int = Field(default=96, ge=1, le=4096)
    """The neurons of each layer."""
    depth: int = Field(default=2, ge=1, le=16)
    """How many layers."""
    embedding: int = Field(default=12, ge=1, le=256)
    """The numbers that a column becomes before the first layer."""
    bins: int = Field(default=32, ge=1, le=255)
    """In so many ranges of a number its effect may bend."""
    dropout: float = Field(default=0.1, ge=0, lt=1)
    """The share of each layer's answers that is dropped in training."""


def space(trial: BaseTrial) -> dict[str, Any]:
    """Choose how large the network is, how fast it learns, and what holds it back, as the paper does."""
    return {
        "learning_rate": trial.suggest_float("learning_rate", 3e-4, 5e-3, log=True),
        "weight_decay": trial.suggest_float("weight_decay", 1e-5, 0.1, log=True),
        "width": trial.suggest_categorical("width", [64, 128, 256]),
        "depth": trial.suggest_int("depth", 1, 3),
        "dropout": trial.suggest_float("dropout", 0.0, 0.5),
        "embedding": trial.suggest_int("embedding", 8, 24, step=4),
        "bins": trial.suggest_int("bins", 4, 96, log=True),
    }


@dataclass(frozen=True)
class Plan:
    """What the network is made from beside its inputs, as JSON holds it.

    Args:
        members, width, depth, embedding, bins, dropout: as in `Params`.
        categories: how many each categorical column has.
        classes, mean, deviation: as in `Target`.
    """

    members: int
    width: int
    depth: int
    embedding: int
    bins: int
    dropout: float
    categories: tuple[int, ...]
    classes: int
    mean: float = 0.0
    deviation: float = 1.0

    @property
    def target(self) -> Target:
        """How the target is learned."""
        from syllabus.deep.supervised import Target

        return Target(self.classes, self.mean, self.deviation)

    def network(self, inputs: Inputs) -> Tabular:
        """Return the network before it has learned."""
        from syllabus.deep.tabular import Tabular

        return Tabular(
            inputs.edges(self.bins),
            len(inputs.gaps),
            self.categories,
            self.target.outputs,
            members=self.members,
            width=self.width,
            depth=self.depth,
            embedding=self.embedding,
            dropout=self.dropout,
            classes=bool(self.classes),
        )


@dataclass(frozen=True)
class Fitted:
    """A network that has learned."""

    network: Tabular
    inputs: Inputs
    plan: Plan

    def predict(self, examples: Examples, pool: ThreadPoolExecutor | None = None) -> NDArray[np.float64]:
        """Return probabilities `(n, k)`, or values `(n,)`."""
        from syllabus.deep import answers

        return self.plan.target.answered(answers.answered(self.network, examples, self.inputs.rows, pool))

    def save(self, directory: Path) -> None:
        """Write weights and inputs as safetensors, what the network is made from as JSON, each with its checksum."""
        from safetensors.numpy import save as pack
        from safetensors.torch import save

        weights = {name: held.contiguous() for name, held in self.network.state_dict().items()}
        architectures.write(save(weights), directory / _FILE)
        architectures.write(pack(self.inputs.arrays()), directory / _INPUTS)
        architectures.write((json.dumps(asdict(self.plan), sort_keys=True) + "\n").encode(), directory / _PLAN)


def fit(params: Params, train: Examples, validation: Examples, *, seed: int, report: architectures.Report) -> Fitted:
    """Train every member on its own losses; the weights that validation likes best are kept."""
    import torch

    from syllabus.deep import inputs, loop, supervised, tabular

    known = train.once("mlp inputs", lambda: inputs.learn(train))
    rows = train.once("mlp rows", lambda: torch.cat([known.rows(arrays) for arrays in train.batches()]))
    target = supervised.Target.of(train)
    chosen = {name: getattr(params, name) for name in ("members", "width", "depth", "embedding", "bins", "dropout")}
    plan = Plan(**chosen, categories=known.categories, **vars(target))
    torch.manual_seed(seed)
    network = plan.network(known)
    losses = target.losses(train)

    def loss(places: NDArray[np.int64], generator: torch.Generator) -> torch.Tensor:  # as every loss
        scores = network.each(rows[places].to(next(network.parameters()).device))
        # The members' losses are averaged, not their answers: each must be right by itself.
        return losses(scores.flatten(0, 1), np.repeat(places, params.members)).sum() / params.members

    fitted = Fitted(network, known, plan)
    watch = supervised.watching(fitted, train, validation, seed)
    key = supervised.key(params, train, validation, __file__, inputs.__file__, tabular.__file__)
    loop.fit(loop.Lesson("mlp", network, loss, len(train), watch, key), params, seed=seed, report=report)
    return fitted


def load(directory: Path) -> Fitted:
    """Read what `save` wrote."""
    from safetensors.numpy import load as unpack
    from safetensors.torch import load as parse

    from syllabus.deep import inputs

    told = json.loads(architectures.read(directory / _PLAN))
    plan = Plan(**told | {"categories": tuple(told["categories"])})
    known = inputs.inputs(unpack(architectures.read(directory / _INPUTS)), plan.categories)
    network = plan.network(known)
    network.load_state_dict(parse(architectures.read(directory / _FILE)))
    return Fitted(network.eval(), known, plan)
