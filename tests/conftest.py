"""What several test modules need."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import hypothesis
import numpy as np
import pytest

# Threads that spin while they wait make fits many times slower beside other work.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# No test is about a time: on a busy machine any example may take long.
hypothesis.settings.register_profile("untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("untimed")

ROOT = Path(__file__).resolve().parents[1]


ALONE = {"test_example_projects.py"}
"""Files of long tests that share nothing: each of their tests goes to any process."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep the tests of a file in one process, where their fixtures are made once.

    Those of a contract stay together by whom they are about: what was fitted for one serves the others.
    """
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            path, _, test = nodeid.partition("::")
            _, of_several, about = test.partition("[")
            if of_several and Path(path).parent.name == "contracts":
                return f"contracts of {about.rstrip(']').partition('-')[0]}"
            return nodeid if Path(path).name in ALONE else path

    return Together(config, log)


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


@pytest.fixture(autouse=True)
def _memory_of_its_own() -> Iterator[None]:
    """Let no test leave a limit of memory to the next one, as a command does that declares its own."""
    from syllabus import memory

    yield
    memory.declare(None)


@pytest.fixture
def root() -> Path:
    """Return the root project's folder."""
    return ROOT
