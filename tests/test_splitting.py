"""Every row stands in exactly one part, the shares are as declared, and nothing leaks."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from syllabus import splitting
from syllabus.errors import Unmet
from syllabus.settings import Split
from syllabus.splitting import PARTS

QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
SHARES = st.sampled_from([(0.8, 0.1, 0.1), (0.6, 0.2, 0.2), (0.7, 0.1, 0.2), (0.34, 0.33, 0.33), (0.29, 0.42, 0.29)])
SEEDS = st.integers(0, 5)


def rules(method: str, shares: tuple[float, ...] = (0.8, 0.1, 0.1), by: str | None = None) -> Split:
    parts = dict(zip(PARTS, shares, strict=True))
    return Split.model_validate({"method": method, "by": by, "parts": parts})


def table(target: list[Any], **columns: Any) -> pl.LazyFrame:
    rows = pl.Series("row", range(1, len(target) + 1), dtype=pl.UInt64)
    return pl.LazyFrame([rows, pl.Series("y", target), *(pl.Series(name, held) for name, held in columns.items())])


def labels(frame: pl.LazyFrame, how: Split, seed: int = 0) -> dict[int, str]:
    """Return the part of every row, after a look at the form of the table; skip a split that is refused."""
    try:
        parts = splitting.split(frame, "y", how, seed=seed)
    except Unmet:
        assume(False)
    assert parts.schema == {"row": pl.UInt64, "part": pl.Enum(PARTS)}
    found = dict(parts.iter_rows())
    assert len(parts) == len(found)
    assert set(found) == set(frame.collect()["row"])
    assert set(found.values()) == set(PARTS)
    return found


CLASSES = st.lists(st.sampled_from("aaaaaabbbc"), min_size=30, max_size=200)


@given(CLASSES, SHARES, SEEDS)
@QUICK
def test_a_stratified_split_shares_out_every_class(target: list[str], shares: tuple[float, ...], seed: int) -> None:
    found = labels(table(target), rules("stratified", shares), seed)
    for name, count in Counter(target).items():
        held = Counter(found[place] for place, value in enumerate(target, 1) if value == name)
        assert all(abs(held[part] - share * count) < 1.001 for part, share in zip(PARTS, shares, strict=True))
        assert held["train"]
    held = Counter(found.values())
    assert all(abs(held[part] - share * len(target)) < 2 for part, share in zip(PARTS, shares, strict=True))


@given(CLASSES, SHARES, SEEDS)
@QUICK
def test_a_random_split_has_its_shares(target: list[str], shares: tuple[float, ...], seed: int) -> None:
    held = Counter(labels(table(target), rules("random", shares), seed).values())
    assert all(abs(held[part] - share * len(target)) < 1.001 for part, share in zip(PARTS, shares, strict=True))


@given(st.lists(st.integers(0, 25), min_size=30, max_size=200), SHARES, SEEDS)
@QUICK
def test_a_group_is_never_in_two_parts(groups: list[int], shares: tuple[float, ...], seed: int) -> None:
    target = ["a" if place % 3 else "b" for place in range(len(groups))]
    found = labels(table(target, who=groups), rules("group", shares, by="who"), seed)
    assert len(set(zip(groups, found.values(), strict=True))) == len(set(groups))
    held, largest = Counter(found.values()), max(Counter(groups).values())
    for part, share in zip(PARTS, shares, strict=True):
        assert held[part] <= share * len(groups) + largest


@given(st.lists(st.integers(0, 60), min_size=30, max_size=200), SHARES)
@QUICK
def test_time_never_leaks(moments: list[int], shares: tuple[float, ...]) -> None:
    days = [dt.date(2020, 1, 1) + dt.timedelta(days=moment) for moment in moments]
    target = ["a" if place % 3 else "b" for place in range(len(days))]
    found = labels(table(target, day=days), rules("time", shares, by="day"))
    held = {part: [days[place - 1] for place, name in found.items() if name == part] for part in PARTS}
    assert max(held["train"]) < min(held["validation"])
    assert max(held["validation"]) < min(held["test"])
    crowd = max(Counter(days).values())
    for end, share in ((1, shares[0]), (2, shares[0] + shares[1])):
        before = sum(len(held[part]) for part in PARTS[:end])
        assert share * len(days) - 0.001 <= before <= share * len(days) + crowd


@pytest.mark.parametrize("shares", [(0.7, 0.2, 0.1), (0.8, 0.1, 0.1), (0.6, 0.1, 0.3), (0.29, 0.42, 0.29)])
def test_time_is_cut_where_the_shares_say(shares: tuple[float, ...]) -> None:
    frame = table(["a", "b"] * 50, day=list(range(100)))
    held = Counter(labels(frame, rules("time", shares, by="day")).values())
    assert [held[part] for part in PARTS] == [round(100 * share) for share in shares]


@given(st.lists(st.integers(0, 10**6), min_size=60, max_size=200, unique=True), SHARES, SEEDS, st.randoms())
@settings(QUICK, max_examples=12)
def test_a_key_keeps_its_part_when_rows_come_or_change_places(
    keys: list[int], shares: tuple[float, ...], seed: int, draw: Any
) -> None:
    how = rules("hash", shares, by="key")

    def parts(some: list[int]) -> dict[int, str]:
        found = labels(table(["a" if key % 2 else "b" for key in some], key=some), how, seed)
        return {key: found[place] for place, key in enumerate(some, 1)}

    before = parts(keys)
    shuffled = [*keys, *range(2_000_000, 2_000_050)]
    draw.shuffle(shuffled)
    after = parts(shuffled)
    assert {key: after[key] for key in keys} == before


@pytest.mark.parametrize("kind", [pl.Int64, pl.Int32, pl.Float64, pl.String])
def test_a_key_keeps_its_part_when_its_column_is_stored_in_another_way(kind: Any) -> None:
    def parts(keys: pl.Series) -> list[str]:
        frame = table(["a", "b"] * (len(keys) // 2), key=keys)
        return list(labels(frame, rules("hash", by="key")).values())

    keys = pl.Series(range(1000))
    assert parts(keys.cast(kind)) == parts(keys)


def test_a_hash_has_its_shares_about_right() -> None:
    frame = table(["a", "b"] * 10_000, key=list(range(20_000)))
    held = Counter(labels(frame, rules("hash", by="key")).values())
    assert np.allclose([held[part] / 20_000 for part in PARTS], [0.8, 0.1, 0.1], atol=0.01)


@pytest.mark.parametrize("method", ["stratified", "random", "group", "hash"])
def test_chance_comes_from_the_seed_alone(method: str) -> None:
    by = "who" if method in ("group", "hash") else None
    frame = table(["a", "b"] * 100, who=[place // 4 for place in range(200)])
    drawn = [labels(frame, rules(method, by=by), seed) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


@pytest.mark.parametrize(
    ("target", "held"),
    [
        ([0, 1] * 50, [0, 1]),
        ([True, False] * 50, [False, True]),
        ([0.0, 1.0] * 50, [0, 1]),
        (["x", "y"] * 50, ["x", "y"]),
    ],
)
def test_a_target_may_be_of_any_type(target: list[Any], held: list[Any]) -> None:
    found = labels(table(target), rules("stratified"))
    for part in PARTS:
        assert {target[place - 1] for place, name in found.items() if name == part} == set(held)


def test_a_class_of_one_row_is_learned_from() -> None:
    for seed in range(20):
        found = labels(table(["a", "b"] * 50 + ["c", "d", "e"]), rules("stratified"), seed)
        assert [found[place] for place in (101, 102, 103)] == ["train"] * 3


@pytest.mark.parametrize(
    ("frame", "how", "sentence"),
    [
        (table(["a", "b"], t=[1, 2]), rules("time", by="tt"), "split.by names tt, which is not a column; did you mean t? Valid: t, y"),
        (table(["a", "b"], t=[1, 2]), rules("time", by="row"), "split.by names row, which is not a column; Valid: t, y"),
        (table(["a", "b"] * 9, t=["1/2/2020"] * 18), rules("time", by="t"), "split.by: column t holds text, which has no order in time; declare it in data.cleaning.types: {t: date}"),
        (table(["a", "b"] * 9, t=[True] * 18), rules("time", by="t"), "split.by: column t holds booleans, which has no order in time; declare it in data.cleaning.types: {t: date}"),
        (table(["a", "b", "a"], t=[1, None, 3]), rules("group", by="t"), "split.by: column t is missing in row 2; a group split needs it in every row"),
        (table(["a", "b"] * 2), rules("random"), "a random split of 4 rows leaves test empty; give it more rows or a larger share in split.parts"),
        (table(["a", "b"] * 50, t=[1] * 99 + [2]), rules("group", by="t"), "a group split of 100 rows leaves test empty; give it more rows or a larger share in split.parts"),
        (table(["a"] * 10 + ["b"] * 10, t=list(range(20))), rules("time", by="t"), "a time split of 20 rows leaves validation with one class, b (rows: 2); give it a larger share in split.parts, or split stratified"),
        (table(["a", "b"] * 44 + ["a", "b", "c"] * 4, t=list(range(100))), rules("time", by="t"), "a time split of 100 rows puts the class c into test (rows: 4) and not into train, so it cannot be learned; relabel it in data.cleaning.relabel, or split stratified"),
    ],
)  # fmt: skip
def test_what_would_leak_or_leave_a_part_empty_is_refused(frame: pl.LazyFrame, how: Split, sentence: str) -> None:
    with pytest.raises(Unmet) as caught:
        splitting.split(frame, "y", how, seed=0)
    assert str(caught.value) == sentence
