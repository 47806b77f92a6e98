"""Scales hold what they show, and their ticks are round."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from syllabus.reports.scale import UNIT, exact, linear, logarithmic


@pytest.mark.parametrize(
    "values",
    [[0.1, 0.9], [0.92, 0.931], [-3.0, 12.0], [1e-9, 2e-9], [4e6, 9e6], [0.5], [0.0], [], [None, 2.0], [-5.0, -4.9]],
)
def test_a_scale_holds_its_values_with_few_round_ticks(values: list[float | None]) -> None:
    scale = linear(values, most=5)
    for value in values:
        assert value is None or (scale.holds(value) and 0 <= scale.at(value) <= 100)
    assert 2 <= len(scale.ticks) <= 6
    steps = [after - before for before, after in pairwise(scale.ticks)]
    assert all(math.isclose(step, steps[0], rel_tol=1e-6) for step in steps)
    labels = [scale.label(tick) for tick in scale.ticks]
    assert len(set(labels)) == len(labels)


def test_a_scale_of_shares_does_not_pass_its_ends() -> None:
    scale = linear([0.03, 0.99], within=(0.0, 1.0))
    assert (scale.low, scale.high) == (0.0, 1.0)


def test_what_lies_beyond_an_end_stands_at_it() -> None:
    assert UNIT.at(-2) == 0
    assert UNIT.at(7) == 100
    assert UNIT.down(0.25) == 75


def test_iterations_are_whole_numbers() -> None:
    for last in (1, 2, 3, 7, 10, 148, 2000):
        assert all(tick == int(tick) for tick in exact([1, last]).ticks)


def test_equal_ratios_have_equal_lengths() -> None:
    scale = logarithmic([0.001, 100.0])
    assert scale.at(0.1) - scale.at(0.01) == pytest.approx(scale.at(10) - scale.at(1), abs=0.02)
    assert scale.label(scale.ticks[0]) == "0.001"
