"""What there is to do is read from DVC: the order, and why each stage would run."""

from __future__ import annotations

from pathlib import Path

import pytest
from dvc.exceptions import DvcException

from flows import graph
from flows.repository import patiently
from syllabus.errors import Unmet
from tests.flows.runs import bring_all, rewrite


def test_a_stage_stands_after_those_that_it_needs(new: Path) -> None:
    needs = graph.read().needs

    assert set(needs["train@tree"]) == {"ingest", "validate"}
    assert set(needs["evaluate"]) == {"train@linear", "train@tree"}
    assert needs["survey"] == ()
    order = list(needs)
    assert all(order.index(up) < order.index(stage) for stage, ups in needs.items() for up in ups)


def test_a_target_takes_what_it_needs_and_nothing_else(new: Path) -> None:
    assert set(graph.read(["train@tree"]).needs) == {"ingest", "validate", "train@tree"}
    assert set(graph.read(["train"]).needs) == {"ingest", "validate", "train@linear", "train@tree"}


def test_metrics_and_outputs_are_known_before_they_exist(new: Path) -> None:
    read = graph.read()

    assert read.metrics == ("metrics.json",)
    assert {"table.csv", "models/tree", "report.html"} <= set(read.outputs)


def test_a_new_project_has_everything_to_do(new: Path) -> None:
    read = graph.read()

    assert set(read.stale) == set(read.needs)
    assert set(read.stale.values()) == {"it never ran"}


def test_nothing_is_stale_after_a_run(project: Path) -> None:
    assert graph.read().stale == {}


@pytest.mark.parametrize(
    ("file", "old", "new", "stale"),
    [
        ("raw.csv", "1", "2", {"ingest": "raw.csv changed", "survey": "raw.csv changed"}),
        ("params.yaml", "depth: 3", "depth: 4", {"train@tree": "tree in params.yaml changed"}),
        ("dvc.yaml", "wc -l <", "wc -w <", {"survey": "its command changed"}),
        ("lines.txt", "2", "3", {"survey": "output lines.txt changed"}),
    ],
)
def test_a_reason_names_what_changed(project: Path, file: str, old: str, new: str, stale: dict[str, str]) -> None:
    if file == "lines.txt":
        (project / file).unlink()  # it may be a link into DVC's cache
        (project / file).write_text("3\n")
    else:
        rewrite(project / file, old, new)

    assert graph.read().stale == stale


def test_a_missing_output_is_a_reason(project: Path) -> None:
    (project / "lines.txt").unlink()

    assert graph.read().stale == {"survey": "output lines.txt is missing"}


def test_many_reasons_are_cut(new: Path) -> None:
    files = [f"{name}.txt" for name in "abcdefgh"]
    for file in files:
        (new / file).touch()
    (new / "dvc.yaml").write_text(f"stages:\n  many:\n    cmd: touch out\n    deps: {files}\n    outs: [out]\n")
    bring_all()
    for file in files:
        (new / file).write_text("changed")

    assert graph.read().stale["many"].endswith("f.txt changed, and 2 more")


def test_a_stage_without_inputs_always_runs(project: Path) -> None:
    (project / "dvc.yaml").write_text("stages:\n  hello:\n    cmd: echo hello\n")

    assert graph.read().stale == {"hello": graph.ALWAYS}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("stages:\n  a:\n    cmd: [\n", "dvc.yaml"),
        ("stages:\n  a:\n    cmd: cat nothing\n    depz: [nothing]\n", "dvc.yaml"),
        ("stages: {}\n", "describes no stage"),
        ("stages:\n  a:\n    cmd: x\n    outs: [o]\n  b:\n    cmd: x\n    outs: [o]\n", "o"),
    ],
)
def test_a_broken_dvc_yaml_is_one_sentence(project: Path, text: str, sentence: str) -> None:
    (project / "dvc.yaml").write_text(text)

    with pytest.raises(Unmet, match=sentence) as caught:
        patiently(graph.read, print)
    assert "\n" not in str(caught.value)


def test_an_unknown_target_is_named(project: Path) -> None:
    with pytest.raises(DvcException, match="train@forest"):
        graph.read(["train@forest"])


def test_a_folder_without_dvc_is_told_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(Unmet, match="is not inside a DVC repository"):
        graph.read()


def test_a_project_without_git_is_one_sentence(project: Path) -> None:
    (project / ".git").rename(project.parent / "gone")

    with pytest.raises(Unmet, match="Git repository"):
        graph.read()
