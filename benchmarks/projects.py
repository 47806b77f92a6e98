"""Scratch projects to measure on."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def clone(folder: Path) -> Path:
    """Return a fresh clone of this repository, as committed, with no results."""
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    return folder


def bare(folder: Path, stages: int) -> Path:
    """Return a DVC project whose stages copy a line from one to the next."""
    folder.mkdir(parents=True)
    (folder / "0.txt").write_text("nothing\n")
    lines = ["stages:"]
    for number in range(stages):
        lines += [
            f"  stage{number}:",
            f"    cmd: cp {number}.txt {number + 1}.txt",
            f"    deps: [{number}.txt]",
            f"    outs: [{number + 1}.txt]",
        ]
    (folder / "dvc.yaml").write_text("\n".join(lines) + "\n")
    for words in (["git", "init", "--quiet"], ["dvc", "init", "--quiet"], ["dvc", "config", "core.analytics", "false"]):
        subprocess.run(words, cwd=folder, check=True, capture_output=True)
    return folder
