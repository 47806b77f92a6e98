"""Any version is restored from its tag on another clone, to the bit, through a local remote and through S3."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from syllabus import frames, models
from syllabus.registry import versions
from tests.history import past_runs
from tests.history.past_runs import clone, dvc, git, published, remote
from tests.history.test_stages import said

PACKAGE = "artifacts/register/package"


def answered(folder: Path) -> np.ndarray:
    """Return what the package of a working tree answers on its test rows."""
    model = models.load(folder / PACKAGE / "model")
    return model.predict(frames.scan(folder / "artifacts/split/test.parquet"))


RUNS: dict[str, dict[str, Any]] = {"v0.0.1": {}, "v0.0.2": {"rows": 900, "depth": 1, "seed": 2, "code": "2"}}


def restored(folder: Path, url: str, *settings: str) -> Path:
    """Check that a clone gets every version from nothing but its tag; return the origin."""
    first, runs = past_runs.begin(folder / "first"), {}
    remote(first, url, *settings)
    for version, run in RUNS.items():
        past_runs.finish(first, **run)
        assert versions.make(first) == (f"people@{version}", True)
        files = sorted(file for file in (first / "artifacts").rglob("*") if file.is_file())
        runs[version] = {file.relative_to(first): frames.sha256(file) for file in files}, answered(first)
        dvc(first, "push")
    origin = published(first)
    shutil.rmtree(first)
    other = clone(origin, "Ben")
    for version, (files, answers) in runs.items():
        git(other, "checkout", "-q", f"people@{version}")
        dvc(other, "pull")
        assert {file: frames.sha256(other / file) for file in files} == files
        assert (answered(other) == answers).all()
    dvc(folder, "artifacts", "get", str(origin), "people", "--rev", "v0.0.1", "--out", str(folder / "alone"))
    of_first = {
        file.relative_to(PACKAGE): held for file, held in runs["v0.0.1"][0].items() if Path(PACKAGE) in file.parents
    }
    assert {file: frames.sha256(folder / "alone" / file) for file in of_first} == of_first
    assert len({files[Path(PACKAGE, "SHA256SUMS")] for files, _ in runs.values()}) == len(RUNS)
    return origin


def test_any_version_is_restored_from_its_tag_through_a_local_remote(tmp_path: Path, state_database: None) -> None:
    restored(tmp_path, str(tmp_path / "store"))


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Start moto's S3 with an empty bucket; yield the URL of the server."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {"ACCESS_KEY_ID": "ann", "SECRET_ACCESS_KEY": "hush", "DEFAULT_REGION": "us-east-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    import boto3

    client = boto3.client("s3", endpoint_url=f"http://{host}:{port}")
    client.create_bucket(Bucket="models")
    client.close()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.mark.slow
def test_any_version_is_restored_from_its_tag_through_s3(
    tmp_path: Path,
    bucket: str,
    state_database: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    origin = restored(tmp_path, "s3://models/people", f"endpointurl={bucket}")
    monkeypatch.chdir(clone(origin, "Cem"))
    told = said(capsys, "promote", "--version", "v0.0.1", "--to", "champion")
    assert told.startswith("people@v0.0.1 is now the champion")
    assert "both answer the" in said(capsys, "compare", "v0.0.1", "v0.0.2")
