"""Texts as tokens: a vocabulary of pieces of words, learned from train, and arrays of their codes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from syllabus.errors import Unmet
from syllabus.examples import Examples

if TYPE_CHECKING:
    from tokenizers import Tokenizer

STEP = 32
"""Texts are asked about beside others of about their length: filled up to the next multiple of so many tokens."""
_LETTERS = 12
"""Letters a token, at the most, of the part of a text that is looked at: nearly all have fewer."""


def learn(examples: Examples, vocabulary: int, length: int) -> Tokenizer:
    """Learn pairs of bytes that often go together (BPE, Sennrich et al. 2016) from texts.

    Args:
        examples: of train.
        vocabulary: the most tokens, the 256 bytes and the padding included.
        length: the most tokens of a text that are kept.
    """
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

    made = Tokenizer(models.BPE())
    made.normalizer = normalizers.NFKC()
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        min_frequency=2,
        special_tokens=["[PAD]"],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    made.train_from_iterator(
        (text[: _LETTERS * length] for arrays in examples.batches() for text in arrays["text"].tolist()), trainer
    )
    made.enable_truncation(length)
    return made


def codes(tokenizer: Tokenizer, examples: Examples, length: int, *, first: int = 0) -> NDArray[np.int32]:
    """Return the tokens of each text, `(n, t) int32`, 0 beyond its end; t is the longest text's, a whole step.

    Args:
        tokenizer: makes the tokens.
        examples: with the array `text`.
        length: the most tokens of a text.
        first: the code of the first token: 1 where that one is no padding.
    """
    several = [encoded(tokenizer, arrays["text"].tolist(), length, first=first) for arrays in examples.batches()]
    width = max(some.shape[1] for some in several)
    return np.concatenate([np.pad(some, ((0, 0), (0, width - some.shape[1]))) for some in several])


def encoded(tokenizer: Tokenizer, texts: list[str], length: int, *, first: int = 0) -> NDArray[np.int32]:
    """Return the tokens of some texts, as `codes` does."""
    made = tokenizer.encode_batch_fast([text[: _LETTERS * length] for text in texts])
    found = [one.ids[:length] for one in made]
    width = min(length, STEP * max(1, -(-max(map(len, found), default=0) // STEP)))
    held = np.zeros((len(found), width), dtype=np.int32)
    for row, tokens in zip(held, found, strict=True):
        row[: len(tokens)] = np.array(tokens, dtype=np.int32) + first
    return held


def lengths(tokens: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return how many tokens each text has."""
    found: NDArray[np.int64] = (tokens != 0).sum(axis=1)
    return found


def answered(
    ask: Callable[[Examples], NDArray[np.float64]], examples: Examples, tokens: NDArray[np.int32]
) -> NDArray[np.float64]:
    """Return the answers on texts, each asked beside others of about its length: the same whichever these are.

    Args:
        ask: answers examples whose array `tokens` is of one width.
        examples: whose texts these are.
        tokens: `(n, t)`.
    """
    steps = -(-np.maximum(lengths(tokens), 1) // STEP)
    parts, places = [], []
    for step in np.unique(steps):
        at = np.flatnonzero(steps == step)
        parts.append(ask(Examples(examples.task, {"tokens": tokens[at, : step * STEP]})))
        places.append(at)
    given = np.concatenate(parts)
    return given[np.argsort(np.concatenate(places), kind="stable")]


def opened(path: Path, length: int) -> Tokenizer:
    """Return the tokenizer of a pretrained encoder, which cuts texts.

    Raises:
        Unmet: the file holds none.
    """
    from tokenizers import Tokenizer

    try:
        made = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises nothing narrower
        raise Unmet(f"{path} holds no tokenizer: {error}") from None
    made.no_padding()
    made.enable_truncation(length)
    return made


def text(tokenizer: Tokenizer) -> bytes:
    """Return a tokenizer as JSON."""
    told: str = tokenizer.to_str(pretty=False)
    return told.encode()


def parsed(content: bytes) -> Any:
    """Return the tokenizer that `text` wrote."""
    from tokenizers import Tokenizer

    return Tokenizer.from_str(content.decode())
