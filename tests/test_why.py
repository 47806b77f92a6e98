"""`syllabus why` names the file or the parameter that made a stage run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from projects import commit, run

from syllabus import why

DVC_YAML = """\
stages:
  copy:
    cmd: python -c "from syllabus import why; from pathlib import Path; why.note(Path())" && cp -r in out
    deps: [in, one.txt]
    params: [size, nested]
    outs: [out]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "in" / "deep").mkdir(parents=True)
    (tmp_path / "in" / "a.txt").write_text("a")
    (tmp_path / "in" / "deep" / "b.txt").write_text("b")
    (tmp_path / "one.txt").write_text("1")
    (tmp_path / "params.yaml").write_text("size: 1\nnested: {x: 1, y: [1, 2]}\n")
    (tmp_path / "dvc.yaml").write_text(DVC_YAML)
    commit(tmp_path)
    done = run(tmp_path, "dvc", "repro")
    assert done.returncode == 0, done.stderr
    return tmp_path


def test_a_first_run_a_changed_file_and_a_changed_parameter_are_told(project: Path) -> None:
    assert why.last(project) == {"copy": ["it has not run before"]}
    (project / "in" / "deep" / "b.txt").write_text("other")
    (project / "params.yaml").write_text("size: 2\nnested: {x: 1, y: [1, 3]}\n")
    done = run(project, "dvc", "repro")
    expected = ["in changed", "params.yaml: nested.y was [1, 2], is [1, 3]", "params.yaml: size was 1, is 2"]
    assert why.last(project) == {"copy": expected}
    assert f"why: {'; '.join(expected)}" in done.stderr
    assert run(project, "syllabus", "why").stdout == f"copy: {'; '.join(expected)}\n"


def test_nothing_changed_means_no_reason_and_a_forced_run_says_so(project: Path) -> None:
    assert list(why.reasons(project, "copy")) == []
    run(project, "dvc", "repro", "--force")
    assert why.last(project) == {"copy": [why.UNSEEN]}


def test_a_folder_is_hashed_as_dvc_does(project: Path) -> None:
    lock = (project / "dvc.lock").read_text()
    assert why.md5_of_folder(project / "in") in lock
    assert json.dumps(why.md5_of_folder(project / "out")).strip('"') in lock
