"""Labels that are wrong are doubted, right ones mostly not; nothing is changed, and the same is said on every run."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from syllabus import label_errors
from syllabus.architectures import Fitted
from syllabus.examples import Column, Examples, Task
from syllabus.modalities import tables
from syllabus.models import Model
from syllabus.settings import Data


def examples(rows: int, classes: int = 2, seed: int = 0) -> Examples:
    """Return examples whose class, or number where there are no classes, is plain from two numbers."""
    random = np.random.default_rng(seed)
    numbers = random.normal(size=(rows, 3))
    score = numbers[:, 0] + 0.5 * numbers[:, 1] + random.normal(scale=0.1, size=rows)
    places = np.searchsorted(np.quantile(score, np.arange(1, classes) / classes), score) if classes else score
    names = tuple("abcdefgh"[:classes])
    task = Task("classification", names) if classes else Task("regression")
    arrays = {"numeric": numbers, "categorical": np.empty((rows, 0), dtype=np.int32)}
    columns = {"numeric": tuple(map(Column, ("x", "y", "z"))), "categorical": ()}
    return Examples(task, arrays, places, columns)


def spoilt(clean: Examples, places: NDArray[np.int64]) -> Examples:
    labels = clean.labels.copy()
    labels[places] = (labels[places] + 1) % len(clean.task.classes) if clean.task.classes else labels[places] + 9.0
    return Examples(clean.task, clean.arrays, labels, clean.columns)


@pytest.mark.parametrize("classes", [2, 4, 0])
def test_wrong_labels_are_found(classes: int) -> None:
    clean = examples(1500, classes)
    wrong = np.random.default_rng(1).permutation(1500)[:45]
    given_ = spoilt(clean, wrong)
    found = label_errors.suspects(given_, seed=3)
    listed = {one["at"] for one in found["listed"]}
    assert len(listed & {*wrong}) >= 28
    assert found["looked"] == 1500
    for one in found["listed"]:
        if classes:
            assert one["given"] == clean.task.classes[given_.labels[one["at"]]] != one["suggested"]
    assert label_errors.suspects(given_, seed=3) == found
    assert label_errors.suspects(clean, seed=3)["suspected"] < found["suspected"] / 2 or classes


def test_too_few_rows_say_nothing_about_a_label() -> None:
    found = label_errors.suspects(examples(40), seed=1)
    assert (found["looked"], found["suspected"], found["listed"]) == (0, 0, [])


@pytest.mark.parametrize("classes", [3, 0])
def test_a_model_that_knows_nothing_doubts_no_label(classes: int) -> None:
    clean = examples(400, classes)
    mixed = np.random.default_rng(5).permutation(clean.labels)
    found = label_errors.suspects(Examples(clean.task, clean.arrays, mixed, clean.columns), seed=1)
    assert (found["looked"], found["weak"], found["suspected"]) == (400, True, 0)


def test_the_arithmetic_of_confident_learning() -> None:
    probabilities = np.array([[0.9, 0.1]] * 9 + [[0.1, 0.9]] + [[0.2, 0.8]] * 9 + [[0.95, 0.05]])
    labels = np.array([0] * 10 + [1] * 10)
    # A label of each class is confidently of the other one: the least probable comes first.
    assert label_errors.doubted(probabilities, labels).tolist() == [19, 9]
    assert label_errors.doubted(probabilities[:9], labels[:9]).tolist() == []


@given(st.integers(0, 10**6), st.integers(2, 5), st.integers(1, 60))
@settings(max_examples=40, deadline=None)
def test_any_probabilities_can_be_held_against_any_labels(seed: int, classes: int, rows: int) -> None:
    random = np.random.default_rng(seed)
    probabilities = random.dirichlet(np.ones(classes), rows)
    labels = random.integers(0, classes, rows)
    places = label_errors.doubted(probabilities, labels)
    own = probabilities[places, labels[places]]
    assert len({*places}) == len(places) <= rows
    assert (np.diff(own) >= 0).all()
    assert (own < probabilities[places].max(axis=1)).all() or not len(places)
    assert (probabilities[places].max(axis=1) >= label_errors.SURE).all()


def test_of_many_rows_some_are_read_and_named_by_their_own_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows come from both parts, whose numbers are not their places."""
    clean = examples(1500)
    flipped = np.random.default_rng(1).permutation(1500)[:60]
    labels = spoilt(clean, flipped).labels
    frame = pl.DataFrame(
        {
            "row": np.random.default_rng(2).permutation(5000)[:1500].astype(np.uint64),
            **{name: clean.arrays["numeric"][:, place] for place, name in enumerate("xyz")},
            "label": [clean.task.classes[code] for code in labels],
        }
    )
    wrong = set(frame["row"].to_numpy()[flipped].tolist())
    frame[:1300].sort("row").write_parquet(tmp_path / "train.parquet")
    frame[1300:].sort("row").write_parquet(tmp_path / "validation.parquet")
    data = Data.model_validate({"modality": "tables", "source": "x.csv", "target": "label"})
    encoding = tables.learn(pl.scan_parquet(tmp_path / "train.parquet"), data)
    model = Model("tables", "tree", {}, encoding, cast(Fitted, None))
    whole = label_errors.report(tmp_path, model, seed=1)
    monkeypatch.setattr(label_errors, "MOST", 700)
    some = label_errors.report(tmp_path, model, seed=1)
    assert whole is not None
    assert some is not None
    assert (whole["looked"], some["looked"]) == (1500, 700)
    for found, fewest in ((whole, 35), (some, 14)):
        assert len({one["row"] for one in found["listed"]} & wrong) >= fewest
