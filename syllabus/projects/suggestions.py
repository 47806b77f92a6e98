"""Which column is likely to be predicted, where nobody has said it: by its name, its place and its values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from syllabus.projects.roles import Finding
from syllabus.projects.tasks import CLASSES

if TYPE_CHECKING:
    import polars as pl

MOST = 3
"""How many columns are suggested."""
_PREDICTED = ("numeric", "categorical", "boolean")
_NAMED = re.compile(
    r"^(is|has|was)?(target|label|labels|class|classes|outcome|response|answer|result|y|dependent|churn|churned|exited|"
    r"attrition|default|defaulted|fraud|survived|diagnosis|disease|status|grade|rating|score|quality|species|price|"
    r"saleprice|salesprice|medv|salary|income|revenue|sales|cost|amount|demand|consumption|bought|buys|purchased|"
    r"converted|clicked|click|approved|spam|sentiment|category|delay|readmitted)(flag|value|yn)?$"
)


@dataclass(frozen=True)
class Suggestion:
    """A column that may be what is to be predicted.

    Args:
        column: its name.
        why: the reasons, in words.
    """

    column: str
    why: str


def suggestions(typed: pl.DataFrame, found: Sequence[Finding]) -> list[Suggestion]:
    """Return the likeliest targets among the columns of a sample, the likeliest first.

    A name that says so counts most, then the last place, then few values; a key, a date, a free text or a constant is
    never suggested.
    """
    rated = []
    for place, one in enumerate(found):
        if one.role not in _PREDICTED:
            continue
        reasons, rating = _reasons(typed[one.column], last=place == len(found) - 1)
        if rating:
            rated.append((-rating, -place, Suggestion(one.column, ", ".join(reasons))))
    return [suggestion for *_, suggestion in sorted(rated, key=lambda held: held[:2])[:MOST]]


def _reasons(column: pl.Series, *, last: bool) -> tuple[list[str], int]:
    reasons, rating = [], 0
    words = re.sub(r"([a-z])([A-Z])", r"\1_\2", column.name).lower()
    whole = re.sub(r"[\W_]+", "", words)
    if _NAMED.match(whole):
        reasons.append("its name says so")
        rating += 8
    elif any(_NAMED.match(part) and len(part) > 1 for part in re.split(r"[\W_]+", words)):
        reasons.append("its name hints at it")
        rating += 4
    if last:
        reasons.append("the last column")
        rating += 3
    if (different := column.drop_nulls().n_unique()) <= CLASSES:
        reasons.append(f"{different} values")
        rating += 1
    return reasons, rating
