"""Text that a language model writes: one piece after another, as it comes, from a seed.

The model says how likely each code comes next; which one is taken is decided here, in one way for every architecture.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from syllabus import architectures
from syllabus.errors import Unmet

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from syllabus.corpora.alphabets import Alphabet
    from syllabus.models import Model
    from syllabus.settings import Samples

Choose = Callable[["NDArray[np.float64]"], int]
"""Returns the code that is taken, given the logarithm of how likely each one is, less any constant."""


class Telling:
    """Makes text of codes as they come.

    What could yet turn out to be the beginning of a text at which it ends, or is a part of a sign, is held back until
    that is known.

    Args:
        alphabet: in which the codes are.
        stop: texts at which it ends; they are not told.

    Attributes:
        ended: whether one of them was reached.
    """

    def __init__(self, alphabet: Alphabet, stop: Sequence[str]) -> None:
        self.ended = False
        self._alphabet, self._stop = alphabet, tuple(one for one in stop if one)
        self._decoder, self._held = codecs.getincrementaldecoder("utf-8")("replace"), ""

    def told(self, code: int) -> str:
        """Return what is known to belong to the text with this code; it may be nothing."""
        self._held += self._decoder.decode(self._alphabet.bytes_of(code))
        for stop in self._stop:
            if stop in self._held:
                self.ended = True
                return self._held.partition(stop)[0]
        sure = len(self._held) - max((_begins(self._held, stop) for stop in self._stop), default=0)
        said, self._held = self._held[:sure], self._held[sure:]
        return said

    def rest(self) -> str:
        """Return what was held back, where no code comes any more."""
        return "" if self.ended else self._held + self._decoder.decode(b"", final=True)


def write(model: Model, prompt: str, asked: Samples, *, seed: int) -> Iterator[str]:
    """Yield what a model writes after the prompt, as soon as it is known to belong to it.

    It ends with the document, at one of the declared texts, or after so many pieces.

    Raises:
        Unmet: the model is no language model.
    """
    known, fitted = alphabet(model), model.fitted
    codes: Iterator[int] = getattr(fitted, "continued")(  # noqa: B009  # of those that learn language alone
        known.codes(prompt), chosen(asked.temperature, asked.top_p, seed)
    )
    telling = Telling(known, asked.stop)
    for _, code in zip(range(asked.tokens), codes, strict=False):
        if said := telling.told(code):
            yield said
        if telling.ended:
            return
    yield telling.rest()


def pieces(model: Model) -> list[str]:
    """Return the longest pieces in which a model reads text; none where it reads bytes."""
    return list(getattr(alphabet(model), "longest", []))


def chosen(temperature: float, top_p: float, seed: int) -> Choose:
    """Return what takes a code: the likeliest at temperature 0, else one by chance, of those that are likely enough."""
    random = np.random.default_rng(seed)

    def choose(logits: NDArray[np.float64]) -> int:
        if not temperature:
            return int(logits.argmax())
        raised = np.exp((logits - logits.max()) / temperature)
        order = np.argsort(-raised, kind="stable")
        reached = raised[order].cumsum()
        # The one with which the share is reached still belongs to it.
        kept = int(np.searchsorted(reached, top_p * reached[-1])) + 1
        place = np.searchsorted(reached[:kept], random.random() * reached[:kept][-1], side="right")
        return int(order[min(int(place), kept - 1)])

    return choose


def alphabet(model: Model) -> Alphabet:
    """Return in which codes a model reads and writes.

    Raises:
        Unmet: the model is no language model.
    """
    known: Any = getattr(model.encoding, "alphabets", None)
    if known is None:
        raise Unmet(
            f"{model.architecture} of {model.modality} predicts, and writes no text: only a language model does"
        )
    # It reads one array, in whose codes it also answers.
    (array,) = architectures.load(model.architecture).READS
    found: Alphabet = known[array]
    return found


def _begins(text: str, stop: str) -> int:
    """Return how many signs at the end of a text are the beginning of `stop`."""
    return next((n for n in range(min(len(stop) - 1, len(text)), 0, -1) if text.endswith(stop[:n])), 0)
