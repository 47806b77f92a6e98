"""Packages that are attacked."""

from __future__ import annotations

from pathlib import Path

import pytest
from serving.packed import TABLE, packed, people

THRESHOLD = {"positive": "yes", "threshold": 0.3, "across": None, "groups": {}}


@pytest.fixture(scope="session")
def boosted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packed(tmp_path_factory.mktemp("boosted"), people(900), TABLE, "lightgbm", onnx=True, threshold=THRESHOLD)


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packed(tmp_path_factory.mktemp("tree"), people(900), TABLE, "tree")


@pytest.fixture(scope="session")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packed(tmp_path_factory.mktemp("network"), people(900), TABLE, "mlp")
