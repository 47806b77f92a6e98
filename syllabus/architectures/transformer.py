"""A small transformer for texts, trained from scratch on pieces of words that it learns from train."""

from __future__ import annotations

import json
from dataclasses import dataclass
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
    from tokenizers import Tokenizer

    from syllabus.batches import Arrays
    from syllabus.deep.attention import Encoder
    from syllabus.deep.supervised import Target

READS = frozenset({"text"})
TASKS = frozenset({"classification", "regression"})
SEARCH: dict[str, Any] = {"epochs": 5}
SIDE_BY_SIDE = False
WEIGHTED = True
NEEDS = {"torch": "deep", "tokenizers": "text"}
HEAD = 32
"""The numbers of a token that one head of attention sees."""
_FILE, _PLAN, _TOKENS = "network.safetensors", "network.json", "tokens.json"


class Params(Training):
    """Parameters of the network, of its training, and of what it reads."""

    epochs: int = Field(default=10, ge=1)
    """How often the examples are gone through, at the most."""
    learning_rate: float = Field(default=0.002, gt=0)
    """The highest rate, at the end of the warm-up."""
    patience: int = Field(default=5, ge=1)
    """Stop after so many epochs without a better loss on validation; the best weights are kept."""
    vocabulary: int = Field(default=8000, ge=300, le=1_000_000)
    """The most pieces of words that are told apart, the 256 bytes among them: any text can be read."""
    length: int = Field(default=128, ge=1, le=8192)
    """The most pieces that are read of a text, from its beginning."""
    width: int = Field(default=64, ge=HEAD, le=4096, multiple_of=HEAD)
    """The numbers of a piece, which heads of 32 share."""
    depth: int = Field(default=2, ge=1, le=48)
    """The blocks, each of attention and two dense layers."""
    dropout: float = Field(default=0.1, ge=0, lt=1)
    """The share of what each part gives that is dropped in training."""
    hidden: float = Field(default=0.1, ge=0, lt=1)
    """The share of pieces that are left out in training, so that no single word decides."""
    label_smoothing: float = Field(default=0.05, ge=0, lt=1)
    """How much of the probability a class label leaves to the other classes."""


def space(trial: BaseTrial) -> dict[str, Any]:
    """Choose how fast it learns, how large it is, and what holds it back."""
    return {
        "learning_rate": trial.suggest_float("learning_rate", 3e-4, 1e-2, log=True),
        "weight_decay": trial.suggest_float("weight_decay", 1e-3, 0.3, log=True),
        "vocabulary": trial.suggest_categorical("vocabulary", [2000, 4000, 8000, 16000]),
        "width": trial.suggest_categorical("width", [32, 64, 96, 128]),
        "depth": trial.suggest_int("depth", 1, 4),
        "dropout": trial.suggest_float("dropout", 0.0, 0.4),
        "hidden": trial.suggest_float("hidden", 0.0, 0.4),
        "label_smoothing": trial.suggest_float("label_smoothing", 0.0, 0.2),
    }


@dataclass(frozen=True)
class Plan:
    """What the network is made from, as JSON holds it.

    Args:
        vocabulary: how many tokens there are.
        length, width, depth, dropout, hidden: as in `Params`.
        classes, mean, deviation: as in `deep.supervised.Target`.
    """

    vocabulary: int
    length: int
    width: int
    depth: int
    dropout: float
    hidden: float
    classes: int
    mean: float
    deviation: float

    @property
    def target(self) -> Target:
        """How the target is learned."""
        from syllabus.deep.supervised import Target

        return Target(self.classes, self.mean, self.deviation)

    def network(self) -> Encoder:
        """Return the network before it has learned."""
        from syllabus.deep.attention import Encoder

        options: dict[str, Any] = {"width": self.width, "depth": self.depth, "heads": self.width // HEAD}
        options |= {"dropout": self.dropout, "hidden": self.hidden}
        return Encoder(self.vocabulary, self.length, self.target.outputs, **options)


@dataclass(frozen=True)
class Fitted:
    """A network that has learned, and the pieces of words that it reads."""

    network: Encoder
    plan: Plan
    tokenizer: Tokenizer

    def tokens(self, examples: Examples) -> Examples:
        """Return the examples as tokens alone."""
        from syllabus.deep import tokens

        held = {"tokens": tokens.codes(self.tokenizer, examples, self.plan.length)}
        return Examples(examples.task, held, examples.target)

    def predict(self, examples: Examples, pool: ThreadPoolExecutor | None = None) -> NDArray[np.float64]:
        """Return probabilities `(n, k)`, or values `(n,)`; of texts, or of their tokens."""
        from syllabus.deep import answers, tokens

        held = examples if "tokens" in examples.arrays else self.tokens(examples)

        def ask(some: Examples) -> NDArray[np.float64]:
            return answers.answered(self.network, some, _tensors, pool)

        return self.plan.target.answered(tokens.answered(ask, held, held.arrays["tokens"]))

    def save(self, directory: Path) -> None:
        """Write the weights as safetensors, the rest as JSON, and the checksums of all."""
        from safetensors.torch import save

        from syllabus.deep import tokens

        weights = {name: held.contiguous() for name, held in self.network.state_dict().items()}
        architectures.write(save(weights), directory / _FILE)
        architectures.write((json.dumps(vars(self.plan), sort_keys=True) + "\n").encode(), directory / _PLAN)
        architectures.write(tokens.text(self.tokenizer), directory / _TOKENS)


def fit(params: Params, train: Examples, validation: Examples, *, seed: int, report: architectures.Report) -> Fitted:
    """Learn the pieces of words, then train; the weights that validation likes best are kept."""
    import torch

    from syllabus.deep import attention, loop, supervised, tokens

    sizes = params.vocabulary, params.length
    tokenizer = train.once(("pieces", *sizes), lambda: tokens.learn(train, *sizes))
    target = supervised.Target.of(train)
    made = params.width, params.depth, params.dropout, params.hidden
    plan = Plan(tokenizer.get_vocab_size(), params.length, *made, **vars(target))
    torch.manual_seed(seed)
    fitted = Fitted(plan.network(), plan, tokenizer)
    learned = train.once(("tokens", *sizes), lambda: fitted.tokens(train))
    watched = validation.once(("tokens", tokens.text(tokenizer)), lambda: fitted.tokens(validation))
    held, losses = learned.arrays["tokens"], target.losses(train, params.label_smoothing)
    counts = tokens.lengths(held)

    def loss(places: NDArray[np.int64], generator: torch.Generator) -> torch.Tensor:
        some = _tensors({"tokens": held[places, : max(1, counts[places].max())]})
        return losses(fitted.network(some.to(next(fitted.network.parameters()).device)), places).sum()

    watch = supervised.watching(fitted, learned, watched, seed)
    key = supervised.key(params, learned, watched, __file__, attention.__file__)
    lesson = loop.Lesson("transformer", fitted.network, loss, len(train), watch, key)
    loop.fit(lesson, params, seed=seed, report=report)
    return fitted


def load(directory: Path) -> Fitted:
    """Read what `save` wrote."""
    from safetensors.torch import load as parse

    from syllabus.deep import tokens

    plan = Plan(**json.loads(architectures.read(directory / _PLAN)))
    network = plan.network()
    network.load_state_dict(parse(architectures.read(directory / _FILE)))
    return Fitted(network.eval(), plan, tokens.parsed(architectures.read(directory / _TOKENS)))


def _tensors(arrays: Arrays) -> torch.Tensor:
    import torch

    return torch.from_numpy(np.asarray(arrays["tokens"], dtype=np.int64))
