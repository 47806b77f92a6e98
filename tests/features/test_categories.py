"""Rare categories share a code, and what train never saw is taken for a rare one."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from syllabus import features
from syllabus.settings import Data


def table(towns: list[Any]) -> pl.LazyFrame:
    return pl.LazyFrame({"row": range(len(towns)), "town": pl.Series(towns, dtype=pl.String), "y": [0.5] * len(towns)})


def codes(train: list[Any], rows: list[Any], most: int) -> tuple[list[int], tuple[str, ...] | None]:
    data = Data(modality="tables", source="x.csv", target="y", task="regression", most_categories=most)
    learned = features.encoding(json.loads(json.dumps(features.learn(table(train), data).plain())))
    found = features.examples(table(rows), learned)
    return found.arrays["categorical"][:, 0].tolist(), found.columns["categorical"][0].categories


def test_the_most_frequent_are_told_apart() -> None:
    train = ["Ulm", "Bern", "Bern", "Graz", "Ulm", "Linz", None]
    assert codes(train, ["Bern", "Ulm", "Graz", "Linz", "Rome", None], most=2) == (
        [0, 1, 2, 2, 2, -1],
        ("Bern", "Ulm", "(2 rare ones)"),
    )


def test_without_rare_ones_a_new_category_is_missing() -> None:
    assert codes(["Ulm", "Bern"], ["Ulm", "Rome", None], most=2) == ([1, -1, -1], ("Bern", "Ulm"))


@settings(deadline=None)
@given(st.lists(st.sampled_from("abcdefgh") | st.none(), min_size=1, max_size=60), st.integers(1, 9))
def test_codes_are_those_of_the_declared_categories(train: list[str | None], most: int) -> None:
    found, known = codes(train, train, most)
    assert known is not None
    assert len(known) <= most + 1
    for value, code in zip(train, found, strict=True):
        assert (code == -1) == (value is None)
        assert code < len(known)
        assert value is None or known[code] == value or known[code].endswith("rare ones)")
