"""What several test modules need."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Threads that spin while they wait make fits many times slower beside other work.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

ROOT = Path(__file__).resolve().parents[1]


ALONE = {"test_example_projects.py"}
"""Files of long tests that share nothing: their tests go to any process, those of other files stay together."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a file in one process, where their fixtures are made once (`--dist loadgroup`).

    Those of a contract stay together by whom they are about: what was fitted for one serves the others.
    """
    for item in items:
        about = getattr(item, "callspec", None)
        if item.path.parent.name == "contracts" and about is not None and "name" in about.params:
            item.add_marker(pytest.mark.xdist_group(str(about.params["name"])))
        elif item.path.name not in ALONE:
            item.add_marker(pytest.mark.xdist_group(item.path.name))


@pytest.fixture
def root() -> Path:
    """Return the root project's folder."""
    return ROOT
