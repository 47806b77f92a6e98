"""Free text as numbers: what its words speak for, whatever stands in it, the same to the bit everywhere."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syllabus import texts
from syllabus.texts import Vectorizer, words

RANDOM = np.random.default_rng(4)
COMMON = ["the", "a", "of", "and", "to", "in", "is", "it", "on", "as"]
GOOD = ["fine", "lovely", "bright", "kind"]
BAD = ["awful", "broken", "rude", "late"]


def review(good: bool) -> str:
    return " ".join([*RANDOM.choice(COMMON, 8), *RANDOM.choice(GOOD if good else BAD, 2)])


SIDES = np.arange(400) % 2
REVIEWS = pl.Series([review(bool(side)) for side in SIDES])


def learned(given: pl.Series = REVIEWS, target: Any = SIDES, classes: Any = ("bad", "good"), **more: int) -> Vectorizer:
    return texts.learn(given, target, classes, **{"words": 8, "themes": 4, "vocabulary": 1000} | more)


def number(found: Vectorizer, given: pl.Series, name: str) -> Any:
    return found.numbers(given)[:, found.names.index(name)]


def test_words_speak_for_a_class() -> None:
    found = learned()
    assert number(found, pl.Series(["lovely, and kind"]), "speaks for good") > 1
    assert number(found, pl.Series(["RUDE and late"]), "speaks for good") < -1
    assert {name for name in found.names if name.startswith("word ")} == {f"word “{word}”" for word in (*GOOD, *BAD)}


def test_words_speak_for_high_and_low_numbers() -> None:
    found = learned(REVIEWS, SIDES * 10 + RANDOM.random(400), ())
    assert (
        number(found, pl.Series(["lovely"]), "speaks for high")
        > 0
        > number(found, pl.Series(["rude"]), "speaks for high")
    )


def test_a_text_has_no_part_in_its_own_scores() -> None:
    """Targets at random: scores must not tell them, or a model would trust what new texts do not have."""
    own = pl.Series(
        [f"w{number} w{number} {' '.join(RANDOM.choice(COMMON, 5))}" for number in RANDOM.permutation(2000) // 2]
    )
    target = RANDOM.integers(0, 2, 2000)
    scores = number(learned(own, target), own, "speaks for good")
    assert abs(np.corrcoef(scores, target)[0, 1]) < 0.1


def test_the_same_text_in_other_spaces_and_cases_is_of_one_fold() -> None:
    one, other, blank = words.folds(pl.Series(["Dear  Sir,\nhello", "dear sir, HELLO ", None]))
    assert one == other
    assert 0 <= blank < words.FOLDS


def test_what_is_saved_reads_as_before() -> None:
    found = learned()
    again = texts.vectorizer(json.loads(json.dumps(found.plain())), found.arrays())
    assert again.names == found.names
    np.testing.assert_array_equal(again.numbers(REVIEWS), found.numbers(REVIEWS))


def test_a_text_is_read_alone_as_among_others() -> None:
    found = learned()
    together = found.numbers(REVIEWS)
    np.testing.assert_array_equal(np.vstack([found.numbers(REVIEWS[n : n + 1]) for n in range(20)]), together[:20])


@pytest.mark.parametrize(
    "odd",
    [
        "",
        "   ",
        "words never seen before",
        "<p>kind&nbsp;<b>fine</b></p>",
        "😀😀 👩‍👩‍👧 !!!",
        "東京に行きました。",
        "\x00\x01",
        "ﬁne",
    ],
)
def test_any_text_is_numbers(odd: str) -> None:
    found = learned().numbers(pl.Series([odd, None]))
    assert np.isfinite(found[0]).all()
    assert found[0, 0] == len(odd)
    assert np.isnan(found[1, :2]).all()
    assert not found[1, 2:].any()


def test_an_enormous_text_is_read() -> None:
    enormous = pl.Series(["kind and fine " * 80_000, "kind"])
    assert number(learned(), enormous, "words").tolist() == [240_000, 1]
    assert learned(pl.concat([enormous, REVIEWS]), np.append([1, 1], SIDES)).numbers(enormous).shape[0] == 2


def test_scripts_without_spaces_have_words() -> None:
    given = pl.Series(["東京へ行く", "京都へ行く", "東京は雨"] * 20)
    assert "東 京" in learned(given, np.arange(60) % 2).words


@pytest.mark.parametrize("given", [[], [None, None], ["", ""], ["once", "twice"], ["same same"] * 5])
def test_little_to_learn_is_no_error(given: list[str | None]) -> None:
    found = learned(pl.Series(given, dtype=pl.String), np.arange(len(given)) % 2)
    assert np.nan_to_num(found.numbers(pl.Series(["same", None]))).shape == (2, len(found.names))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=30) | st.none(), min_size=1, max_size=30))
def test_wild_texts_are_learned_and_read(given: list[str | None]) -> None:
    series = pl.Series(given, dtype=pl.String)
    found = learned(series, np.arange(len(given)) % 2).numbers(series)
    assert np.isfinite(found[[text is not None for text in given]]).all()


def test_of_many_texts_a_part_is_learned_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "TEXTS", 100)
    assert set(learned().words) >= {*GOOD, *BAD}
    monkeypatch.setattr(texts, "LETTERS", 1000)
    assert len(learned().words) < 100


MANY = """
import sys; import numpy as np, polars as pl; from syllabus import texts
random = np.random.default_rng(1)
said = pl.Series([" ".join(f"w{n}" for n in random.geometric(0.02, 30)) for _ in range(3000)])
found = texts.learn(said, random.integers(0, 3, 3000), ("a", "b", "c"), words=8, themes=16, vocabulary=5000)
sys.stdout.buffer.write(b"".join(array.tobytes() for array in found.arrays().values()) + found.numbers(said).tobytes())
assert not {"sklearn"} & set(sys.modules)
"""


def test_the_number_of_threads_changes_no_bit() -> None:
    def digest(threads: str) -> str:
        names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "POLARS_MAX_THREADS")
        environment = os.environ | dict.fromkeys(names, threads)
        done = subprocess.run([sys.executable, "-c", MANY], env=environment, capture_output=True, check=True)
        return hashlib.sha256(done.stdout).hexdigest()

    assert len({digest(threads) for threads in ("1", "5")}) == 1


def test_reading_needs_neither_scipy_nor_sklearn() -> None:
    code = "import sys, polars as pl, numpy as np; from syllabus import texts; v = texts.Vectorizer(('a',), np.ones(1), ('x',), np.ones((5, 1, 1), dtype='f4'), np.zeros(1, dtype='i8'), np.ones((1, 1), dtype='f4')); v.numbers(pl.Series(['a b'])); print(sorted({'scipy', 'sklearn'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout == "[]\n"
