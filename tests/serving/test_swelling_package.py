"""A package whose graph asks for all of the memory is refused before anybody asks it."""

import shutil
from hashlib import sha256
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper
from services import client

from syllabus.errors import Unmet
from syllabus.registry.package import CHECKSUMS
from syllabus.serving import graphs


def swell(file: Path) -> None:
    """Let a graph add to its answer what it takes 32 MB to know."""
    made = onnx.load(file)
    nodes, (answer,) = made.graph.node, made.graph.output
    (last,) = (node for node in nodes if answer.name in node.output)
    last.output[0] = "answered before"
    made.graph.initializer.append(numpy_helper.from_array(np.zeros((1, 1_000)), "twice 0"))
    nodes.extend(helper.make_node("Concat", [f"twice {at}"] * 2, [f"twice {at + 1}"], axis=0) for at in range(12))
    nodes.append(helper.make_node("ReduceMax", ["twice 12"], ["largest"], keepdims=0))
    nodes.append(helper.make_node("Add", ["answered before", "largest"], [answer.name]))
    file.write_bytes(made.SerializeToString())


def listed_anew(package: Path, name: str) -> None:
    """Write a file's checksum, as whoever crafts a package does."""
    lines = (package / CHECKSUMS).read_text().splitlines()
    digest = sha256((package / name).read_bytes()).hexdigest()
    told = [f"{digest}  {name}" if line.endswith(f"  {name}") else line for line in lines]
    (package / CHECKSUMS).write_text("\n".join([*told, ""]))


def test_a_graph_that_swells_is_one_sentence(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "package"
    shutil.copytree(made, package)
    swell(package / "model.onnx")
    listed_anew(package, "model.onnx")
    with client(package) as asking:
        assert asking.get("/health/ready").status_code == 200
    monkeypatch.setattr(graphs, "LEAST", 16 * 2**20)
    with pytest.raises(Unmet, match=r"parts do not fit together: .* running Concat node"), client(package):
        pass
