"""Calibrated probabilities are truer, keep the model's order, and are left alone where nothing shows that they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syllabus import recalibration
from syllabus.errors import Unmet


def binary(n: int, seed: int = 0, slope: float = 1.0, shift: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Return probabilities whose true log odds are `slope` times theirs plus `shift`, and classes drawn by those."""
    draw = np.random.default_rng(seed)
    odds = draw.normal(-1, 1.5, n)
    given = 1 / (1 + np.exp(-odds))
    true = 1 / (1 + np.exp(-(slope * odds + shift)))
    return np.column_stack([1 - given, given]), (draw.random(n) < true).astype(np.int64)


@pytest.mark.parametrize("method", ["auto", "sigmoid", "isotonic"])
def test_wrong_probabilities_become_truer_on_rows_that_were_not_seen(method: recalibration.Method) -> None:
    known, unseen = binary(2000, 1, slope=0.4, shift=1.0), binary(2000, 2, slope=0.4, shift=1.0)
    learned = recalibration.fit(*known, method, seed=0)
    assert learned is not None
    best = recalibration.losses(*unseen).mean() - 0.05
    assert recalibration.losses(learned.apply(unseen[0]), unseen[1]).mean() < best


def test_a_line_finds_the_slope_and_the_shift() -> None:
    learned = recalibration.fit(*binary(60_000, slope=0.5, shift=-1.0), "sigmoid", seed=0)
    assert learned is not None
    assert (learned.slope, learned.shift) == pytest.approx((0.5, -1.0), abs=0.05)


@pytest.mark.parametrize("n", [30, 200, 800])
def test_true_probabilities_are_mostly_left_alone(n: int) -> None:
    assert sum(recalibration.fit(*binary(n, seed), "auto", seed=seed) is not None for seed in range(20)) <= 5


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    n=st.integers(20, 300),
    seed=st.integers(0, 2**31),
    digits=st.sampled_from([1, 2, 9]),
    method=st.sampled_from(["sigmoid", "isotonic"]),
)
def test_the_order_of_examples_never_changes(n: int, seed: int, digits: int, method: recalibration.Method) -> None:
    given, target = binary(n, seed, slope=0.7)
    rounded = given[:, 1].round(digits)
    probabilities = np.column_stack([1 - rounded, rounded])
    learned = recalibration.fit(probabilities, target, method, seed=0)
    if learned is None:
        assert np.bincount(target, minlength=2).min() < recalibration.FEWEST
        return
    moved = learned.apply(probabilities)
    assert np.isfinite(moved).all()
    assert moved.min() >= 0
    np.testing.assert_allclose(moved.sum(axis=1), 1)
    order = np.argsort(rounded, kind="stable")
    assert (np.diff(moved[order, 1]) >= 0).all()
    assert len(np.unique(moved[:, 1])) == len(np.unique(rounded))


def test_of_several_classes_the_likeliest_stays() -> None:
    draw = np.random.default_rng(0)
    scores = draw.normal(size=(3000, 4))
    true = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    target = np.array([draw.choice(4, p=row) for row in true])
    bold = np.exp(3 * scores) / np.exp(3 * scores).sum(axis=1, keepdims=True)
    learned = recalibration.fit(bold, target, "auto", seed=0)
    assert learned is not None
    assert learned.slope == pytest.approx(1 / 3, abs=0.03)
    assert (learned.apply(bold).argmax(axis=1) == bold.argmax(axis=1)).all()
    with pytest.raises(Unmet, match="isotonic goes with two classes, this target has 4"):
        recalibration.fit(bold, target, "isotonic", seed=0)


def test_few_rows_or_none_asked_teach_nothing() -> None:
    assert recalibration.fit(*binary(9), "sigmoid", seed=0) is None
    assert recalibration.fit(*binary(5000, slope=0.2), "none", seed=0) is None


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_what_is_saved_and_loaded_gives_the_same_to_the_bit(method: recalibration.Method, tmp_path: Path) -> None:
    given, target = binary(3000, slope=0.5)
    learned = recalibration.fit(given, target, method, seed=0)
    assert learned is not None
    learned.save(tmp_path / "calibration.json")
    assert recalibration.load(tmp_path / "calibration.json").apply(given).tobytes() == learned.apply(given).tobytes()
