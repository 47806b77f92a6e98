"""Tensors, trees, networks and graphs that were made to do harm are refused before they are parsed."""

from __future__ import annotations

import json
import shutil
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load, save
from trust.attacked import asked, signed_again


def _header(told: Any, rest: bytes = b"") -> bytes:
    head = json.dumps(told).encode()
    return struct.pack("<Q", len(head)) + head + rest


def _tensor(kind: str, shape: list[int], start: int, end: int) -> dict[str, Any]:
    return {"dtype": kind, "shape": shape, "data_offsets": [start, end]}


TENSORS = {
    "nothing": b"",
    "a long header": struct.pack("<Q", 2**62) + b"{}",
    "no JSON": struct.pack("<Q", 4) + b"{{{{",
    "a list": _header([]),
    "overlapping": _header({"a": _tensor("U8", [8], 0, 8), "b": _tensor("U8", [8], 4, 12)}, b"\0" * 12),
    "beyond the end": _header({"a": _tensor("F64", [1000], 0, 8000)}, b"\0" * 8),
    "another size": _header({"a": _tensor("F64", [3], 0, 8)}, b"\0" * 8),
    "a huge shape": _header({"a": _tensor("F64", [2**40, 2**40], 0, 8)}, b"\0" * 8),
    "negative": _header({"a": _tensor("F64", [-1], 0, 8)}, b"\0" * 8),
    "no kind": _header({"a": _tensor("PY", [1], 0, 8)}, b"\0" * 8),
    "no tensor": _header({"a": 7}),
    "more bytes": _header({}, b"\0" * 8),
}


@pytest.mark.parametrize("kind", TENSORS)
def test_crafted_tensors_are_refused_before_they_are_parsed(
    tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    package = shutil.copytree(tree, tmp_path / "package")
    (package / "model/fitted/model.safetensors").write_bytes(TENSORS[kind])
    told = asked(signed_again(package), capsys)
    assert "model.safetensors: damaged, or made to do harm" in told


def test_a_crafted_tree_neither_hangs_nor_reads_elsewhere(
    tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = shutil.copytree(tree, tmp_path / "package")
    file = package / "model/fitted/model.safetensors"
    whole = load(file.read_bytes())
    long = np.arange(1, 100_001, dtype=np.int32)
    chain = {"left": np.r_[long, -1, -1], "right": np.r_[np.full(100_000, 100_001), -1, -1]}
    chained = {
        name: np.zeros((100_002, *whole[name].shape[1:]), whole[name].dtype) for name in whole if "." not in name
    }
    crafted = {
        "a circle": whole | {"left": np.where(whole["left"] >= 0, 0, -1).astype(np.int32)},
        "outside": whole | {"right": np.where(whole["right"] >= 0, 10**6, -1).astype(np.int32)},
        "too few answers": whole | {"answers": whole["answers"][:-1]},
        "no answers": {name: array for name, array in whole.items() if name != "answers"},
        "another column": whole | {"feature": np.where(whole["left"] >= 0, 99, -2).astype(np.int32)},
        "too deep": chained | {name: array.astype(np.int32) for name, array in chain.items()},
        "no numbers": whole | {"answers": np.full_like(whole["answers"], np.nan)},
        "other classes": whole | {"answers": whole["answers"][:, :1].copy()},
        "no nodes": {name: array if "." in name else array[:0] for name, array in whole.items()},
    }
    for kind, arrays in crafted.items():
        file.write_bytes(save(arrays))
        assert asked(signed_again(package), capsys), kind


def test_a_network_is_not_larger_than_its_file(
    network: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = shutil.copytree(network, tmp_path / "package")
    file = package / "model/fitted/network.json"
    plan = json.loads(file.read_text())
    for key, value in {"width": 10**6, "members": 10**7, "depth": 10**5, "embedding": 10**9, "classes": 3}.items():
        file.write_text(json.dumps(plan | {key: value}))
        assert "its parts do not fit together" in asked(signed_again(package), capsys), key


def test_crafted_weights_of_a_network_are_one_sentence(
    network: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("network", "inputs"):
        package = shutil.copytree(network, tmp_path / name)
        file = package / f"model/fitted/{name}.safetensors"
        whole = load(file.read_bytes())
        for key, array in whole.items():
            for other in (array[:0], np.repeat(array, 2, axis=0), None):
                held = whole | {key: other} if other is not None else {k: v for k, v in whole.items() if k != key}
                file.write_bytes(save({k: np.ascontiguousarray(v) for k, v in held.items()}))
                asked(signed_again(package), capsys)  # it answers, or says why not


def _varint(value: int) -> bytes:
    found = b""
    while value > 127:
        found, value = found + bytes([value & 127 | 128]), value >> 7
    return found + bytes([value])


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _model(graph: bytes, domain: bytes = b"") -> bytes:
    return _varint(8) + _varint(10) + _field(7, graph) + _field(8, _field(1, domain) + _varint(16) + _varint(21))


GRAPHS = {
    "its numbers stand in another file": _model(_field(5, _field(13, _field(1, b"location") + _field(2, b"../x")))),
    "its numbers stand in another file ": _model(_field(5, _varint(14 << 3) + _varint(1))),
    "the operation 'Loop' is none": _model(_field(1, _field(4, b"Loop"))),
    "the operation 'Expand' is none": _model(_field(1, _field(4, b"Expand"))),
    "operations of 'com.microsoft' are none": _model(_field(1, _field(4, b"Add") + _field(7, b"com.microsoft"))),
    "operations of 'mine' are none": _model(b"", b"mine"),
    "an attribute has field 6": _model(_field(1, _field(4, b"Add") + _field(5, _field(6, b"")))),
    "the model has field 25": _model(b"") + _field(25, b""),
    "it holds 2 graphs": _model(b"") + _field(7, b""),
    "it holds 0 graphs": _varint(8) + _varint(10),
    "it is cut off": _model(b"")[:-1],
    "it is empty": b"",
    "no protobuf": b"\xff" * 20,
    "the graph is no message": _varint(8) + _varint(10) + _field(7, _varint(1 << 3) + _varint(3)),
}


@pytest.mark.parametrize("said", GRAPHS)
def test_a_crafted_graph_is_refused_before_it_is_parsed(
    boosted: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], said: str
) -> None:
    package = shutil.copytree(boosted, tmp_path / "package")
    (package / "model.onnx").write_bytes(GRAPHS[said])
    told = asked(signed_again(package), capsys)
    assert "model.onnx: damaged, or made to do harm" in told
    assert said.strip() in told
