"""Nodes that reckon as NumPy, Python's calendar and the trees do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syllabus.export import checking
from syllabus.export.columns import moments
from syllabus.export.graph import Graph
from syllabus.export.lines import interpolated
from syllabus.export.trees import rounded_down

FEW = settings(max_examples=60, deadline=None)
numbers = st.floats(-1e6, 1e6, width=32)


def run(numbers: list[float], add: Callable[[Graph, str], str]) -> np.ndarray:
    """Return what nodes make of a column."""
    graph = Graph()
    column = graph.column("x", "a number")
    content = graph.content(add(graph, column), "y", (1,), {})
    (found,) = checking.session(content).run(None, {"x": np.array(numbers, np.float64)})
    return np.asarray(found)


@FEW
@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=12), st.lists(numbers, min_size=1, max_size=20))
def test_a_curve_is_followed_as_numpy_does(points: list[tuple[float, float]], asked: list[float]) -> None:
    """Points at the same place, which are jumps, and questions at, between and beyond them."""
    places, values = np.array(sorted(point[0] for point in points)), np.array([point[1] for point in points])
    there = [*asked, *places, *(places + 1e-9), *(np.nextafter(places, -np.inf)), *places[::2]]
    found = run(there, lambda graph, x: interpolated(graph, graph.stacked([x]), [(places, values)]))
    np.testing.assert_allclose(found[:, 0], np.interp(there, places, values), rtol=1e-9, atol=1e-6)


def test_a_missing_number_stays_missing_on_a_curve() -> None:
    curve = np.array([0.0, 1.0]), np.array([2.0, 3.0])
    found = run([np.nan, 0.5], lambda graph, x: interpolated(graph, graph.stacked([x]), [curve]))
    assert np.isnan(found[0, 0])
    assert found[1, 0] == 2.5


@FEW
@given(st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59)))
def test_the_calendar_is_reckoned_as_python_does(moment: datetime) -> None:
    parts = ("year", "month", "day", "weekday", "hour", "minute")
    seconds = (moment.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()
    if seconds != int(seconds) and abs(seconds) > 2**33:
        seconds = float(int(seconds // 1))  # so far away doubles hold no microseconds
    found = run([seconds], lambda graph, x: graph.stacked(moments.parts(graph, x, 0.0, parts)))
    told = (moment.year, moment.month, moment.day, moment.isoweekday(), moment.hour, moment.minute)
    assert tuple(found[0].astype(int)) == told


@pytest.mark.parametrize("day", ["1900-02-28", "1900-03-01", "2000-02-29", "2100-03-01", "1970-01-01", "1969-12-31"])
def test_leap_years_begin_and_end_where_they_do(day: str) -> None:
    moment = datetime.fromisoformat(day).replace(tzinfo=UTC)
    found = run(
        [moment.timestamp(), np.nan],
        lambda graph, x: graph.stacked(moments.parts(graph, x, 0.0, ("year", "month", "day", "age"))),
    )
    assert tuple(found[0]) == (moment.year, moment.month, moment.day, -moment.timestamp() / 86_400)
    assert np.isnan(found[1]).all()


@FEW
@given(st.floats(allow_nan=False), st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_a_rounded_threshold_decides_every_single_as_the_threshold_does(threshold: float, number: float) -> None:
    (rounded,) = rounded_down(np.array([threshold]), np.float32)
    assert rounded.dtype == np.float32
    assert (np.float32(number) <= rounded) == (number <= threshold)
