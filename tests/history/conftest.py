"""A project with two versions."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from syllabus.registry import versions
from tests.history import past_runs


@pytest.fixture(scope="session")
def state_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what DVC remembers of these projects out of the machine's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path_factory.mktemp("site")))
        yield


@pytest.fixture(scope="session")
def two_versions(tmp_path_factory: pytest.TempPathFactory, state_database: None) -> Path:
    """A project whose second version has another depth, further rows and another split."""
    folder = past_runs.begin(tmp_path_factory.mktemp("history") / "project")
    past_runs.finish(folder)
    assert versions.make(folder) == ("people@v0.0.1", True)
    past_runs.finish(folder, rows=900, depth=1, seed=2, code="2")
    assert versions.make(folder) == ("people@v0.0.2", True)
    return folder


@pytest.fixture
def past(two_versions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, as the working folder."""
    folder = tmp_path / "project"
    shutil.copytree(two_versions, folder)
    monkeypatch.chdir(folder)
    return folder
