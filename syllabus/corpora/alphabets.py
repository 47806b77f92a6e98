"""In which codes a text is read: pieces learned from train by byte-pair encoding, or bytes. Code 0 ends a document."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from syllabus.errors import Unmet

if TYPE_CHECKING:
    from tokenizers import Tokenizer

END = 0
BYTES = 257
"""The codes of the smallest alphabet: the end, and the byte b as b + 1."""
_END = "<|end|>"
_LONGEST = 10_000
"""A longer line is read in parts: what is learned or split at a time stays small, whatever the text."""
_LINES = 5_000


class Alphabet(Protocol):
    """What stands for which bytes."""

    @property
    def size(self) -> int:
        """How many codes there are, the end among them."""

    def codes(self, text: str) -> NDArray[np.int32]:
        """Return the codes of a text, `(t,)`, without an end."""

    def bytes_of(self, code: int) -> bytes:
        """Return what a code stands for; nothing for the end."""


class Bytes:
    """Each byte of UTF-8 is a code."""

    size = BYTES

    def codes(self, text: str) -> NDArray[np.int32]:
        """Return the codes of a text."""
        return np.frombuffer(text.encode(), np.uint8).astype(np.int32) + 1

    def bytes_of(self, code: int) -> bytes:
        """Return what a code stands for."""
        return bytes([code - 1]) if code else b""


@dataclass(frozen=True)
class Pieces:
    """Pieces of text, none longer than a line: byte-pair encoding over bytes, as GPT-2 splits words.

    Args:
        told: the tokenizer as `tokenizers` writes it.
    """

    told: dict[str, Any]

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        tokenizer: Tokenizer = _library().Tokenizer.from_str(json.dumps(self.told))
        tokenizer.encode_special_tokens = True  # what the text says is text
        return tokenizer

    @cached_property
    def _held(self) -> list[bytes]:
        known = self._tokenizer.get_vocab(with_added_tokens=True)
        signs = {sign: byte for byte, sign in _signs().items()}
        held = {code: b"" if code == END else bytes(signs[sign] for sign in piece) for piece, code in known.items()}
        return [held[code] for code in range(len(held))]

    @property
    def size(self) -> int:
        """How many there are, the end among them."""
        return int(self._tokenizer.get_vocab_size(with_added_tokens=True))

    @property
    def longest(self) -> list[str]:
        """What the pieces say, the longest first."""
        return [
            piece.decode("utf-8", "replace") for piece in sorted(self._held, key=lambda piece: (-len(piece), piece))
        ]

    def codes(self, text: str) -> NDArray[np.int32]:
        """Return the codes of a text; a text that says `<|end|>` says just that, and ends nothing."""
        found, lines = [np.empty(0, np.int32)], _lines([text])
        while some := list(islice(lines, _LINES)):
            read = self._tokenizer.encode_batch_fast(some, add_special_tokens=False)
            found.append(np.concatenate([np.array(one.ids, np.int32) for one in read]))
        return np.concatenate(found)

    def bytes_of(self, code: int) -> bytes:
        """Return what a code stands for."""
        return self._held[code]


def learn(texts: Iterable[str], size: int) -> Pieces:
    """Learn pieces from texts: the pair of pieces that stands most often becomes one, until there are so many."""
    tokenizers = _library()
    from tokenizers import models, pre_tokenizers, trainers

    tokenizer = tokenizers.Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=[_END],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        min_frequency=2,
        show_progress=False,
    )
    tokenizer.train_from_iterator(_lines(texts), trainer)
    return Pieces(json.loads(tokenizer.to_str()))


def _lines(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        for line in text.splitlines(keepends=True):
            yield from (line[start : start + _LONGEST] for start in range(0, len(line), _LONGEST))


def _library() -> Any:
    # It would warn whenever a process that has used it forks.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        import tokenizers
    except ImportError:
        raise Unmet('texts are split by tokenizers, which is not installed: pip install "syllabus[corpus]"') from None
    return tokenizers


def _signs() -> dict[int, str]:
    """Return the sign by which byte-pair encoding writes each byte: itself where it is seen (GPT-2's table)."""
    seen = [*range(33, 127), *range(161, 173), *range(174, 256)]
    unseen = [byte for byte in range(256) if byte not in seen]
    return {byte: chr(byte) for byte in seen} | {byte: chr(256 + place) for place, byte in enumerate(unseen)}
