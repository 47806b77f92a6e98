"""A convolution of a package gives no larger maps than come in, but for the sides of its kernel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from syllabus.export.graph import Graph
from syllabus.trust import graphs
from syllabus.trust.words import Wrong

GOOD: dict[str, Any] = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1], "strides": [2, 2]}
BAD: dict[str, dict[str, Any]] = {
    "pads by its kernel's side or more": GOOD | {"pads": [1, 1, 3, 1]},
    "pads by its kernel's side or more ": GOOD | {"pads": [10**9] * 4},
    "or takes no steps": GOOD | {"strides": [2, 0]},
    "or takes no steps ": GOOD | {"strides": [-1, 1]},
    "pads by its kernel's side or more  ": GOOD | {"pads": [1, 1, 1, -1]},
    "do not go together": GOOD | {"pads": [1, 1]},
    "is told other than": {"kernel_shape": [3, 3], "strides": [1, 1], "auto_pad": "SAME_UPPER"},
    "is told other than ": GOOD | {"dilations": [2**30, 1]},
    "is told other than  ": {"kernel_shape": [3, 3]},
}


def convolved(file: Path, **told: Any) -> Path:
    graph = Graph()
    pictures = graph.array("image", np.float32, "", 3, 8, 8)
    found = graph("Conv", pictures, graph.constant(np.ones((2, 3, 3, 3)), np.float32), **told)
    file.write_bytes(graph.content(found, "values", (2, 4, 4), {}))
    return file


@pytest.mark.parametrize("said", BAD)
def test_a_crafted_convolution_is_refused(said: str, tmp_path: Path) -> None:
    with pytest.raises(Wrong, match=said.strip()):
        graphs.check(convolved(tmp_path / "model.onnx", **BAD[said]))


def field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2, len(content)]) + content


@pytest.mark.parametrize("packed", [False, True])
def test_numbers_that_come_as_bytes_are_refused(packed: bool, tmp_path: Path) -> None:
    """Protobuf reads both: pads that are not seen could be any."""
    plain = {name: b"".join(bytes([8 << 3, one]) for one in held) for name, held in GOOD.items()}
    told = plain | ({"pads": field(8, bytes(GOOD["pads"]))} if packed else {})
    node = field(4, b"Conv") + b"".join(field(5, field(1, name.encode()) + held) for name, held in told.items())
    (tmp_path / "model.onnx").write_bytes(b"\x08\x0a" + field(7, field(1, node)))
    if not packed:
        graphs.check(tmp_path / "model.onnx")
        return
    with pytest.raises(Wrong, match="are packed"):
        graphs.check(tmp_path / "model.onnx")
