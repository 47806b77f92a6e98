"""What several test modules need."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
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


@pytest.fixture(scope="module")
def imported(request: pytest.FixtureRequest) -> Mapping[np.random.Generator, Mapping[str, Any]]:
    """Return the states in which a module's generators were after its import."""
    held = [one for one in vars(request.module).values() if isinstance(one, np.random.Generator)]
    return {one: one.bit_generator.state for one in held}


@pytest.fixture(autouse=True)
def _draws_of_its_own(imported: Mapping[np.random.Generator, Mapping[str, Any]]) -> None:
    """Let each test draw what it draws alone, whichever ran before it in its process."""
    for one, state in imported.items():
        one.bit_generator.state = state


@pytest.fixture
def root() -> Path:
    """Return the root project's folder."""
    return ROOT
