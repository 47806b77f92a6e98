"""Documents that say nearly the same: MinHash over runs of words (Broder 1997), and sets of those that agree enough.

Each set is those that are like its first document. Likeness by steps would join documents that are not alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from syllabus.errors import Unmet

if TYPE_CHECKING:
    from collections.abc import Iterable

RUN = 5
"""The words of a run; a text of fewer is one run."""
_HASHES = 128
_BANDS = 32
_SEED = 1
_AT_A_TIME = 10_000


def sketch(text: str) -> Any:
    """Return a few numbers by which the share of runs that two texts have in common can be told.

    Raises:
        Unmet: the library is not installed.
    """
    try:
        from rensa import RMinHash
    except ImportError:
        raise Unmet('alike texts are found by rensa, which is not installed: pip install "syllabus[corpus]"') from None
    found, runs = RMinHash(num_perm=_HASHES, seed=_SEED), _runs(text)
    while some := list(islice(runs, _AT_A_TIME)):
        found.update(some)
    return found


def _runs(text: str) -> Iterator[str]:
    """Yield the runs of words, in lower case and without punctuation; without any word, the text itself."""
    words = (match[0].lower() for match in re.finditer(r"\w+", text))
    held = list(islice(words, RUN))
    yield " ".join(held) or text.strip()
    for word in words:
        held = [*held[1:], word]
        yield " ".join(held)


def first(sketches: Iterable[Any], threshold: float) -> list[int]:
    """Return for each text the place of the first one of its set.

    Args:
        sketches: of the texts, in order.
        threshold: the share of runs that those of a set have in common with its first.
    """
    from rensa import RMinHashLSH

    # Bands of four find nearly every pair from a half on; each pair that is found is then compared.
    index = RMinHashLSH(threshold, _HASHES, _BANDS)
    firsts: dict[int, Any] = {}
    found = []
    for place, one in enumerate(sketches):
        near = [other for other in sorted(index.query(one)) if firsts[other].jaccard(one) >= threshold]
        found.append(near[0] if near else place)
        if not near:
            firsts[place] = one
            index.insert(place, one)
    return found
