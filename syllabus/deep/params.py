"""The parameters of the training loop, which every network's own add to."""

from __future__ import annotations

from pydantic import Field

from syllabus import architectures


class Params(architectures.Params):
    """How a network is trained: AdamW (Loshchilov and Hutter 2019), warmed up, then cooled along a cosine."""

    epochs: int = Field(default=20, ge=1)
    """How often the examples are gone through, at the most."""
    batch: int = Field(default=64, ge=1)
    """The examples of a step; on processors a multiple of 32 fits best."""
    learning_rate: float = Field(default=0.005, gt=0)
    """The highest rate, at the end of the warm-up."""
    warm_up: float = Field(default=0.1, ge=0, lt=1)
    """The share of the steps in which the rate grows to that."""
    weight_decay: float = Field(default=0.05, ge=0)
    """How much matrices shrink in a step, as a multiple of the rate; biases and scales do not."""
    clip: float = Field(default=1.0, gt=0)
    """The longest gradient: a longer one is shortened to it."""
    accumulate: int = Field(default=1, ge=1)
    """In how many turns a batch goes through the device: more take less memory, and longer."""
    patience: int = Field(default=8, ge=1)
    """Stop after so many epochs without a better loss on validation; the best weights are kept."""
