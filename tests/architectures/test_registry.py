"""An architecture is found by its file's name; what models share in files, threads and imports."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import easy
import pytest

from syllabus import architectures
from syllabus.errors import Unmet


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "architectures").mkdir()
    return tmp_path


def own(project: Path, name: str, source: str) -> Path:
    file = project / "architectures" / f"{name}.py"
    file.write_text(source)
    return file


def test_a_file_in_the_project_is_an_architecture(project: Path) -> None:
    own(project, "mine", easy.OWN)
    own(project, "_drawn", "")
    assert set(architectures.names(project)) == {*architectures.names(), "mine"}
    assert architectures.load("mine", project).Params().model_dump() == {"smoothing": 1.0}
    assert architectures.load("mine", project) is architectures.load("mine", project)


def test_a_projects_own_takes_no_name_of_the_librarys(project: Path) -> None:
    file = own(project, "linear", easy.OWN)
    with pytest.raises(Unmet, match=rf"^{file} has the name of Syllabus's own linear: rename the file$"):
        architectures.load("linear", project)
    assert "C" in architectures.load("linear").Params.model_fields


def test_two_projects_have_each_their_own(project: Path) -> None:
    other = project / "other"
    (other / "architectures").mkdir(parents=True)
    own(project, "mine", easy.OWN)
    own(other, "mine", easy.OWN.replace("1.0", "3.0"))
    assert architectures.load("mine", project).Params().smoothing == 1.0
    assert architectures.load("mine", other).Params().smoothing == 3.0


@pytest.mark.parametrize("name", ["ligtgbm", "../mine", "", "__init__", "own.mine"])
def test_an_unknown_name_is_refused_with_the_known_ones(name: str, project: Path) -> None:
    with pytest.raises(Unmet, match=rf"unknown architecture .*Valid: {', '.join(architectures.names())}$"):
        architectures.load(name, project)


def test_a_file_that_is_no_python_is_refused_with_its_line(project: Path) -> None:
    file = own(project, "mine", "x = 1\ndef fit(:\n")
    with pytest.raises(Unmet, match=rf"^{file}:2: invalid syntax$"):
        architectures.load("mine", project)


def test_a_module_that_fails_is_read_again_when_it_is_mended(project: Path) -> None:
    own(project, "mine", "raise RuntimeError('not yet')")
    with pytest.raises(RuntimeError, match="not yet"):
        architectures.load("mine", project)
    own(project, "mine", easy.OWN)
    assert architectures.lacking(architectures.load("mine", project)) == []


def test_threads_are_the_process_cores_or_what_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SYLLABUS_THREADS", raising=False)
    assert architectures.threads() == len(os.sched_getaffinity(0))
    monkeypatch.setenv("SYLLABUS_THREADS", "3")
    assert architectures.threads() == 3
    with architectures.sharing(1):
        assert architectures.threads() == 1
    assert architectures.threads() == 3


@pytest.mark.parametrize("asked", ["0", "-1", "two", "1.5", " "])
def test_a_number_of_threads_that_is_none_is_refused(asked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYLLABUS_THREADS", asked)
    with pytest.raises(Unmet, match="valid is a number of threads, from 1"):
        architectures.threads()


def test_companions_are_kept_out_of_one_import_and_of_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    import wave

    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    with architectures.without("colorsys", "wave"):
        with pytest.raises(ModuleNotFoundError):
            import colorsys
        assert sys.modules["wave"] is wave  # it was there already
    import colorsys

    assert colorsys.rgb_to_hsv(1, 0, 0) == (0, 1, 1)


def test_companions_are_free_again_after_an_import_that_fails() -> None:
    with pytest.raises(ZeroDivisionError), architectures.without("colorsys"):
        raise ZeroDivisionError
    assert sys.modules.get("colorsys", sys) is not None


def test_naming_every_architecture_imports_nothing_that_takes_long() -> None:
    code = (
        "import sys\nfrom syllabus import architectures\n"
        "for name in architectures.names(): architectures.load(name).Params()\n"
        "print(*{'lightgbm', 'sklearn', 'scipy', 'optuna', 'pandas', 'polars', 'safetensors', 'torch'} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "\n"
