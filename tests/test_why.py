"""`syllabus why` names the file or the parameter that made a stage run."""

from __future__ import annotations

import json
import os
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


def test_a_changed_command_is_told(project: Path) -> None:
    text = (project / "dvc.yaml").read_text()
    (project / "dvc.yaml").write_text(text.replace("cp -r", "cp -R"))
    run(project, "dvc", "repro")
    assert why.last(project) == {"copy": ["its command changed"]}


@pytest.mark.parametrize(
    ("described", "stage", "recorded", "found"),
    [
        ("{cmd: 'fit ${size} ${nested.x}'}", "fit", "fit 1 1", []),
        ("{cmd: 'fit ${size} ${nested.x}'}", "fit", "fit 2 1", ["its command changed"]),
        ("{cmd: [one, 'two ${size}']}", "fit", ["one", "two 1"], []),
        ("{cmd: [one, 'two ${size}']}", "fit", ["one"], ["its command changed"]),
        ("{foreach: [a, b], do: {cmd: 'fit ${item}'}}", "fit@b", "fit b", []),
        ("{foreach: [a, b], do: {cmd: 'fit -v ${item}'}}", "fit@b", "fit b", ["its command changed"]),
        ("{foreach: {a: 3}, do: {cmd: 'fit ${item}'}}", "fit@a", "fit 3", []),
        ("{foreach: '${nested}', do: {cmd: 'fit ${item}'}}", "fit@x", "fit 1", []),
        # What only DVC can fill in is not judged.
        ("{matrix: {m: [a]}, cmd: 'fit ${item.m}'}", "fit@a", "fit a", []),
        ("{cmd: 'fit ${nested}'}", "fit", "fit --x 1 --y 1 2", []),
    ],
)
def test_a_command_is_compared_as_dvc_fills_it_in(
    tmp_path: Path, described: str, stage: str, recorded: object, found: list[str]
) -> None:
    (tmp_path / "params.yaml").write_text("size: 1\nnested: {x: 1, y: [1, 2]}\n")
    (tmp_path / "dvc.yaml").write_text(f"stages:\n  fit: {described}\n")
    (tmp_path / "dvc.lock").write_text(json.dumps({"stages": {stage: {"cmd": recorded}}}))
    assert list(why.reasons(tmp_path, stage)) == found


def test_the_commands_of_this_repository_are_known(root: Path) -> None:
    settings = why._yaml(root / "params.yaml")
    for name, described in why._yaml(root / "dvc.yaml")["stages"].items():
        for stage in [f"{name}@{item}" for item in settings["candidates"]] if "foreach" in described else [name]:
            assert why._command(root, stage)


def test_reasons_stand_in_the_project_and_only_dvc_makes_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DVC_STAGE", raising=False)
    why.note(tmp_path)
    assert list(tmp_path.iterdir()) == []
    for stage in ("train@tree", "sub/dvc.yaml:train@a/b", "train@tree"):
        monkeypatch.setenv("DVC_STAGE", stage)
        why.note(tmp_path)
    assert why.last(tmp_path) == {stage: ["it has not run before"] for stage in ("train@a/b", "train@tree")}
    assert len(list((tmp_path / ".syllabus" / "why").iterdir())) == 2
    assert "why: it has not run before" in capsys.readouterr().err


def test_the_latest_comes_last_and_what_is_torn_is_left_out(tmp_path: Path) -> None:
    journal = tmp_path / why.JOURNAL
    journal.mkdir(parents=True)
    for age, (name, text) in enumerate(
        {"new": '["a"]', "old": '["b"]', "torn": '["c', "other": "3", "binary": "\xff"}.items()
    ):
        (journal / f"{name}.json").write_bytes(text.encode("latin-1"))
        os.utime(journal / f"{name}.json", (1000 - age, 1000 - age))
    (journal / "folder.json").mkdir()
    assert list(why.last(tmp_path).items()) == [("old", ["b"]), ("new", ["a"])]


def test_a_folder_is_hashed_as_dvc_does(project: Path) -> None:
    lock = (project / "dvc.lock").read_text()
    assert why.md5_of_folder(project / "in") in lock
    assert json.dumps(why.md5_of_folder(project / "out")).strip('"') in lock
