"""Late fusion of picture, text and columns: each is read by a small network of its own, and one layer answers."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

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

    from syllabus.deep.fusion import Fusion
    from syllabus.deep.reading import Reading
    from syllabus.deep.residual import Residual
    from syllabus.deep.supervised import Target

READS = frozenset({"image", "text", "numeric", "categorical"})
TASKS = frozenset({"classification", "regression"})
SEARCH: dict[str, Any] = {"epochs": 10}
SIDE_BY_SIDE = False
WEIGHTED = True
NEEDS = {"torch": "deep", "tokenizers": "text"}
HEAD = 32
"""The numbers of a token that one head of attention sees."""
_FILE, _INPUTS, _PLAN, _TOKENS = "network.safetensors", "inputs.safetensors", "network.json", "tokens.json"
Part = Literal["image", "text", "words", "sights", "columns"]


class Params(Training):
    """Parameters of the network, of its training, and of what it reads."""

    parts: tuple[Part, ...] = Field(default=("image", "text", "words", "sights", "columns"), min_length=1, strict=False)
    """What is read: the picture; the text, piece by piece; the numbers that sum its words up, and those of
    `data.options.text.embeddings`; those of `data.options.image.features`; the other columns."""
    width: int = Field(default=64, ge=1, le=4096)
    """The numbers that each part becomes before they are joined."""
    dropout: float = Field(default=0.2, ge=0, lt=1)
    """The share of them, and of what is between, that is dropped in training."""
    label_smoothing: float = Field(default=0.1, ge=0, lt=1)
    """How much of the probability a class label leaves to the other classes."""
    alone: float = Field(default=0.3, ge=0, le=1)
    """The share of the loss that asks each part to answer by itself: one that learns fast, and soon by heart, would
    else leave the others nothing to learn (Wang et al. 2020)."""
    image_width: int = Field(default=16, ge=1, le=1024)
    """The channels of the first stage of the network for pictures."""
    image_depth: int = Field(default=1, ge=1, le=50)
    """The residual blocks of each of its stages."""
    shift: float = Field(default=0.1, ge=0, le=0.5)
    """In training pictures are moved by up to this share of their sides."""
    rotate: float = Field(default=10.0, ge=0, le=180)
    """They are turned by up to so many degrees."""
    zoom: float = Field(default=0.1, ge=0, lt=1)
    """They are made larger or smaller by up to this share."""
    flip: Literal["none", "horizontal", "both"] = "none"
    """Half of them are mirrored: left and right, or also top and bottom."""
    cutout: float = Field(default=0.0, ge=0, le=1)
    """The side of a square that is blanked, as a share of the shorter side."""
    vocabulary: int = Field(default=4000, ge=300, le=1_000_000)
    """The most pieces of words that are told apart, the 256 bytes among them."""
    length: int = Field(default=64, ge=1, le=8192)
    """The most pieces that are read of a text, from its beginning."""
    text_width: int = Field(default=64, ge=HEAD, le=4096, multiple_of=HEAD)
    """The numbers of a piece, which heads of 32 share."""
    text_depth: int = Field(default=1, ge=1, le=48)
    """The blocks of the encoder of texts."""
    hidden: float = Field(default=0.1, ge=0, lt=1)
    """The share of pieces that are left out in training, so that no single word decides."""


def space(trial: BaseTrial) -> dict[str, Any]:
    """Choose how fast it learns, how large its branches are, and what holds them back."""
    return {
        "learning_rate": trial.suggest_float("learning_rate", 5e-4, 1e-2, log=True),
        "weight_decay": trial.suggest_float("weight_decay", 1e-3, 0.3, log=True),
        "width": trial.suggest_categorical("width", [32, 64, 128]),
        "dropout": trial.suggest_float("dropout", 0.0, 0.5),
        "label_smoothing": trial.suggest_float("label_smoothing", 0.0, 0.2),
        "image_width": trial.suggest_categorical("image_width", [8, 16, 24, 32]),
        "text_width": trial.suggest_categorical("text_width", [32, 64, 96]),
        "text_depth": trial.suggest_int("text_depth", 1, 3),
        "hidden": trial.suggest_float("hidden", 0.0, 0.4),
        "cutout": trial.suggest_float("cutout", 0.0, 0.4),
        "alone": trial.suggest_float("alone", 0.0, 0.6),
    }


SIZES = ("width", "dropout", "image_width", "image_depth", "text_width", "text_depth", "hidden")


@dataclass(frozen=True)
class Plan:
    """What the network is made from beside what it reads, as JSON holds it.

    Args:
        vocabulary: how many tokens there are.
        width, dropout, image_width, image_depth, text_width, text_depth, hidden: as in `Params`.
        classes, mean, deviation: as in `deep.supervised.Target`.
    """

    vocabulary: int
    width: int
    dropout: float
    image_width: int
    image_depth: int
    text_width: int
    text_depth: int
    hidden: float
    classes: int
    mean: float = 0.0
    deviation: float = 1.0

    @property
    def target(self) -> Target:
        """How the target is learned."""
        from syllabus.deep.supervised import Target

        return Target(self.classes, self.mean, self.deviation)

    def network(self, read: Reading, mean: torch.Tensor, deviation: torch.Tensor) -> Fusion:
        """Return the network before it has learned; mean and deviation are those of a picture's channels in train."""
        from syllabus.deep.attention import Encoder
        from syllabus.deep.fusion import Columns, Fusion
        from syllabus.deep.residual import Residual

        of_text: dict[str, Any] = {"width": self.text_width, "depth": self.text_depth, "heads": self.text_width // HEAD}
        of_text |= {"dropout": self.dropout, "hidden": self.hidden}
        of_image: dict[str, Any] = {"width": self.image_width, "depth": self.image_depth, "dropout": 0.0}
        branches: dict[str, torch.nn.Module] = {}
        for part in read.parts:
            if part == "image":
                branches[part] = Residual(read.shape, self.width, **of_image, mean=mean, deviation=deviation)
            elif part == "text":
                branches[part] = Encoder(self.vocabulary, read.length, self.width, **of_text)
            else:
                known = read.known[part]
                options: dict[str, Any] = {"width": 2 * self.width, "dropout": self.dropout}
                numbers = known.width - len(known.categories)
                branches[part] = Columns(numbers, known.categories, self.width, **options)
        return Fusion(branches, self.width, self.target.outputs, self.dropout)


@dataclass(frozen=True)
class Fitted:
    """A network that has learned, and how it reads each part."""

    network: Fusion
    plan: Plan
    read: Reading

    def predict(self, examples: Examples, pool: ThreadPoolExecutor | None = None) -> NDArray[np.float64]:
        """Return probabilities `(n, k)`, or values `(n,)`."""
        from syllabus.deep import answers

        return self.plan.target.answered(answers.answered(self.network, examples, self.read.tensors, pool))

    def save(self, directory: Path) -> None:
        """Write weights and inputs as safetensors, the rest as JSON, each with its checksum."""
        from safetensors.numpy import save as pack
        from safetensors.torch import save

        from syllabus.deep import tokens

        weights = {name: held.contiguous() for name, held in self.network.state_dict().items()}
        told = {"plan": asdict(self.plan), "reading": self.read.plain()}
        architectures.write(save(weights), directory / _FILE)
        architectures.write(pack(self.read.arrays()), directory / _INPUTS)
        architectures.write((json.dumps(told, sort_keys=True) + "\n").encode(), directory / _PLAN)
        if self.read.tokenizer is not None:
            architectures.write(tokens.text(self.read.tokenizer), directory / _TOKENS)


def fit(params: Params, train: Examples, validation: Examples, *, seed: int, report: architectures.Report) -> Fitted:
    """Learn how each part is read, then train; the weights that validation likes best are kept.

    Raises:
        Unmet: there is nothing of the parts that are to be read.
    """
    import torch

    from syllabus.deep import attention, fusion, loop, reading, residual, supervised
    from syllabus.deep.augmentation import Augmentation

    asked = params.parts, params.vocabulary, params.length
    read = train.once(("reading", *asked), lambda: reading.learn(train, *asked))
    target = supervised.Target.of(train)
    vocabulary = read.tokenizer.get_vocab_size() if read.tokenizer else 0
    plan = Plan(vocabulary, *(getattr(params, name) for name in SIZES), **vars(target))
    torch.manual_seed(seed)
    network = plan.network(read, *train.once("levels", lambda: residual.levels(train.arrays["image"])))
    learned = train.once(("read", *asked), lambda: read.held(train))
    # Read as train has it: the same examples may be watched in a fit on other ones.
    watched = read.held(validation)
    change = Augmentation(params.shift, params.rotate, params.zoom, params.flip, params.cutout)
    losses = target.losses(train, params.label_smoothing)

    def loss(places: NDArray[np.int64], generator: torch.Generator) -> torch.Tensor:
        device = next(network.parameters()).device
        some = read.tensors({name: held[places] for name, held in learned.arrays.items()})
        given = dict(zip(read.parts, (held.to(device) for held in some), strict=True))
        if "image" in given:
            branch = cast("Residual", network.branches["image"])
            given["image"] = change.apply(branch.normal(given["image"]), generator)
        each = network.each(*given.values())
        alone = torch.stack([losses(scores, places) for scores in each.unbind(1)]).mean(dim=0)
        return torch.lerp(losses(each.sum(dim=1), places), alone, params.alone).sum()

    fitted = Fitted(network, plan, read)
    watch = supervised.watching(fitted, learned, watched, seed)
    files = (attention.__file__, fusion.__file__, reading.__file__, residual.__file__)
    key = supervised.key(params, learned, watched, __file__, *files)
    loop.fit(loop.Lesson("fusion", network, loss, len(train), watch, key), params, seed=seed, report=report)
    return fitted


def load(directory: Path) -> Fitted:
    """Read what `save` wrote."""
    import torch
    from safetensors.numpy import load as unpack
    from safetensors.torch import load as parse

    from syllabus.deep import reading, tokens

    told = json.loads(architectures.read(directory / _PLAN))
    pieces = "text" in told["reading"]["parts"]
    tokenizer = tokens.parsed(architectures.read(directory / _TOKENS)) if pieces else None
    read = reading.reading(told["reading"], unpack(architectures.read(directory / _INPUTS)), tokenizer)
    plan, channels = Plan(**told["plan"]), read.shape[2]
    network = plan.network(read, torch.zeros(channels), torch.ones(channels))
    network.load_state_dict(parse(architectures.read(directory / _FILE)))
    return Fitted(network.eval(), plan, read)
