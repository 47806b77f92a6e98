"""What is learned of train before any model: who and what there is, who has seen what; and rows as arrays by it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from syllabus import modalities
from syllabus.batches import Apart, Batched
from syllabus.examples import Examples, Task, task_of
from syllabus.frames import ROW
from syllabus.ratings import rows, seen
from syllabus.ratings.options import CLICKS, Options
from syllabus.ratings.seen import Seen

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Data


@dataclass(frozen=True, eq=False)
class Encoding:
    """What was learned from train: who is in it, what, and who has seen what.

    Args:
        target: the column of the values.
        task: what is predicted.
        options: as declared.
        users: the names of the users of train, in order.
        items: the names of the items.
        history: what each user has seen.
    """

    target: str
    task: Task
    options: Options
    users: tuple[str, ...]
    items: tuple[str, ...]
    history: Seen

    @cached_property
    def popularity(self) -> NDArray[np.float64]:
        """How many users came to each item."""
        return self.history.counts.astype(np.float64)

    def plain(self) -> dict[str, Any]:
        """Return what JSON can hold; `encoding` reads it, with the arrays."""
        asked = self.options
        return {
            "target": self.target,
            **self.task.plain(),
            "options": asked.model_dump(mode="json"),
            "users": list(self.users),
            "items": list(self.items),
            "roles": {asked.user: "user", asked.item: "item"} | ({asked.time: "time"} if asked.time else {}),
        }

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return what users have seen."""
        return {"ends": self.history.ends, "seen": self.history.items}


def encoding(plain: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Encoding:
    """Return the encoding that wrote these."""
    users, items = tuple(plain["users"]), tuple(plain["items"])
    options = Options.model_validate_json(json.dumps(plain["options"]))
    history = Seen(np.asarray(arrays["ends"]), np.asarray(arrays["seen"]), len(items))
    return Encoding(plain["target"], task_of(plain), options, users, items, history)


def learn(train: pl.LazyFrame, data: Data) -> Encoding:
    """Learn who and what there is, and who has seen what."""
    import polars as pl

    options: Options = modalities.options(data)
    told = train.select(rows.text(options.user).alias("user"), rows.text(options.item).alias("item")).collect()
    users, items = (tuple(told[name].unique().sort().to_list()) for name in ("user", "item"))
    codes = [told[name].cast(pl.Enum(of)).to_physical().to_numpy() for name, of in (("user", users), ("item", items))]
    history = seen.seen(codes[0].astype(np.int32), codes[1].astype(np.int32), (len(users), len(items)))
    clicks = options.feedback == "clicks"
    task = Task("rating", bounds=options.range, liked=options.liked, clicks=clicks, ranked=options.ranked)
    return Encoding(data.target, task, options, users, items, history)


def examples(table: pl.LazyFrame, learned: Encoding) -> Examples:
    """Return the rows.

    - `user` and `item` `(n,) int32`: codes of those in train, from 0; -1 is cold: train does not have it
    - `count` `(n,)`: how often a user clicked; 1 for a value
    - `who` `(n,) uint64`: the same for all rows of a user, cold or not
    - `popular` `(n,)`: the rank of the item, by how many users came to it, among those that the user had not seen

    The target is the value, and 1 for a click.
    """
    import polars as pl

    asked, clicks, there = learned.options, learned.task.clicks, table.collect_schema()
    known = learned.target in there
    one = pl.lit(1.0)
    value = (one if clicks else pl.col(learned.target).cast(pl.Float64)) if known else one
    held = table.select(
        _code(asked.user, learned.users).alias("user"),
        _code(asked.item, learned.items).alias("item"),
        rows.text(asked.user).hash(0).alias("who"),
        (pl.col(CLICKS).cast(pl.Float64) if clicks and known else one).alias("count"),
        value.alias("value"),
        pl.col(ROW) if ROW in there else pl.int_range(pl.len()).alias(ROW),
    ).collect()
    arrays = {name: held[name].to_numpy() for name in ("user", "item", "who", "count")}

    def given(start: int, stop: int) -> dict[str, NDArray[Any]]:
        return {name: array[start:stop] for name, array in arrays.items()}

    def popular(start: int, stop: int) -> dict[str, NDArray[Any]]:
        users, items = (arrays[name][start:stop] for name in ("user", "item"))
        return {"popular": seen.ranks(users, items, learned.history, lambda _: learned.popularity)}

    made = Apart(Batched(tuple(arrays), len(held), given), Batched(("popular",), len(held), popular))
    return Examples(learned.task, made, held["value"].to_numpy() if known else None)


def signature(train: pl.LazyFrame, learned: Encoding) -> list[dict[str, Any]]:
    """Return what a request must give: a user and an item."""
    schema, asked = train.collect_schema(), learned.options
    named = {asked.user: "user", asked.item: "item"}
    return [{"name": name, "type": str(schema[name]), "role": role, "missing": 0.0} for name, role in named.items()]


def _code(column: str, names: tuple[str, ...]) -> pl.Expr:
    import polars as pl

    codes = rows.text(column).cast(pl.Enum(names), strict=False).to_physical()
    return codes.cast(pl.Int32).fill_null(-1)
