"""Small DVC projects: a stage is a line of shell."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import pytest

from flows.retrain import plain
from tests.flows import next_models
from tests.flows.runs import bring_all

DVC_YAML = """\
stages:
  ingest:
    cmd: cat raw.csv > table.csv
    deps: [raw.csv]
    outs: [table.csv]
  validate:
    cmd: "if grep bad table.csv; then echo 'validate: 1 critical expectation failed' >&2; exit 1; fi; echo > checked.txt"
    deps: [table.csv]
    outs: [checked.txt]
  train:
    foreach: [linear, tree]
    do:
      cmd: mkdir -p models && cat table.csv checked.txt > models/${item} && echo fitted ${item}
      deps: [table.csv, checked.txt]
      params: ["${item}"]
      outs: ["models/${item}"]
  evaluate:
    cmd: cat models/* > all.txt && echo '{"roc_auc":0.91234567}' > metrics.json && echo '<h1>Report</h1>' > report.html
    deps: [models]
    outs: [all.txt, report.html]
    metrics: [metrics.json]
  survey:
    cmd: wc -l < raw.csv > lines.txt
    deps: [raw.csv]
    outs: [lines.txt]
"""


@pytest.fixture(scope="session")
def state_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what DVC remembers of these projects out of the machine's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path_factory.mktemp("site")))
        yield


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory, state_database: None) -> Path:
    """A project that never ran."""
    from dvc.repo import Repo

    folder = tmp_path_factory.mktemp("fresh") / "project"
    folder.mkdir()
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    with Repo.init(str(folder)):
        pass
    (folder / ".dvc" / "config").write_text("[core]\n    analytics = false\n")
    (folder / "raw.csv").write_text("x\n1\n")
    (folder / "params.yaml").write_text("linear: 1\ntree:\n  depth: 3\n")
    (folder / "dvc.yaml").write_text(DVC_YAML)
    return folder


@pytest.fixture(scope="session")
def finished(fresh: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same project after a run."""
    folder = tmp_path_factory.mktemp("finished") / "project"
    shutil.copytree(fresh, folder)
    with chdir(folder):
        assert bring_all() == "6 ran"
    return folder


@pytest.fixture
def new(fresh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that never ran, as the working folder."""
    return _copied(fresh, tmp_path, monkeypatch)


@pytest.fixture
def project(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project where nothing is to do, as the working folder."""
    return _copied(finished, tmp_path, monkeypatch)


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Models that the stages of a project take, by its data."""
    return next_models.made(tmp_path_factory.mktemp("library"))


@pytest.fixture(scope="session")
def reigning(library: Path, tmp_path_factory: pytest.TempPathFactory, state_database: None) -> Path:
    """A project whose first model is the champion."""
    folder = next_models.begin(tmp_path_factory.mktemp("reigning") / "project", library)
    assert asyncio.run(plain(folder, check=False)).outcome == "promoted"
    return folder


@pytest.fixture
def own(reigning: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    folder = tmp_path / "project"
    shutil.copytree(reigning, folder, symlinks=True)
    return folder


def _copied(source: Path, parent: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = parent / "project"
    shutil.copytree(source, folder)
    monkeypatch.chdir(folder)
    assert Path(os.environ["DVC_SITE_CACHE_DIR"]).is_dir()
    return folder
