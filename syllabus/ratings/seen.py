"""Who has seen what in train, and at which rank an item stands among those that its user has not seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Seen:
    """The items of each user, as a sparse matrix holds them.

    Args:
        ends: `(users + 1,)`: where the items of each user begin and end.
        items: their codes, in order within each user.
        total: how many items there are.
    """

    ends: Codes
    items: Codes
    total: int

    def of(self, user: int) -> Codes:
        """Return the items of a user; none of one that train does not have, code -1."""
        return self.items[:0] if user < 0 else self.items[self.ends[user] : self.ends[user + 1]]

    @cached_property
    def counts(self) -> Codes:
        """`(items,)`: how many users have seen each."""
        return np.bincount(self.items, minlength=self.total)


def seen(users: NDArray[np.int32], items: NDArray[np.int32], count: tuple[int, int]) -> Seen:
    """Return who has seen what, of `(n,)` codes, none of them -1, and how many users and items there are."""
    order = np.lexsort((items, users))
    ends = np.zeros(count[0] + 1, np.int64)
    np.cumsum(np.bincount(users, minlength=count[0]), out=ends[1:])
    return Seen(ends, items[order].astype(np.int64), count[1])


def ranks(users: NDArray[np.int32], items: NDArray[np.int32], history: Seen, scores: Callable[[int], Floats]) -> Floats:
    """Return `(n,)` ranks, from 1, of items among those that their user has not seen in train.

    Items of one score share the middle of their ranks, so that one score for all gains nothing. An item that train
    does not have stands behind all that it has. One user's scores are in memory at a time.

    Args:
        users: `(n,)`; -1 is one that train does not have.
        items: `(n,)`; -1 is one that train does not have.
        history: what users have seen.
        scores: returns `(m,)` scores of all items for a user; the higher, the better it is for the user.
    """
    found = np.empty(len(users))
    order = np.argsort(users, kind="stable")
    for some in np.split(order, np.flatnonzero(np.diff(users[order])) + 1) if len(users) else ():
        user = int(users[some[0]])
        of, held = scores(user), history.of(user)
        left = np.ones(len(of), bool)
        left[held] = False
        others = np.sort(of[left])
        at = items[some]
        own = of[at]
        below, above = np.searchsorted(others, own, "left"), np.searchsorted(others, own, "right")
        level = above - below - left[at]
        found[some] = np.where(at < 0, len(others) + 1, 1 + len(others) - above + level / 2)
    return found
