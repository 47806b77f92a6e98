"""What learns upon a network that was trained elsewhere, and how both are kept: safetensors and JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from syllabus import architectures
from syllabus.deep import pretrained
from syllabus.deep.chance import Dropout
from syllabus.deep.supervised import Target
from syllabus.errors import Unmet

_FILE, _PLAN = "learned.safetensors", "plan.json"
_BODY = "body.safetensors"


@dataclass(frozen=True)
class Plan:
    """What a model is made from, as JSON holds it.

    Args:
        pretrained: the folder or the package of the network.
        digest: of its weights.
        whole: whether the model keeps these itself, since no package has them.
        unfrozen: how many of its last layers learned.
        reads: the most tokens of a text, or the side of a picture.
        dropout: the share of the last layer's inputs that is dropped in training.
        classes, mean, deviation: as in `deep.supervised.Target`.
    """

    pretrained: str
    digest: str
    whole: bool
    unfrozen: int
    reads: int
    dropout: float
    classes: int
    mean: float
    deviation: float

    @property
    def target(self) -> Target:
        """How the target is learned."""
        return Target(self.classes, self.mean, self.deviation)


class Head(nn.Module):
    """What a network says in, scores out.

    Args:
        width: of what it says.
        outputs: how many scores.
        dropout: the share of the inputs that is dropped in training.
    """

    def __init__(self, width: int, outputs: int, dropout: float) -> None:
        super().__init__()
        self.norm, self.dropout, self.scores = nn.LayerNorm(width), Dropout(dropout), nn.Linear(width, outputs)

    def forward(self, said: torch.Tensor) -> torch.Tensor:
        """Return scores `(n, outputs)` of `(n, width)`."""
        found: torch.Tensor = self.scores(self.dropout(self.norm(said)))
        return found


class Whole(nn.Module):
    """A network whose last layers learn with the head."""

    def __init__(self, body: nn.Module, head: Head) -> None:
        super().__init__()
        self.body, self.head = body, head

    def forward(self, read: torch.Tensor) -> torch.Tensor:
        """Return scores `(n, outputs)` of what the body reads."""
        found: torch.Tensor = self.head(self.body(read))
        return found


def pace(share: float) -> Callable[[str], float]:
    """Return what says at which share of the learning rate a weight of `Whole` learns: those of the body at `share`."""
    return lambda weights: share if weights.startswith("body.") else 1.0


def save(directory: Path, plan: Plan, body: nn.Module, head: Head) -> None:
    """Write what has learned and, where no package has it, the network itself; `body.network` is that."""
    from safetensors.torch import save

    learned = {f"head.{name}": held for name, held in head.state_dict().items()}
    learned |= {f"body.{name}": held for name, held in body.named_parameters() if held.requires_grad}
    architectures.write(save({name: held.contiguous() for name, held in learned.items()}), directory / _FILE)
    architectures.write((json.dumps(vars(plan), sort_keys=True) + "\n").encode(), directory / _PLAN)
    if plan.whole:
        network: Any = body.network
        weights = {name: held.contiguous() for name, held in network.state_dict().items()}
        architectures.write(save(weights), directory / _BODY)
        config = network.config.to_dict()
        config.pop("_name_or_path", None)  # where it lay says nothing of it
        told = json.dumps(config, sort_keys=True, default=str) + "\n"
        architectures.write(told.encode(), directory / pretrained.CONFIG)


def load(directory: Path, *more: str) -> tuple[Plan, nn.Module, Mapping[str, torch.Tensor]]:
    """Return what `save` wrote: the plan, the network as it was before it learned, and what has learned.

    Args:
        directory: where it was written.
        more: the files that a package has beside its network's weights and configuration.

    Raises:
        Unmet: a file is missing or damaged, or the package that has the network is not there, or is another one.
    """
    from safetensors.torch import load as parse

    plan = Plan(**json.loads(architectures.read(directory / _PLAN)))
    learned = parse(architectures.read(directory / _FILE))
    if plan.whole:
        architectures.read(directory / pretrained.CONFIG)  # proves that it is whole
        return plan, pretrained.built(directory, parse(architectures.read(directory / _BODY))), learned
    return plan, pretrained.opened(same(plan.pretrained, plan.digest, directory, *more)), learned


def same(name: str, digest: str, user: Path | str, *more: str) -> Path:
    """Return the folder of a pretrained network of which it is known what its weights were.

    Raises:
        Unmet: it is not there, or is another one.
    """
    folder = pretrained.place(name, *more)
    if pretrained.digest(folder) != digest:
        raise Unmet(
            f"{name} is not the network that {user} was trained with: its weights have another digest; install the "
            f"version of then"
        )
    return folder


def put(learned: Mapping[str, torch.Tensor], body: nn.Module, head: Head) -> None:
    """Give body and head what has learned, and make them ready to answer."""
    head.load_state_dict({name[5:]: held for name, held in learned.items() if name.startswith("head.")})
    body.load_state_dict({name[5:]: held for name, held in learned.items() if name.startswith("body.")}, strict=False)
    body.eval()
    head.eval()
