"""Great Expectations is imported once, as the product imports it: plainly imported, it warns."""

from __future__ import annotations

import pytest

from syllabus.validation.deferred import import_great_expectations


@pytest.fixture(scope="session", autouse=True)
def great_expectations() -> None:
    import_great_expectations()
