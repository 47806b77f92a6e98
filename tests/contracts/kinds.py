"""On which problems the contract of architectures is checked: each on those whose arrays it reads."""

from __future__ import annotations

from typing import Any

import easy
import pytest

from syllabus import architectures
from syllabus.examples import Examples

READS = {name: architectures.load(name).READS for name in architectures.names()} | {"mine": easy.TABLES}
NAMES = list(READS)
USUAL = 3
"""So many of an architecture's kinds, the first ones, are enough for what does not differ much among them."""
TELLING = {"mixed columns, two classes", "numbers alone, three classes", "categories alone, a number"}
"""Of the kinds of tables, those that a network, which takes long to fit, is checked on."""
Solved = tuple[Any, Examples, Examples, Examples]


def pairs(most: int | None = None, *, only: str = "") -> list[tuple[str, str]]:
    """Return each architecture with the kinds that it is checked on, of those whose name ends as asked."""
    return [(name, kind) for name in READS for kind in kinds(name)[:most] if kind.endswith(only)]


def kinds(name: str) -> list[str]:
    """Return the kinds that an architecture is checked on, the most usual first: of a network fewer."""
    found = easy.kinds(READS[name])
    needs = {} if name == "mine" else getattr(architectures.load(name), "NEEDS", {})
    if not needs or len(found) < 3:
        return found
    if "transformers" in needs:
        return found[1:2]  # its import alone takes long; tests/deep/test_pretrained.py has more
    return [kind for kind in found if kind in TELLING] or found[::2]


every_kind = pytest.mark.parametrize(("name", "kind"), pairs())
mixed = pytest.mark.parametrize(("name", "kind"), pairs(USUAL))
of_classes = pytest.mark.parametrize(("name", "kind"), pairs(USUAL, only="classes"))


def usual(name: str, *, only: str = "") -> str:
    """Return the most usual kind of problem for an architecture."""
    return next(kind for kind in easy.kinds(READS[name]) if kind.endswith(only))
