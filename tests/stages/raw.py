"""Projects of one raw file, and the stages run on them as a user runs them."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import stages
from stages.ingest import ingest
from syllabus import params

ROOT = Path(__file__).resolve().parents[2]
INGESTED = "artifacts/ingest"
INGEST = ("ingest", INGESTED)


def project(folder: Path, source: str | bytes, name: str = "people.csv", **sections: Any) -> Path:
    """Write the raw file and the settings that read it; a section adds to the usual ones."""
    (folder / name).write_bytes(source.encode() if isinstance(source, str) else source)
    return settings(folder, name, **sections)


def settings(folder: Path, name: str = "people.csv", **sections: Any) -> Path:
    """Write `params.yaml`, as JSON, which is YAML."""
    usual: dict[str, Any] = {
        "seed": 1,
        "about": {},
        "data": {"modality": "tables", "source": name, "target": "buys"},
        "validation": {"suite": "suite.json"},
        "split": {},
        "candidates": ["linear"],
        "architectures": {"linear": {}},
        "tuning": {},
        "examination": {"metric": "roc_auc", "threshold": 0.5, "sensitive": []},
        "gates": {},
    }
    for section, values in sections.items():
        usual[section] |= values
    (folder / "suite.json").write_text("{}", encoding="utf-8")
    (folder / "params.yaml").write_text(json.dumps(usual, indent=1), encoding="utf-8")
    return folder


def people(rows: int, seed: int = 0) -> str:
    """Return a CSV with all that ingest cleans."""
    lines = ["age,town,sex,buys"]
    for row in range(rows):
        age = "?" if row % 17 == seed else str(20 + row % 50)
        lines.append(f"{age}, town {row % 7} ,{'fm'[row % 2]},{'yes' if row % 3 else 'no'}")
    return "\n".join(lines) + "\n"


def run(folder: Path, *words: str, shell: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m stages.WORDS` in the project; `shell` stands before it."""
    command = [sys.executable, "-m", f"stages.{words[0]}", *words[1:]]
    if shell:
        command = ["bash", "-c", f'{shell}; exec "$@"', "bash", *command]
    known = os.environ | {"PYTHONPATH": str(ROOT), "OMP_WAIT_POLICY": "PASSIVE"} | environment
    return subprocess.run(command, cwd=folder, env=known, capture_output=True, text=True, check=False)


def done(folder: Path, *words: str, **environment: str) -> dict[str, Any]:
    """Run a stage that must end well, and return its report."""
    found = run(folder, *words, **environment)
    assert found.returncode == 0, found.stderr
    assert found.stderr == ""
    report: dict[str, Any] = json.loads((folder / words[-1] / "report.json").read_text(encoding="utf-8"))
    return report


def refused(folder: Path, *words: str, shell: str = "") -> str:
    """Run a stage that must refuse in one sentence and leave everything as it was; return the sentence."""
    before = contents(folder)
    found = run(folder, *words, shell=shell)
    assert found.returncode == 1, found.stderr
    assert found.stdout == ""
    assert found.stderr.endswith("\n")
    assert contents(folder) == before
    return sentence(words[0], found.stderr[:-1])


def done_here(folder: Path, *words: str) -> dict[str, Any]:
    """Run a stage that must end well in this process, which is quicker; return its report."""
    with contextlib.chdir(folder):
        stages.run(_stage(words[0]), list(words[1:]))
        report: dict[str, Any] = json.loads((Path(words[-1]) / "report.json").read_text(encoding="utf-8"))
    return report


def refused_here(folder: Path, *words: str) -> str:
    """Run a stage that must refuse in this process; return the sentence."""
    before = contents(folder)
    with contextlib.chdir(folder), pytest.raises(SystemExit) as ended:
        stages.run(_stage(words[0]), list(words[1:]))
    assert contents(folder) == before
    return sentence(words[0], str(ended.value.code))


def ingested(folder: Path, source: str | bytes | None = None, **data: Any) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Ingest in this process; return the table and the report."""
    if source is not None:
        project(folder, source, data=data)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        out = Path("out")
        ingest(params.read(), out)
        return pl.read_parquet(out / "table.parquet"), json.loads((out / "report.json").read_text(encoding="utf-8"))


def rules(report: dict[str, Any]) -> list[tuple[str, str | None, int]]:
    return [(change["rule"], change["column"], change["rows"]) for change in report["changes"]]


def _stage(name: str) -> Callable[..., None]:
    found: Callable[..., None] = getattr(importlib.import_module(f"stages.{name}"), name)
    return found


def sentence(stage: str, said: str) -> str:
    """Return what a stage said, without its name, after a look that it is one line."""
    assert said.startswith(f"{stage}: ")
    assert "\n" not in said
    return said.removeprefix(f"{stage}: ")


def contents(folder: Path) -> dict[str, str]:
    """Return the hash of every file, hidden ones too."""
    return {
        file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in folder.rglob("*")
        if file.is_file()
    }
