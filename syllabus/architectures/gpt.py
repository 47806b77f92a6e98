"""A small decoder that learns a language from scratch, on packed documents, and writes it piece by piece."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from syllabus import architectures
from syllabus.batches import content
from syllabus.deep.params import Params as Training
from syllabus.errors import Unmet
from syllabus.examples import Examples
from syllabus.losses import loss

if TYPE_CHECKING:
    import torch
    from optuna.trial import BaseTrial

    from syllabus.deep.decoder import Decoder
    from syllabus.deep.together import Together

READS = frozenset({"tokens"})
TASKS = frozenset({"language"})
SEARCH: dict[str, Any] = {"epochs": 3}
SIDE_BY_SIDE = False
NEEDS = {"torch": "deep"}
HEAD = 32
"""The width of a head of attention."""
PIECE = 4
"""The stretches that a thread takes at a time."""


class Params(Training):
    """Parameters of the decoder and of its training; an example is a stretch of text as long as the context."""

    context: int = Field(default=128, ge=2, le=32_768)
    """How many tokens it reads back at the most."""
    width: int = Field(default=128, ge=2, le=16_384)
    """The numbers that stand for a token; a multiple of twice the heads."""
    depth: int = Field(default=4, ge=1, le=200)
    """How many layers."""
    heads: int | None = Field(default=None, ge=1, le=256)
    """The heads of attention; by default one for every 32 of the width."""
    dropout: float = Field(default=0.1, ge=0, lt=1)
    """The share of what each layer adds that is dropped in training."""
    epochs: int = Field(default=8, ge=1)
    """How often train is gone through, at the most."""
    batch: int = Field(default=16, ge=1)
    """The stretches of a step; on processors a multiple of 8 fits best."""
    learning_rate: float = Field(default=0.003, gt=0)
    """The highest rate, at the end of the warm-up."""
    weight_decay: float = Field(default=0.1, ge=0)
    """How much matrices shrink in a step, as a multiple of the rate; scales do not."""

    @model_validator(mode="after")
    def _whole_heads(self) -> Params:
        if self.width % (2 * self.all_heads):
            told = f"must be a multiple of twice the heads ({2 * self.all_heads}), received {self.width}"
            raise ValueError(f"width {told}")
        return self

    @property
    def all_heads(self) -> int:
        """How many heads there are."""
        return self.heads or max(1, self.width // HEAD)


def space(trial: BaseTrial) -> dict[str, Any]:
    """Choose how large it is, how fast it learns, and what holds it back."""
    return {
        "width": trial.suggest_categorical("width", [64, 96, 128, 192]),
        "depth": trial.suggest_int("depth", 2, 6),
        "heads": trial.suggest_categorical("heads", [2, 4, 8]),
        "dropout": trial.suggest_float("dropout", 0.0, 0.3),
        "learning_rate": trial.suggest_float("learning_rate", 5e-4, 1e-2, log=True),
        "weight_decay": trial.suggest_float("weight_decay", 0.01, 0.3, log=True),
    }


@dataclass(frozen=True)
class Fitted:
    """A decoder that has learned."""

    network: Decoder

    def predict(self, examples: Examples, pool: ThreadPoolExecutor | None = None) -> NDArray[np.float64]:
        """Return for each document its nats, its tokens and how many were held for the likeliest: `(n, 3)`."""
        from syllabus.deep import devices, packed

        if pool is not None:
            return packed.costs(self.network, examples, pool)
        device = devices.chosen()
        self.network.to(device)
        try:
            with devices.settled(device) as own:
                return packed.costs(self.network, examples, own)
        finally:
            self.network.to("cpu")

    def continued(self, codes: NDArray[np.int32], choose: Callable[[NDArray[np.float64]], int]) -> Iterator[int]:
        """Yield the codes that follow, each taken by `choose` from how likely all are, until a document ends.

        What was read is cached, so that a code costs one step. When the context is full, the later half is read anew.
        """
        from syllabus.deep import writing

        return writing.continued(self.network, codes, choose)

    def together(self, most: int) -> Together:
        """Return what continues up to `most` texts side by side, a code of each in one step."""
        from syllabus.deep.together import Together

        return Together(self.network, most)

    def save(self, directory: Path) -> None:
        """Write `config.json` and `model.safetensors` as Hugging Face's Llama has them, and their checksums."""
        from syllabus.deep import llama

        llama.save(self.network, directory)


def fit(params: Params, train: Examples, validation: Examples, *, seed: int, report: architectures.Report) -> Fitted:
    """Train on packed documents; the weights that validation likes best are kept.

    Raises:
        Unmet: train is shorter than one context.
    """
    import torch
    from torch.nn import functional

    from syllabus.deep import chance, loop, packed
    from syllabus.deep.decoder import Decoder, Shape

    codes = packed.stream(train)
    if len(codes) <= params.context:
        raise Unmet(
            f"gpt: train holds {len(codes):,} tokens, and one context is {params.context:,}: give it more documents, "
            f"or set architectures.gpt.context to {1 << max(1, (len(codes) // 4).bit_length() - 1)}"
        )
    known = train.columns["tokens"][0].categories
    assert known is not None
    torch.manual_seed(seed)
    # SwiGLU has three matrices where others have two: at two thirds of four widths it has as many numbers.
    hidden = max(8, round(params.width * 8 / 3 / 8) * 8)
    shape = Shape(len(known), params.context, params.width, params.depth, params.all_heads, hidden)
    network = Decoder(shape, params.dropout)

    def losses(places: NDArray[np.int64], generator: torch.Generator) -> torch.Tensor:
        some = packed.stretches(codes, places, params.context, generator).to(network.embedding.weight.device)
        scores = network(some[:, :-1])
        nats = functional.cross_entropy(scores.flatten(0, 1), some[:, 1:].flatten(), reduction="sum")
        return nats / params.context

    fitted = Fitted(network)
    few = _few(train, validation, chance.order(len(train), seed, 0))

    def watch(pool: ThreadPoolExecutor) -> tuple[float, float]:
        return loss(fitted.predict(few, pool), few), loss(fitted.predict(validation, pool), validation)

    key = hashlib.sha256(params.model_dump_json().encode())
    for examples in (train, validation):
        key.update(examples.once("digest", partial(_digest, examples)))
    key.update(Path(__file__).read_bytes())
    rows = (len(codes) - 1) // params.context
    lesson = loop.Lesson("gpt", network, losses, rows, watch, key.hexdigest(), PIECE)
    loop.fit(lesson, params, seed=seed, report=report)
    return fitted


def load(directory: Path) -> Fitted:
    """Read what `save` wrote."""
    from syllabus.deep import llama

    return Fitted(llama.load(directory))


def _few(train: Examples, validation: Examples, order: NDArray[np.int64]) -> Examples:
    """Return as much of train as there is to validate on, so that an epoch ends soon."""
    sizes = train.labels.sum(axis=1)[order]
    count = int(np.searchsorted(sizes.cumsum(), validation.labels.sum())) + 1
    chosen = np.sort(order[:count])
    return Examples(train.task, {"tokens": train.arrays["tokens"][chosen]}, train.labels[chosen], train.columns)


def _digest(examples: Examples) -> bytes:
    digest = hashlib.sha256(repr(examples.columns["tokens"]).encode())
    digest.update(content(examples.arrays["tokens"]))
    return digest.digest()
