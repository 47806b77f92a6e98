"""Text that a language model writes: one piece after another, as it comes, from a seed.

The model says how likely each code comes next; which one is taken is decided here, in one way for every architecture.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
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


def write(model: Model, prompt: str, asked: Samples, *, seed: int) -> Iterator[str]:
    """Yield what a model writes after the prompt, as soon as it is known to belong to it.

    It ends with the document, at one of the declared texts, or after so many pieces. What could yet turn out to be the
    beginning of such a text, or is a part of a sign, is held back until that is known.

    Raises:
        Unmet: the model is no language model.
    """
    alphabet, fitted = _alphabet(model), model.fitted
    codes: Iterator[int] = getattr(fitted, "continued")(  # noqa: B009  # of those that learn language alone
        alphabet.codes(prompt), chosen(asked.temperature, asked.top_p, seed)
    )
    decoder, held = codecs.getincrementaldecoder("utf-8")("replace"), ""
    for _, code in zip(range(asked.tokens), codes, strict=False):
        held += decoder.decode(alphabet.bytes_of(code))
        for stop in asked.stop:
            if stop and stop in held:
                yield held.partition(stop)[0]
                return
        sure = len(held) - max((_begins(held, stop) for stop in asked.stop), default=0)
        if sure:
            yield held[:sure]
            held = held[sure:]
    yield held + decoder.decode(b"", final=True)


def pieces(model: Model) -> list[str]:
    """Return the longest pieces in which a model reads text; none where it reads bytes."""
    return list(getattr(_alphabet(model), "longest", []))


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


def _alphabet(model: Model) -> Alphabet:
    known: Any = getattr(model.encoding, "alphabets", None)
    if known is None:
        raise Unmet(
            f"{model.architecture} of {model.modality} predicts, and writes no text: only a language model does"
        )
    # It reads one array, in whose codes it also answers.
    (array,) = architectures.load(model.architecture).READS
    alphabet: Alphabet = known[array]
    return alphabet


def _begins(text: str, stop: str) -> int:
    """Return how many signs at the end of a text are the beginning of `stop`."""
    return next((n for n in range(min(len(stop) - 1, len(text)), 0, -1) if text.endswith(stop[:n])), 0)
