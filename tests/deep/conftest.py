"""What the tests of networks share."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def on_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYLLABUS_DEVICE", "cpu")
