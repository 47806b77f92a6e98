"""Processes that torchrun starts share a fit, and leave what one process leaves."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import easy
import parts
import pytest
from projects import ROOT

ONE = [sys.executable]
LAUNCHER = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node"]


def trained(folder: Path, starter: list[str], stage: str, *paths: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"SYLLABUS_DEVICE": "cpu", "PYTHONPATH": str(ROOT)}
    words = [*starter, "-m", f"stages.{stage}", "mlp", parts.SPLIT, *paths]
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_several_processes_end_with_the_bits_of_one(tmp_path: Path) -> None:
    folder = parts.project(tmp_path / "project", rows=500, mlp=easy.QUICK["mlp"] | {"epochs": 2, "batch": 160})
    files = []
    for number, starter in enumerate((ONE, [*LAUNCHER, "2"], [*LAUNCHER, "3"])):
        out = folder / f"artifacts/train/{number}"
        done = trained(folder, starter, "train", parts.CHECKPOINTS, str(out))
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("mlp: best of 2 iterations is") == 1
        held = sorted(path for path in out.rglob("*") if path.is_file())
        files.append({path.relative_to(out).as_posix(): path.read_bytes() for path in held})
    assert "model/fitted/network.safetensors" in files[0]
    assert files == [files[0]] * 3
    # Nothing that is half written, of any process, and no checkpoint of what has ended.
    assert sorted(path.name for path in (folder / "artifacts/train").iterdir()) == ["0", "1", "2"]
    assert not list((folder / parts.CHECKPOINTS).glob("*.safetensors"))


@pytest.mark.slow
def test_other_stages_are_not_shared(tmp_path: Path) -> None:
    folder = parts.project(tmp_path / "project", rows=500, mlp={})
    done = trained(folder, [*LAUNCHER, "2"], "tune", "trained", "studies", "out")
    assert done.returncode != 0
    assert "tune: runs in one process; torchrun is for train, whose processes share a fit" in done.stderr
    assert not (folder / "out").exists()
