"""Where one long text falls into documents: at its headings, or at what stands between them."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

ENOUGH, FEWEST = 50, 10
"""So many documents can be shared out into parts well, and so many at all."""
LEAST = 200
"""Documents of fewer letters on average hardly say how a text goes on."""
SEPARATORS = ("<|endoftext|>", "\n\n\n\n", "\n\n\n", "\n---\n", "\n***\n", "\n\n")


def cut(text: str) -> tuple[dict[str, Any], int] | None:
    """Return what `data.options` says of where a text is cut, and into how many documents; None where nothing cuts it.

    The highest level of headings that gives enough documents is taken, then the first separator that does, then
    whatever gives most.
    """
    ways = [*_headings(text), *_separators(text)]
    able = [(how, count) for how, count in ways if count >= FEWEST and len(text) / count >= LEAST]
    enough = [one for one in able if one[1] >= ENOUGH]
    return enough[0] if enough else max(able, key=lambda one: one[1], default=None)


def _headings(text: str) -> list[tuple[dict[str, Any], int]]:
    levels = Counter(len(found[1]) for found in re.finditer(r"^(#{1,6})[ \t]+\S", text, re.MULTILINE))
    return [({"heading": level}, sum(levels[one] for one in range(1, level + 1))) for level in sorted(levels)]


def _separators(text: str) -> list[tuple[dict[str, Any], int]]:
    return [({"separator": one}, sum(bool(piece.strip()) for piece in text.split(one))) for one in SEPARATORS]
