"""What is set, and searched for, of a network that was pretrained elsewhere and of what learns upon it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from syllabus.deep import params

if TYPE_CHECKING:
    from optuna.trial import BaseTrial


class Params(params.Params):
    """Parameters of what stands upon a pretrained network, and of how much of that learns."""

    pretrained: str = "pretrained"
    """A folder with `config.json` and `model.safetensors`, as transformers writes them, or an installed package that
    has such a one. A model keeps a folder's weights; a package's it finds again by its name and their digest."""
    unfrozen: int = Field(default=0, ge=0, le=10_000)
    """The last layers with weights that learn; with 0 the network is asked about each example once, and all epochs
    together take no longer than that."""
    pace: float = Field(default=0.01, gt=0, le=1)
    """The share of the learning rate at which the network's own layers learn."""
    epochs: int = Field(default=30, ge=1)
    """How often the examples are gone through, at the most; with unfrozen layers a few are enough."""
    dropout: float = Field(default=0.1, ge=0, lt=1)
    """The share of the last layer's inputs that is dropped in training."""
    label_smoothing: float = Field(default=0.0, ge=0, lt=1)
    """How much of the probability a class label leaves to the other classes."""


def space(trial: BaseTrial) -> dict[str, Any]:
    """Choose how fast it learns, and what holds it back; how much of it learns is a matter of time, and declared."""
    return {
        "learning_rate": trial.suggest_float("learning_rate", 5e-4, 2e-2, log=True),
        "pace": trial.suggest_float("pace", 2e-3, 5e-2, log=True),
        "weight_decay": trial.suggest_float("weight_decay", 1e-3, 0.3, log=True),
        "dropout": trial.suggest_float("dropout", 0.0, 0.5),
        "label_smoothing": trial.suggest_float("label_smoothing", 0.0, 0.2),
    }
