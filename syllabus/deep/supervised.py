"""What a network that answers with classes or with a number learns, and by which losses it is watched."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel
from torch.nn import functional

from syllabus import batches
from syllabus.deep import answers, chance
from syllabus.deep.loop import Places, Watch
from syllabus.examples import Examples
from syllabus.losses import loss


class Answering(Protocol):
    """A network that can be asked while it learns."""

    def predict(self, examples: Examples, pool: ThreadPoolExecutor | None = None) -> NDArray[np.float64]:
        """Return probabilities `(n, k)`, or values `(n,)`."""


@dataclass(frozen=True)
class Target:
    """How the target is learned: classes as they are, a number in deviations from its mean in train.

    Args:
        classes: how many; 0 in a regression.
        mean, deviation: of a regression's target in train.
    """

    classes: int
    mean: float = 0.0
    deviation: float = 1.0

    @classmethod
    def of(cls, train: Examples) -> Target:
        """Learn it from train."""
        if train.task.classes:
            return cls(len(train.task.classes))
        return cls(0, float(train.labels.mean()), float(train.labels.std()) or 1.0)

    @property
    def outputs(self) -> int:
        """How many scores a network gives."""
        return self.classes or 1

    def losses(self, train: Examples, smoothing: float = 0.0) -> Callable[[torch.Tensor, Places], torch.Tensor]:
        """Return what returns the losses `(n,)` of scores `(n, outputs)` for the training examples at some places."""
        # In single precision: not every device knows another.
        wanted = train.labels if self.classes else ((train.labels - self.mean) / self.deviation).astype(np.float32)
        weights = None if train.weights is None else train.weights.astype(np.float32)

        def of(scores: torch.Tensor, places: Places) -> torch.Tensor:
            asked = torch.from_numpy(wanted[places]).to(scores.device)
            if not self.classes:
                return functional.mse_loss(scores[:, 0], asked, reduction="none")
            each = functional.cross_entropy(scores, asked, label_smoothing=smoothing, reduction="none")
            return each if weights is None else each * torch.from_numpy(weights[places]).to(scores.device)

        return of

    def answered(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return probabilities `(n, k)` or values `(n,)` for scores `(n, outputs)`."""
        return answers.probabilities(scores) if self.classes else scores[:, 0] * self.deviation + self.mean


def watching(fitted: Answering, train: Examples, validation: Examples, seed: int) -> Watch:
    """Return what returns the losses on train and on validation.

    Of train as many are asked as there are to validate on, so that an epoch ends soon.
    """
    few = np.sort(chance.order(len(train), seed, 0)[: max(len(validation), 100)])
    arrays = {name: train.arrays[name][few] for name in train.arrays}
    some = replace(train, arrays=arrays, target=train.labels[few])

    def watch(pool: ThreadPoolExecutor) -> tuple[float, float]:
        return loss(fitted.predict(some, pool), some), loss(fitted.predict(validation, pool), validation)

    return watch


def key(params: BaseModel, train: Examples, validation: Examples, *files: str) -> str:
    """Return the digest of a lesson: a checkpoint of other parameters, data or code is not resumed.

    Args:
        params: the architecture's.
        train: learned from.
        validation: watched.
        files: the modules that say what the network is.
    """
    digest = hashlib.sha256(params.model_dump_json().encode())
    for examples in (train, validation):
        digest.update(examples.once("digest", partial(_digest, examples)))
    for file in files:
        digest.update(Path(file).read_bytes())
    return digest.hexdigest()


def _digest(examples: Examples) -> bytes:
    digest = hashlib.sha256(repr((examples.task, examples.columns)).encode())
    for arrays in (*examples.batches(), {"labels": examples.labels}):
        for name in sorted(arrays):
            digest.update(batches.content(arrays[name]))
    return digest.digest()
