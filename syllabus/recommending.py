"""What a model recommends to a user: the items that stand first among those that the user has not rated in train."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from syllabus.errors import Unmet

if TYPE_CHECKING:
    import polars as pl

    from syllabus.models import Model
    from syllabus.ratings.answering import Ranker
    from syllabus.ratings.encoding import Encoding


def recommended(model: Model, user: str, count: int = 10) -> list[dict[str, Any]]:
    """Return the first items for a user: `item`, its name, and `value`, what the user would give; None for clicks.

    Of a user whom train does not have nothing is known: the first are those of all.

    Raises:
        Unmet: the model is none of ratings.
    """
    import polars as pl

    if not hasattr(model.fitted, "scores"):
        raise Unmet(f"{model.architecture} recommends nothing: it ranks no items for a user; a model of ratings does")
    learned: Encoding = model.encoding
    ranker = cast("Ranker", model.fitted)
    code = _code(learned.users, user)
    scores = ranker.scores(code).copy()
    scores[ranker.history.of(code)] = -np.inf
    left = len(scores) - len(ranker.history.of(code))
    first = [learned.items[at] for at in np.argsort(-scores, kind="stable")[: min(count, left)]]
    if learned.task.clicks or not first:
        return [{"item": item, "value": None} for item in first]
    asked = pl.LazyFrame({learned.options.user: [user] * len(first), learned.options.item: first})
    values = model.predict(asked)[:, 0].tolist()
    return [{"item": item, "value": value} for item, value in zip(first, values, strict=True)]


def samples(model: Model, test: pl.LazyFrame, count: int) -> list[dict[str, Any]]:
    """Return what is recommended to users of test: who has rated least in train, half, and most, and one who is new.

    Of each: `user`, how many the user has `rated` in train and `liked` in test, and `items`, of which `right` says
    whether the user liked it in test.
    """
    import polars as pl

    learned: Encoding = model.encoding
    asked = learned.options
    liked = pl.lit(True) if asked.liked is None else pl.col(learned.target) >= asked.liked
    named = {name: pl.col(column).cast(pl.String) for name, column in (("user", asked.user), ("item", asked.item))}
    held = test.filter(liked).select(**named)
    right: dict[str, list[str]] = dict(held.group_by("user").agg("item").collect().iter_rows())
    rated = dict(zip(learned.users, np.diff(learned.history.ends).tolist(), strict=True))
    known = sorted((rated[user], user) for user in right if user in rated)
    new = sorted(user for user in right if user not in rated)
    chosen = [*dict.fromkeys(known[at][1] for at in (0, len(known) // 2, -1) if known), *new[:1]]
    return [
        {
            "user": user,
            "rated": rated.get(user, 0),
            "liked": len(right[user]),
            "items": [one | {"right": one["item"] in right[user]} for one in recommended(model, user, count)],
        }
        for user in chosen
    ]


def _code(names: tuple[str, ...], name: str) -> int:
    at = bisect_left(names, name)
    return at if at < len(names) and names[at] == name else -1
