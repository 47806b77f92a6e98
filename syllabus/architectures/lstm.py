"""A recurrent network for series, LSTM or GRU, that answers quantiles for all steps ahead at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from syllabus import architectures
from syllabus.batches import Arrays
from syllabus.deep.params import Params as Training
from syllabus.examples import Column, Examples
from syllabus.losses import loss

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    import torch
    from optuna.trial import BaseTrial

    from syllabus.deep.recurrent import Recurrent

    Floats = NDArray[np.float64]

READS = frozenset({"past", "known", "static", "scale", "naive"})
TASKS = frozenset({"forecast"})
SEARCH: dict[str, Any] = {"epochs": 8}
SIDE_BY_SIDE = False
NEEDS = {"torch": "deep"}
SHARP = 7
"""A column that begins anew after at most so many, such as a weekday, is told value by value; a longer one by its place
on a circle."""
_FILE, _PLAN = "network.safetensors", "network.json"


class Params(Training):
    """Parameters of the network and of its training."""

    kind: Literal["lstm", "gru"] = "lstm"
    """How a state goes from one step to the next."""
    width: int = Field(default=48, ge=1, le=4096)
    """The numbers of the state."""
    layers: int = Field(default=1, ge=1, le=10)
    """Layers, one above the other."""
    dropout: float = Field(default=0.1, ge=0, lt=1)
    """The share of each layer's answers that is dropped in training."""


def space(trial: BaseTrial) -> dict[str, Any]:
    """Choose how fast it learns, how large it is, and what holds it back."""
    return {
        "learning_rate": trial.suggest_float("learning_rate", 1e-3, 2e-2, log=True),
        "weight_decay": trial.suggest_float("weight_decay", 1e-3, 0.3, log=True),
        "kind": trial.suggest_categorical("kind", ["lstm", "gru"]),
        "width": trial.suggest_categorical("width", [16, 32, 48, 64, 96]),
        "layers": trial.suggest_int("layers", 1, 2),
        "dropout": trial.suggest_float("dropout", 0.0, 0.4),
    }


@dataclass(frozen=True)
class Feature:
    """How a column becomes channels.

    Args:
        way: brought to scale; told value by value; or its place on a circle.
        mean, deviation: in train, of one that is brought to scale.
        size: the values, or the length of the circle.
    """

    way: Literal["scaled", "values", "circle"]
    mean: float = 0.0
    deviation: float = 1.0
    size: int = 1

    def channels(self, column: NDArray[Any]) -> list[NDArray[np.float32]]:
        """Return channels of the column's shape; what is missing is 0."""
        if self.way == "values":
            return [(column == value).astype(np.float32) for value in range(self.size)]
        if self.way == "circle":
            turn = column * (2 * np.pi / self.size)
            return [np.nan_to_num(np.sin(turn)), np.nan_to_num(np.cos(turn))]
        return [np.nan_to_num((column - self.mean) / self.deviation)]


@dataclass(frozen=True)
class Plan:
    """What the network is made from.

    Args:
        horizon, quantiles, channels: how many.
        kind, width, layers, dropout: as in `Params`.
        past, known, static: how each column of these arrays becomes channels.
    """

    horizon: int
    quantiles: int
    channels: int
    kind: Literal["lstm", "gru"]
    width: int
    layers: int
    dropout: float
    past: tuple[Feature, ...]
    known: tuple[Feature, ...]
    static: tuple[Feature, ...]

    def network(self) -> Recurrent:
        """Return the network before it has learned."""
        from syllabus.deep.recurrent import Recurrent

        sizes = self.channels, self.horizon, self.quantiles
        return Recurrent(*sizes, kind=self.kind, width=self.width, layers=self.layers, dropout=self.dropout)

    def sequences(self, arrays: Arrays) -> NDArray[np.float32]:
        """Return `(n, context + horizon, channels) float32`.

        The first channels are the value, whether it is missing, the seasonal naive forecast, and how far ahead.
        """
        past, known, static = (np.asarray(arrays[name]) for name in ("past", "known", "static"))
        scale = np.asarray(arrays["scale"])
        n, back = past.shape[:2]
        values = (past[:, :, 0] - scale[:, :1]) / scale[:, 1:]
        naive = (np.asarray(arrays["naive"]) - scale[:, :1]) / scale[:, 1:]
        lead = np.broadcast_to(np.arange(1, self.horizon + 1) / self.horizon, (n, self.horizon))
        before, behind = np.zeros((n, back)), np.zeros((n, self.horizon))
        found = [
            np.hstack([np.nan_to_num(values), behind]),
            np.hstack([np.isnan(values), behind + 1]),
            np.hstack([before, naive]),
            np.hstack([before, lead]),
        ]
        for at, feature in enumerate(self.past, 1):
            found += [np.hstack([channel, behind]) for channel in feature.channels(past[:, :, at])]
        for at, feature in enumerate(self.known):
            found += feature.channels(known[:, :, at])
        for at, feature in enumerate(self.static):
            found += [
                np.repeat(channel[:, None], back + self.horizon, 1) for channel in feature.channels(static[:, at])
            ]
        return np.stack(found, axis=2, dtype=np.float32, casting="unsafe")


@dataclass(frozen=True)
class Fitted:
    """A network that has learned."""

    network: Recurrent
    plan: Plan

    def predict(self, examples: Examples, pool: ThreadPoolExecutor | None = None) -> Floats:
        """Return quantiles `(n, h, q)`."""
        from syllabus.deep import answers

        given = answers.answered(self.network, examples, partial(_tensors, self.plan), pool)
        scale = examples.arrays["scale"][:, :, None, None]
        quantiles: Floats = given.reshape(len(given), self.plan.horizon, -1) * scale[:, 1] + scale[:, 0]
        return quantiles

    def save(self, directory: Path) -> None:
        """Write the weights as safetensors, what the network is made from as JSON, and the checksums of both."""
        from safetensors.torch import save

        weights = {name: held.contiguous() for name, held in self.network.state_dict().items()}
        architectures.write(save(weights), directory / _FILE)
        plain = vars(self.plan) | {name: [vars(one) for one in getattr(self.plan, name)] for name in _FEATURES}
        architectures.write((json.dumps(plain, sort_keys=True) + "\n").encode(), directory / _PLAN)


_FEATURES = ("past", "known", "static")


def fit(params: Params, train: Examples, validation: Examples, *, seed: int, report: architectures.Report) -> Fitted:
    """Train by the pinball loss of all quantiles; the weights that validation likes best are kept."""
    import torch

    from syllabus.deep import chance, loop

    plan = planned(params, train)
    torch.manual_seed(seed)
    network = plan.network()
    scale = train.arrays["scale"]
    wanted = ((train.labels - scale[:, :1]) / scale[:, 1:]).astype(np.float32)
    held = {name: train.arrays[name] for name in READS}
    levels = torch.tensor(train.task.quantiles)

    def losses(places: NDArray[np.int64], generator: torch.Generator) -> torch.Tensor:
        device = next(network.parameters()).device
        some = plan.sequences({name: array[places] for name, array in held.items()})
        given = network(torch.from_numpy(some).to(device)).unflatten(1, (plan.horizon, plan.quantiles))
        asked = torch.from_numpy(wanted[places]).to(device)
        known = ~asked.isnan()
        above, at = asked.nan_to_num()[:, :, None] - given.float(), levels.to(device)
        each = torch.maximum(at * above, (at - 1) * above).mean(dim=2) * known
        return (each.sum(dim=1) / known.sum(dim=1)).sum()

    fitted = Fitted(network, plan)
    # As many of train as there are to validate on, so that an epoch ends soon.
    few = np.sort(chance.order(len(train), seed, 0)[: max(len(validation), 100)])
    some = Examples(train.task, {name: array[few] for name, array in held.items()}, train.labels[few])

    def watch(pool: ThreadPoolExecutor) -> tuple[float, float]:
        return loss(fitted.predict(some, pool), some), loss(fitted.predict(validation, pool), validation)

    key = hashlib.sha256(params.model_dump_json().encode())
    for examples in (train, validation):
        key.update(examples.once("digest", partial(_digest, examples)))
    key.update(Path(__file__).read_bytes())
    lesson = loop.Lesson("lstm", network, losses, len(train), watch, key.hexdigest())
    loop.fit(lesson, params, seed=seed, report=report)
    return fitted


def load(directory: Path) -> Fitted:
    """Read what `save` wrote."""
    from safetensors.torch import load as parse

    told = json.loads(architectures.read(directory / _PLAN))
    plan = Plan(**told | {name: tuple(Feature(**one) for one in told[name]) for name in _FEATURES})
    network = plan.network()
    network.load_state_dict(parse(architectures.read(directory / _FILE)))
    return Fitted(network.eval(), plan)


def planned(params: Params, train: Examples) -> Plan:
    """Return what the network is made from, with how columns become channels, learned from train."""
    few = next(train.batches())
    past, known, static = (np.asarray(few[name], np.float64) for name in _FEATURES)
    features = (
        _features(train.columns["past"][1:], past[:, :, 1:]),
        _features(train.columns["known"], known),
        _features(train.columns["static"], static),
    )
    made = Plan(
        train.labels.shape[1], len(train.task.quantiles), 0, params.kind, params.width, params.layers, params.dropout,
        *features,
    )  # fmt: skip
    channels = made.sequences({name: array[:1] for name, array in few.items()}).shape[2]
    return Plan(**vars(made) | {"channels": channels})


def _features(columns: Sequence[Column], values: Floats) -> tuple[Feature, ...]:
    """Return how the columns, the last axis of the values, become channels."""
    found = []
    for at, column in enumerate(columns):
        if column.categories is not None or (column.period or SHARP + 1) <= SHARP:
            found.append(Feature("values", size=len(column.categories or ()) or int(column.period or 0)))
        elif column.period is not None:
            found.append(Feature("circle", size=int(column.period)))
        else:
            known = values[..., at][~np.isnan(values[..., at])]
            mean, deviation = (float(known.mean()), float(known.std())) if len(known) else (0.0, 0.0)
            found.append(Feature("scaled", mean, deviation if deviation > 1e-9 * max(1.0, abs(mean)) else 1.0))
    return tuple(found)


def _tensors(plan: Plan, arrays: Arrays) -> torch.Tensor:
    import torch

    return torch.from_numpy(plan.sequences({name: arrays[name] for name in READS}))


def _digest(examples: Examples) -> bytes:
    digest = hashlib.sha256(repr(examples.task).encode())
    for arrays in (*examples.batches(), {"labels": examples.labels}):
        for name in sorted(arrays):
            digest.update(np.ascontiguousarray(arrays[name]).data)
    return digest.digest()
