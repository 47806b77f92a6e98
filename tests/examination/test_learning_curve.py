import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syllabus.examination import signs
from syllabus.examination.learning_curve import shape

PROPERTY = settings(max_examples=60, deadline=None, derandomize=True)
LENGTHS = st.integers(30, 500)
SCALES = st.floats(1e-3, 1e3)


def course(validation: np.ndarray) -> list[tuple[int, float, float]]:
    return [(i, float(loss) / 2, float(loss)) for i, loss in enumerate(validation, start=1)]


@PROPERTY
@given(n=LENGTHS, scale=SCALES, start=st.floats(-5, 5))
def test_a_curve_that_has_levelled_out_shows_no_sign(n, scale, start):
    losses = scale * (start + np.exp(-8 * np.arange(n) / n))
    found = shape(course(losses), used=n, loss=losses[-1])
    assert found.rise <= signs.RISE
    assert found.late <= signs.FALLING


@PROPERTY
@given(n=LENGTHS, scale=SCALES, start=st.floats(-5, 5))
def test_a_curve_that_was_cut_early_was_still_falling(n, scale, start):
    losses = scale * (start + np.exp(-1.0 * np.arange(n) / n))
    found = shape(course(losses), used=n, loss=losses[-1])
    assert found.late > signs.FALLING
    assert found.rise == 0


@PROPERTY
@given(n=LENGTHS, turn=st.floats(0.1, 0.7), scale=SCALES)
def test_past_the_turn_a_curve_has_turned_up_and_at_the_turn_it_has_not(n, turn, scale):
    time = np.arange(n) / n
    losses = scale * ((time - turn) ** 2 + 1)
    past = shape(course(losses), used=n, loss=losses[-1])
    best = int(losses.argmin()) + 1
    assert past.lowest == best
    assert past.rise > signs.RISE
    at = shape(course(losses), used=best, loss=losses.min())
    assert (at.rise, at.late, at.stopped) == (0, 0, True)


@PROPERTY
@given(n=st.integers(100, 500), seed=st.integers(0, 1000), noise=st.floats(0.0, 0.03))
def test_noise_on_a_level_curve_is_no_sign(n, seed, noise):
    losses = np.exp(-8 * np.arange(n) / n) + noise * np.random.default_rng(seed).normal(size=n)
    found = shape(course(losses), used=n, loss=losses[-1])
    assert found.rise <= signs.RISE
    assert found.late <= signs.FALLING


@PROPERTY
@given(n=LENGTHS, turn=st.floats(0.2, 0.6))
def test_where_the_model_stands_is_found_by_its_loss(n, turn):
    losses = (np.arange(n) / n - turn) ** 2
    best = int(losses.argmin()) + 1
    assert shape(course(losses), loss=losses[-1]).used == n
    assert shape(course(losses), loss=losses.min()).used == best


@pytest.mark.parametrize("losses", [[0.5], [0.5, 0.4], [0.4, 0.5], [0.5, 0.5, 0.5]])
def test_a_curve_of_a_few_points_is_read_too(losses):
    found = shape(course(np.array(losses)), used=len(losses), loss=losses[-1])
    assert found.points == len(losses)
    assert found.late == 0
    assert 0 <= found.rise <= 10
