"""A graph of few nodes that asks for all of the memory ends with an error, and an honest one does not notice."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from syllabus.export import asking
from syllabus.export.graph import Graph
from syllabus.serving import graphs as running
from syllabus.trust import graphs
from syllabus.trust.words import Wrong

WIDE = 1_000
ROW = {"values": np.ones((1, WIDE), np.float32)}
SMALL = 16 * 2**20


def doubled(graph: Graph, found: str, times: int = 15) -> str:
    for _ in range(times):
        found = graph("Concat", found, found, axis=0)
    return found


def gathered(graph: Graph, found: str) -> str:
    again = graph.constant(np.zeros(100, np.int64))
    return graph("Gather", graph("Gather", found, again, axis=0), graph("Concat", *[again] * 100, axis=0), axis=0)


def product(graph: Graph, found: str) -> str:
    many = graph("Reshape", doubled(graph, found, 3), graph.constant([-1, 1]))
    return graph("MatMul", many, graph("Transpose", many, perm=[1, 0]))


def swollen(file: Path, grown: Callable[..., str], *more: int, constant: bool = False) -> Path:
    """Write a graph that adds to what comes in the largest number of an array that it makes."""
    graph = Graph()
    given = graph.array("values", np.float32, "", WIDE)
    found = grown(graph, graph.constant(np.ones((1, WIDE)), np.float32) if constant else given, *more)
    file.write_bytes(graph.content(graph("Add", given, graph("ReduceMax", found, keepdims=0)), "told", (WIDE,), {}))
    graphs.check(file)
    return file


@pytest.mark.parametrize("constant", [False, True])
@pytest.mark.parametrize("grown", [doubled, gathered, product])
def test_a_run_that_asks_for_more_than_its_file_accounts_for_ends(
    grown: Callable[..., str], constant: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = swollen(tmp_path / "model.onnx", grown, constant=constant)
    roomy = running.session(file)
    assert (roomy.run(None, ROW)[0] >= 2).all()
    monkeypatch.setattr(running, "LEAST", SMALL)
    narrow = running.session(file)
    for _ in range(2):
        with pytest.raises(Exception, match="smaller than requested"):
            narrow.run(None, ROW)
    monkeypatch.undo()
    assert (roomy.run(None, ROW)[0] >= 2).all()


def test_a_file_of_few_bytes_does_not_take_all_of_the_memory(tmp_path: Path) -> None:
    file = swollen(tmp_path / "model.onnx", doubled, 19, constant=True)
    assert file.stat().st_size < 10_000
    asked = f"""
import numpy, pathlib, re
from syllabus.serving import graphs
try:
    graphs.session(pathlib.Path({str(file)!r})).run(None, {{"values": numpy.ones((1, {WIDE}), "float32")}})
except Exception as error:
    peak = re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1]  # this program's alone
    print("smaller than requested" in str(error), peak)
"""
    ended = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    said, kilobytes = ended.stdout.split()
    assert said == "True"
    assert int(kilobytes) < 2.5 * 2**20


def test_texts_that_stand_outside_of_the_bound_are_refused(tmp_path: Path) -> None:
    """Neither a LabelEncoder that gives texts, nor a tensor of them."""
    file = tmp_path / "model.onnx"
    graph = Graph()
    found = graph("LabelEncoder", graph.array("said", np.object_, ""), keys_strings=["a"], values_strings=["aa"])
    file.write_bytes(graph.content(found, "told", (), {}))
    with pytest.raises(Wrong, match="gives texts"):
        graphs.check(file)
    graph = Graph()
    found = graph("Equal", graph.array("said", np.object_, ""), graph.constant(["a"], np.object_))
    file.write_bytes(graph.content(found, "told", (), {}))
    with pytest.raises(Wrong, match="a tensor has field 6"):
        graphs.check(file)


def test_many_rows_are_asked_some_at_a_time_and_answered_alike(tmp_path: Path) -> None:
    file = swollen(tmp_path / "model.onnx", doubled, 1)
    made = running.session(file)
    held = np.random.default_rng(0).random((2 * asking.AT_ONCE + 1, WIDE)).astype(np.float32)
    held[:, 0] = 1  # the largest number of every piece
    assert (asking.run(made, {"values": held}) == made.run(None, {"values": held})[0]).all()
