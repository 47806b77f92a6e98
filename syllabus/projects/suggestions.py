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
    r"^(is|has|was|did)?(target|label|labels|class|classes|outcome|response|responded|result|y|dependent|churn|churned|exited|"
    r"attrition|default|defaulted|fraud|survived|survival|died|death|diagnosis|species|price|saleprice|salesprice|medv|"
    r"salary|revenue|sales|demand|consumption|bought|buys|purchased|converted|conversion|clicked|click|approved|"
    r"accepted|admitted|hired|reply|replied|answered|cancelled|canceled|returned|renewed|subscribed|deposit|paid|"
    r"spam|sentiment|delay|delayed|readmitted|failure|failed|passed|won|winner|stroke|relapse|"
    r"ziel|zielwert|ergebnis|antwort|rückmeldung|rückruf|gekauft|gekündigt|kündigung|ausfall|preis|umsatz|absatz|"
    r"cible|résultat|réponse|prix|ventes|objetivo|resultado|respuesta|precio|ventas|esito|prezzo|vendite)"
    r"(flag|value|yn)?$"
)
# Such a column is predicted as often as it helps to predict another one.
_NAMED_WEAKLY = re.compile(
    r"^(answer|disease|status|state|grade|rating|score|quality|income|amount|cost|costs|category|count|cnt|total|"
    r"volume|yield|load|usage|duration|note|klasse|anzahl|menge|wert|betrag)$"
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

    A name that says so counts most, then the last place or the first among what can be predicted, then few values; a
    key, a date, a free text or a constant is never suggested.
    """
    possible = [one for one in found if one.role in _PREDICTED]
    rated = []
    for place, one in enumerate(possible):
        reasons, rating = _reasons(typed[one.column])
        if one is found[-1]:
            reasons, rating = [*reasons, "the last column"], rating + 3
        elif place == 0 and one.role == "numeric":
            reasons, rating = [*reasons, "the first column that is no key or date"], rating + 2
        few, more = _values(typed[one.column])
        if rating + more:
            rated.append((-(rating + more), -place, Suggestion(one.column, ", ".join([*reasons, *few]))))
    return [suggestion for *_, suggestion in sorted(rated, key=lambda held: held[:2])[:MOST]]


def _reasons(column: pl.Series) -> tuple[list[str], int]:
    """Return what a column's name says of it, and how much that counts."""
    words = re.sub(r"([a-z])([A-Z])", r"\1_\2", column.name).lower()
    whole = re.sub(r"[\W_]+", "", words)
    parts = [part for part in re.split(r"[\W_]+", words) if len(part) > 1]
    if _NAMED.match(whole):
        return ["its name says so"], 8
    if any(map(_NAMED.match, parts)):
        return ["its name hints at it"], 5
    if _NAMED_WEAKLY.match(whole):
        return ["its name hints at it"], 4
    # What stands last is what it is: a quality score is a score, and a score card no target.
    if parts and _NAMED_WEAKLY.match(parts[-1]):
        return ["its name may hint at it"], 1
    return [], 0


def _values(column: pl.Series) -> tuple[list[str], int]:
    """Return how few values a column has, and how much that counts."""
    different = column.drop_nulls().n_unique()
    return ([f"{different} values"], 1) if different <= CLASSES else ([], 0)
