"""Of ratings are watched how much is new to the model, how popular the items are, and how active their users.

What is usual of that only rows tell that the model has not learned from: in train nobody is new. So these columns are
held against validation and test.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from syllabus import modalities, scoring
from syllabus.examples import Examples, Task
from syllabus.ratings import rows

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from syllabus.examination.answers import Answers
    from syllabus.monitoring.columns import Known
    from syllabus.settings import Data

KNOWS = True
ALSO = ("rmse", "ndcg_at_10")
"""A model tells values as well as ranks, whichever of them chose it."""
ARRAYS = ("user", "item", "who", "popular")


def watched(table: pl.LazyFrame, _: Sequence[Mapping[str, Any]], known: Known) -> pl.LazyFrame:
    """Return the plain columns of the pairs."""
    import polars as pl

    learned = known.encoding
    user, item = learned.options.user, learned.options.item
    yes_no = pl.Enum(["no", "yes"])

    def new(name: str, held: Sequence[str]) -> pl.Expr:
        known = rows.text(name).is_in(pl.Series(held, dtype=pl.String).implode())
        return pl.when(known).then(pl.lit("no")).otherwise(pl.lit("yes")).cast(yes_no).alias(f"new {name}")

    def counted(name: str, held: Sequence[str], counts: NDArray[Any], told: str) -> pl.Expr:
        found = rows.text(name).replace_strict(
            pl.Series(held, dtype=pl.String),
            pl.Series(counts, dtype=pl.Float64),
            default=None,
            return_dtype=pl.Float64,
        )
        return found.alias(told)

    # The gaps in these two are who and what is new, which is asked already.
    return table.select(
        new(user, learned.users),
        new(item, learned.items),
        counted(user, learned.users, np.diff(learned.history.ends), f"{item}s of the {user} in train").fill_null(0.0),
        counted(item, learned.items, learned.popularity, f"{user}s of the {item} in train").fill_null(0.0),
    )


def together(known: Known) -> pl.Expr:
    """Return the user of a pair, as a number: what one user rates, or asks about, is alike."""
    return rows.text(known.encoding.options.user).hash(0)


def fresh(_: str) -> bool:
    """Return that train tells of no column what is usual."""
    return True


def answered(given: NDArray[Any], examples: Examples) -> pl.DataFrame:
    """Return the value that each user would give, of clicks none, and the rank of the item."""
    import polars as pl

    place = pl.DataFrame({"rank": given[:, 1]})
    return place if examples.task.clicks else place.insert_column(0, pl.Series("predicted", given[:, 0]))


def truth(task: Task, given: Sequence[str]) -> Callable[[Examples], NDArray[Any]] | None:
    """Return that each row is a click, where rows are clicks; who was only asked about has not clicked."""
    from syllabus.serving.http.journal import TIME

    return (lambda examples: np.ones(len(examples))) if task.clicks and TIME not in given else None


def counted(arrays: Mapping[str, NDArray[Any]]) -> NDArray[np.bool_]:
    """Return `(n,)`: of a user and an item that stand several times the last counts, as in train."""
    import polars as pl

    pairs = pl.DataFrame({name: arrays[name] for name in ("who", "item")})
    last: NDArray[np.bool_] = pairs.select(pl.struct(pl.all()).is_last_distinct()).to_series().to_numpy()
    return last | (arrays["item"] < 0)


def judged(given: NDArray[Any], examples: Examples) -> Answers:
    """Return answers whose ranks count row by row, and are resampled by user.

    A user's NDCG grows with how many items of his there are to be found, and a batch has more or fewer of each user
    than test has.
    """
    who = examples.arrays["who"]
    alone = dict(examples.arrays) | {"who": np.arange(len(who), dtype=np.uint64)}
    found: Any = scoring.answered(given, Examples(examples.task, alone, examples.target), 0.5)
    return replace(found, blocks=who)  # type: ignore[no-any-return]


def made_of(name: str, data: Data) -> Sequence[str]:
    """Return the column, of the user or of the item, of which a watched one tells."""
    options = modalities.options(data)
    return [one for one in (options.user, options.item) if name == f"new {one}" or name.endswith(f"the {one} in train")]


def keys(data: Data) -> tuple[str, ...]:
    """Return the user and the item."""
    options = modalities.options(data)
    return options.user, options.item
