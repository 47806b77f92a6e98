"""What several test modules need."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Threads that spin while they wait make fits many times slower beside other work.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def root() -> Path:
    """Return the root project's folder."""
    return ROOT
