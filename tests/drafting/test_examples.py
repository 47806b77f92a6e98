"""The examples in docstrings say what comes out."""

from __future__ import annotations

import doctest

from syllabus.drafting import expectations, slack


def test_the_examples_run() -> None:
    assert doctest.testmod(slack).failed == 0
    assert doctest.testmod(expectations).failed == 0
