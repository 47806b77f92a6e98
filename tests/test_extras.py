"""A program that lacks an extra ends in one sentence, wherever its imports stand."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from projects import ROOT

from syllabus import extras


@pytest.fixture
def usual(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """Return what came to Python's own hook."""
    seen: list[BaseException] = []
    monkeypatch.setattr(sys, "excepthook", lambda _, error, __: seen.append(error))
    return seen


def raised(error: BaseException) -> None:
    sys.excepthook(type(error), error, None)


def test_a_program_names_the_extra_that_it_lacks(
    usual: list[BaseException], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "orig_argv", ["python", "-X", "utf8", "-m", "flows.retrain", "--project", "."])
    extras.explain("flows")
    raised(ModuleNotFoundError("No module named 'prefect.flows'", name="prefect.flows"))
    assert capsys.readouterr().err == 'retrain: needs prefect, which is not installed: pip install "syllabus[train]"\n'
    others = [ModuleNotFoundError("No module named 'mine'", name="mine"), ValueError("else")]
    for error in others:
        raised(error)
    assert usual == others


@pytest.mark.parametrize("words", [["python", "-m", "pytest"], ["python", "-m", "flowsy.x"], ["prefect", "server"]])
def test_another_program_is_left_alone(
    usual: list[BaseException], monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.setattr(sys, "orig_argv", words)
    extras.explain("flows")
    missed = ModuleNotFoundError("No module named 'prefect'", name="prefect")
    raised(missed)
    assert usual == [missed]


@pytest.mark.parametrize(("program", "lacking"), [("stages.validate a b", "ruamel"), ("flows.retrain", "prefect")])
def test_stages_and_flows_are_such_programs(tmp_path: Path, program: str, lacking: str) -> None:
    (tmp_path / "sitecustomize.py").write_text(f"import sys\nsys.modules[{lacking!r}] = None\n")
    (tmp_path / "params.yaml").write_text("seed: 1\n")
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}:{ROOT}"}
    told = [sys.executable, "-m", *program.split()]
    done = subprocess.run(told, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    name = program.split()[0].partition(".")[2]
    sentence = f'{name}: needs {lacking}, which is not installed: pip install "syllabus[train]"\n'
    assert (done.returncode, done.stderr) == (1, sentence)
