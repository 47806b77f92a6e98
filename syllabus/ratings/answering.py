"""What every model of ratings answers, how a fit is watched, and how its arrays lie on disk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from syllabus import architectures, losses
from syllabus.examples import Examples
from syllabus.ratings import seen
from syllabus.ratings.seen import Seen

if TYPE_CHECKING:
    Floats = NDArray[np.float64]

WATCHED = 2_000
"""A curve of ranks is about so many users, or they would take longer than the fit."""
GOAL = "let data.options.goal be ranks, where metrics of ranks choose, or the method another"
_FILE = "model.safetensors"


class Ranker(Protocol):
    """A fitted model of ratings, beyond what every one has."""

    @property
    def history(self) -> Seen:
        """What users have seen in train."""

    def values(self, examples: Examples) -> Floats:
        """Return `(n,)` values that users would give, less their bounds."""

    def scores(self, user: int) -> Floats:
        """Return `(items,)`: the higher, the better the item is for the user; user -1 is one that train does not have.

        The same bits whoever else is asked about.
        """


def answers(model: Ranker, examples: Examples) -> Floats:
    """Return `(n, 2)`: the value that the user would give, and the rank of the item among those not seen in train."""
    users, items = examples.arrays["user"], examples.arrays["item"]
    ranks = seen.ranks(users, items, model.history, model.scores)
    return np.column_stack([_bounded(model.values(examples), examples), ranks])


def loss(model: Ranker, examples: Examples) -> float:
    """Return the loss that curves show; where it is about ranks, of some users if there are many."""
    if examples.task.ranked:
        some = examples.once("watched", lambda: _watched(examples))
        return losses.loss(answers(model, some), some)
    return losses.squared_error(_bounded(model.values(examples), examples), examples.labels)


def sizes(train: Examples) -> tuple[int, int]:
    """Return how many users and items train has: they are coded from 0, and all of them are in it."""
    return int(train.arrays["user"].max()) + 1, int(train.arrays["item"].max()) + 1


def save(arrays: Mapping[str, NDArray[Any]], history: Seen, directory: Path) -> None:
    """Write the arrays of a model and what users have seen, without code."""
    from safetensors.numpy import save as content

    told = {**arrays, "seen.ends": history.ends, "seen.items": history.items, "seen.total": np.array([history.total])}
    architectures.write(content({name: np.ascontiguousarray(one) for name, one in told.items()}), directory / _FILE)


def load(directory: Path) -> tuple[dict[str, NDArray[Any]], Seen]:
    """Read what `save` wrote."""
    from safetensors.numpy import load as parse

    held = dict(parse(architectures.read(directory / _FILE)))
    history = Seen(held.pop("seen.ends"), held.pop("seen.items"), int(held.pop("seen.total")[0]))
    return held, history


def _bounded(values: Floats, examples: Examples) -> Floats:
    return values if examples.task.bounds is None else values.clip(*examples.task.bounds)


def _watched(examples: Examples) -> Examples:
    who = examples.arrays["who"]
    # A hash of the user: its remainder is chance that is the same in every fit.
    chosen = who % np.uint64(-(-len(np.unique(who)) // WATCHED)) == 0
    if chosen.all() or not chosen.any():
        return examples
    arrays = {name: examples.arrays[name][chosen] for name in ("user", "item", "who", "count")}
    return Examples(examples.task, arrays, examples.labels[chosen])
