"""The package of a model that tells who buys, and a service of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import packed
import pytest
from services import client
from starlette.testclient import TestClient

THRESHOLD = {"threshold": 0.3, "positive": "yes", "across": None, "groups": {}, "by": None, "says": "declared"}


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packed.packed(
        tmp_path_factory.mktemp("served"), packed.people(600), packed.TABLE, onnx=True, threshold=THRESHOLD
    )


@pytest.fixture(scope="session")
def asking(made: Path) -> Iterator[TestClient]:
    with client(made) as one:
        yield one
