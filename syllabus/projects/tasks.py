"""What is to be predicted: one of some classes or a number, by the target's type and how many values it has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from syllabus.errors import Unmet
from syllabus.settings import Kind
from syllabus.targets import LARGEST

if TYPE_CHECKING:
    import polars as pl

CLASSES = 20
"""The most values of a number for it to name classes."""
TEXTS, SHARE = 100, 0.05
"""More texts, and more of them for each row, are not taken for classes."""


@dataclass(frozen=True)
class Task:
    """What is predicted, and why it is taken for that.

    Args:
        kind: classification or regression.
        evidence: what was seen, in words.
        smallest: for classes, the share of the rarest one in the sample.
        classes: how many there are.
        log: whether a number is so skewed that its logarithm is learned more easily.
    """

    kind: Literal["classification", "regression"]
    evidence: str
    smallest: float = 1.0
    classes: int = 0
    log: bool = False


def task(target: pl.Series, asked: Kind | None = None, unread: str = "") -> Task:
    """Tell the task by a sample of the target, its values typed.

    Args:
        target: its values.
        asked: what a person says that it is.
        unread: what stood in the way of reading numbers in its texts.

    Raises:
        Unmet: the target is empty, always the same, or a date; its texts are too many for classes, or no numbers where
            a number is asked for.
    """
    import polars as pl

    known = target.drop_nulls()
    different = known.n_unique()
    if different < 2:
        held = f"always {known[0]}" if len(known) else "empty"
        raise Unmet(f"the target {target.name} is {held} in the rows that were looked at: there is nothing to learn")
    if target.dtype.is_temporal():
        raise Unmet(f"the target {target.name} holds dates: predict a number or a class, such as the days until then")
    if target.dtype.is_numeric() and asked != "classification":
        whole = target.dtype.is_integer() or bool((known == known.floor()).all())
        if asked or not (whole and (different == 2 or (different <= CLASSES and different < 0.05 * len(known)))):
            return _number(known, different)
    if asked == "regression":
        raise Unmet(f"--task regression: the target {target.name} holds no numbers, but {_several(known)}")
    if target.dtype == pl.String and asked is None and different > max(TEXTS, SHARE * len(known)):
        raise Unmet(
            f"the target {target.name} holds {different:,} different texts, such as {_several(known)}: too many to be "
            f"classes{f'; {unread}' if unread else ''}; --task regression reads the numbers among them, "
            f"--task classification takes every text as a class"
        )
    counts = known.value_counts(sort=True)
    share = counts["count"][-1] / len(known)
    rare = counts[target.name][-1]
    told = f"{different} values; the rarest, {rare}, in {100 * share:.3g} % of the rows"
    return Task("classification", told, share, different)


def way(found: Task) -> str:
    """Return how rows are shared out where none belong together."""
    return "stratified" if found.kind == "classification" else "random"


def metric(found: Task) -> str:
    """Return by what the winner is chosen: of two classes by how they are ranked, the rare one by its precision."""
    if found.kind == "regression":
        return "rmse"
    if found.classes != 2:
        return "log_loss"
    return "pr_auc" if found.smallest < 0.1 else "roc_auc"


def _several(known: pl.Series) -> str:
    """Return some of the values, the most frequent first."""
    import polars as pl

    frequent = known.value_counts(sort=True, name="count").sort("count", known.name, descending=[True, False])
    texts = frequent[known.name].cast(pl.String).head(3)
    return ", ".join(f'"{text if len(text) <= 24 else f"{text[:23]}…"}"' for text in texts)


def _number(known: pl.Series, different: int) -> Task:
    values = known.cast(float).to_numpy()
    least, most = float(values.min()), float(values.max())
    if not 1 / LARGEST <= np.abs(values).max() <= LARGEST:
        raise Unmet(
            f"the target {known.name} holds numbers from {least:g} to {most:g}, and a regression predicts numbers "
            f"whose largest is between {1 / LARGEST:g} and {LARGEST:g}: give it another unit"
        )
    told = f"a number from {least:g} to {most:g}, {different} values"
    skew = _skew(values)
    log = least >= 0 and skew > 1.5 and abs(_skew(np.log1p(values))) < skew / 2
    return Task("regression", told + (f", skewed to the right ({skew:.1f})" if log else ""), log=log)


def _skew(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    # Skew knows no unit, and the cube of what is at most 1 is always a number.
    largest = np.abs(values).max()
    values = values / largest if largest else values
    spread = values.std()
    return float((((values - values.mean()) / spread) ** 3).mean()) if spread else 0.0
