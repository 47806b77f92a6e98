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
Solved = tuple[Any, Examples, Examples, Examples]


def pairs(most: int | None = None, *, only: str = "") -> list[tuple[str, str]]:
    """Return each architecture with the kinds that it is checked on, of those whose name ends as asked."""
    return [(name, kind) for name, reads in READS.items() for kind in easy.kinds(reads)[:most] if kind.endswith(only)]


every_kind = pytest.mark.parametrize(("name", "kind"), pairs())
mixed = pytest.mark.parametrize(("name", "kind"), pairs(USUAL))
of_classes = pytest.mark.parametrize(("name", "kind"), pairs(USUAL, only="classes"))


def usual(name: str, *, only: str = "") -> str:
    """Return the most usual kind of problem for an architecture."""
    return next(kind for kind in easy.kinds(READS[name]) if kind.endswith(only))
