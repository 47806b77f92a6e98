"""A network for pictures that was pretrained elsewhere, as it is, or with its last layers tuned to these pictures."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from syllabus import architectures, frozen
from syllabus.deep import tuned
from syllabus.examples import Examples

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    import torch

    from syllabus.batches import Arrays
    from syllabus.deep.sight import Eye, Seen
    from syllabus.deep.upon import Head, Plan

READS = frozenset({"image"})
TASKS = frozenset({"classification", "regression"})
SEARCH: dict[str, Any] = {}
SIDE_BY_SIDE = False
WEIGHTED = True
NEEDS = {"torch": "deep", "transformers": "pretrained"}
space = tuned.space
_SEEN = "pictures.json"


class Params(tuned.Params):
    """Parameters of what stands upon the network, and of how much of it learns."""

    pretrained: str = "pretrained"
    """A folder with `config.json` and `model.safetensors`, as timm and transformers write them, or an installed package
    that has such a one. A model keeps a folder's weights; a package's it finds again by its name and their digest."""
    side: int | None = Field(default=None, ge=8, le=4096)
    """The height and width to which pictures are brought; by default those at which the network was trained."""
    shift: float = Field(default=0.0, ge=0, le=0.5)
    """While unfrozen layers learn, pictures are moved by up to this share of their sides."""
    rotate: float = Field(default=0.0, ge=0, le=180)
    """Then they are turned by up to so many degrees."""
    zoom: float = Field(default=0.0, ge=0, lt=1)
    """Then they are made larger or smaller by up to this share."""
    flip: Literal["none", "horizontal", "both"] = "none"
    """Then half of them are mirrored: left and right, or also top and bottom."""


def files(params: Params) -> list[str]:
    """Return the folder of the network, where no package has it."""
    return frozen.files(params.pretrained)


@dataclass(frozen=True)
class Fitted:
    """A pretrained network, and what has learned upon it."""

    eye: Eye
    head: Head
    plan: Plan
    how: Seen

    def said(self, examples: Examples, pool: ThreadPoolExecutor | None = None) -> Examples:
        """Return the examples as what the network says of them alone: `said` `(n, width)`."""
        from syllabus.deep import answers

        found = answers.answered(self.eye, examples, _pictures, pool)
        return Examples(examples.task, {"said": found.astype(np.float32)}, examples.target)

    def predict(self, examples: Examples, pool: ThreadPoolExecutor | None = None) -> NDArray[np.float64]:
        """Return probabilities `(n, k)`, or values `(n,)`; of pictures, or of what is said of these."""
        from syllabus.deep import answers

        known = self.said(examples, pool) if "image" in examples.arrays else examples
        return self.plan.target.answered(answers.answered(self.head, known, _said, pool))

    def save(self, directory: Path) -> None:
        """Write what has learned and, where no package has it, the network, as safetensors, the rest as JSON."""
        from syllabus.deep import upon

        upon.save(directory, self.plan, self.eye, self.head)
        architectures.write((json.dumps(vars(self.how), sort_keys=True) + "\n").encode(), directory / _SEEN)


def fit(params: Params, train: Examples, validation: Examples, *, seed: int, report: architectures.Report) -> Fitted:
    """Train what stands upon the network, and its last layers where they learn; validation chooses the weights."""
    import torch

    from syllabus.deep import loop, pretrained, sight, supervised, upon
    from syllabus.deep.augmentation import Augmentation

    folder, whole = pretrained.place(params.pretrained), not pretrained.is_package(params.pretrained)
    target, digest, how = supervised.Target.of(train), pretrained.digest(folder), sight.seen(folder)
    eye = sight.opened(folder, params.side, params.unfrozen)
    torch.manual_seed(seed)
    head = upon.Head(eye.width, target.outputs, params.dropout)
    about = (params.pretrained, digest, whole, params.unfrozen, eye.side, params.dropout)
    fitted = Fitted(eye, head, upon.Plan(*about, **vars(target)), how)
    read, watched = train, validation
    if not params.unfrozen:
        asked = ("backbone said", digest, eye.side)
        read = train.once(asked, lambda: fitted.said(train))
        watched = validation.once(asked, lambda: fitted.said(validation))
    learner = upon.Whole(eye, head) if params.unfrozen else head
    losses = target.losses(train, params.label_smoothing)
    held = read.arrays["image" if params.unfrozen else "said"]
    change = Augmentation(params.shift, params.rotate, params.zoom, params.flip)

    def loss(places: NDArray[np.int64], generator: torch.Generator) -> torch.Tensor:
        some = torch.from_numpy(held[places]).to(head.scores.weight.device)
        said = eye.said(change.apply(eye.normal(some), generator)) if params.unfrozen else some
        return losses(head(said), places).sum()

    watch = supervised.watching(fitted, read, watched, seed)
    key = supervised.key(params, read, watched, __file__, upon.__file__) + digest
    lesson = loop.Lesson("backbone", learner, loss, len(train), watch, key, pace=upon.pace(params.pace))
    loop.fit(lesson, params, seed=seed, report=report)
    return fitted


def load(directory: Path) -> Fitted:
    """Read what `save` wrote.

    Raises:
        Unmet: a file is missing or damaged, or the package that has the network is not there, or is another one.
    """
    from syllabus.deep import sight, upon

    how = sight.Seen(**json.loads(architectures.read(directory / _SEEN)))
    plan, network, learned = upon.load(directory)
    eye = sight.Eye(network, how, plan.reads, plan.unfrozen)
    head = upon.Head(eye.width, plan.target.outputs, plan.dropout)
    upon.put(learned, eye, head)
    return Fitted(eye, head, plan, how)


def _pictures(arrays: Arrays) -> torch.Tensor:
    import torch

    return torch.from_numpy(np.array(arrays["image"]))


def _said(arrays: Arrays) -> torch.Tensor:
    import torch

    return torch.from_numpy(np.array(arrays["said"]))
