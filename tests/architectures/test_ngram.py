"""The n-grams: probabilities as Chen and Goodman (1999) define them, computed here anew in the plainest way."""

from __future__ import annotations

from collections import Counter
from typing import Any

import easy
import numpy as np
import polars as pl
import pytest

from syllabus.architectures import ngram
from syllabus.examples import Task
from syllabus.modalities import corpus

TEXTS = ["abracadabra", "abracabra abra", "a cab, a crab, a bar", "bra bra cadabra", "zza", "zzab zzac"]


def read(texts: list[str]) -> Any:
    return corpus.examples(pl.LazyFrame({"text": texts}), corpus.Encoding(Task("language"), None))


def counts(order: int) -> list[Counter[tuple[int, ...]]]:
    """Return how often each run is there, of every length: of the shorter ones, after how many different symbols."""
    found: Counter[tuple[int, ...]] = Counter()
    levels = []
    for length in range(order, 0, -1):
        if length == order:
            for text in TEXTS:
                symbols = [0] * (order - 1) + [byte + 1 for byte in text.encode()] + [0]
                found.update(tuple(symbols[at : at + order]) for at in range(len(symbols) - order + 1))
        else:
            longer: Counter[tuple[int, ...]] = Counter()
            for text in TEXTS:
                symbols = [0] * length + [byte + 1 for byte in text.encode()] + [0]
                longer.update(tuple(symbols[at : at + length + 1]) for at in range(len(symbols) - length))
            found = Counter(run[1:] for run in longer)
        levels.append(found)
        found = Counter()
    return levels[::-1]


def likely(levels: list[Counter[tuple[int, ...]]], before: tuple[int, ...], symbol: int) -> float:
    if not levels:
        return 1 / 257
    here, back = levels[-1], len(levels) - 1
    below = likely(levels[:-1], before, symbol)
    history = before[len(before) - back :]
    following = {run[-1]: n for run, n in here.items() if run[:-1] == history}
    if not following:
        return below
    taken = {n: ngram._discounts(np.array(list(here.values())))[min(n, 3)] for n in set(here.values())}
    total = sum(following.values())
    left = sum(taken[n] for n in following.values()) / total
    n = following.get(symbol, 0)
    return (n - taken[n]) / total + left * below if n else left * below


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_probabilities_are_those_of_interpolated_kneser_ney(order: int) -> None:
    train = read(TEXTS)
    fitted = easy.fitted(ngram, train, train, order=order)
    assert len(fitted.levels) == order
    levels = counts(order)
    for before in ("abra", "cad", "zz", "", "xyz"):
        symbols = (0,) * 6 + tuple(byte + 1 for byte in before.encode())
        key = ngram._keys(np.array(symbols[-6:]), 6)
        found = fitted.likely(key)[0]
        assert found.sum() == pytest.approx(1)
        for symbol in (0, ord("a") + 1, ord("b") + 1, ord("z") + 1, 200):
            assert found[symbol] == pytest.approx(likely(levels, symbols, symbol), rel=1e-9)


def test_a_longer_look_back_is_kept_only_where_validation_likes_it() -> None:
    random = np.random.default_rng(1)
    noise = read(["".join(random.choice(list("abcd"), 400)) for _ in range(6)])
    assert len(easy.fitted(ngram, noise, read(["".join(random.choice(list("abcd"), 900))]), order=7).levels) <= 2


def test_a_byte_that_train_never_showed_costs_something_and_not_everything() -> None:
    fitted = easy.fitted(ngram, read(TEXTS), read(TEXTS))
    nats = fitted.predict(read(["\N{SNOWMAN}"]))[0, 0]
    assert 10 < nats < 60


def test_a_document_of_any_length_is_answered_as_its_parts_are() -> None:
    fitted = easy.fitted(ngram, read(TEXTS), read(TEXTS))
    text = "abra cad " * 500
    assert len(text) > 2 * ngram.AT_A_TIME
    assert fitted.predict(read([text, "a"]))[0].tolist() == fitted.predict(read([text]))[0].tolist()
