"""A package is opened without trust: whatever was done to it is one sentence, and never a traceback, an abort or a hang."""

from __future__ import annotations

import json
import os
import re
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import load, save
from serving.packed import TABLE, packed, people
from trust import mutations

from syllabus import frames
from syllabus.cli import main

LIMIT = 30
"""Seconds within which a text is refused or answered."""


@pytest.fixture(scope="module")
def boosted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packed(tmp_path_factory.mktemp("boosted"), people(900), TABLE, "lightgbm", onnx=True, threshold=THRESHOLD)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packed(tmp_path_factory.mktemp("tree"), people(900), TABLE, "tree")


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packed(tmp_path_factory.mktemp("network"), people(900), TABLE, "mlp")


THRESHOLD: dict[str, Any] = {"positive": "yes", "threshold": 0.3, "across": None, "groups": {}}


def signed_again(package: Path) -> Path:
    """Write the checksums anew, as whoever crafts a package would."""
    files = sorted(file for file in package.rglob("*") if file.is_file() and file.name != "SHA256SUMS")
    for file in files:
        if (seal := file.with_name(file.name + ".sha256")) in files:
            seal.write_text(frames.sha256(file) + "\n")
    lines = [f"{frames.sha256(file)}  {file.relative_to(package).as_posix()}" for file in files]
    (package / "SHA256SUMS").write_text("\n".join(lines) + "\n")
    return package


def asked(package: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Return the sentence with which `syllabus predict` refuses a package; nothing where it answers."""
    people(20).write_csv(package.parent / "asked.csv")
    words = ["predict", str(package), str(package.parent / "asked.csv"), str(package.parent / "answers.parquet")]
    capsys.readouterr()
    try:
        main(words)
    except SystemExit:
        told = capsys.readouterr().err
        assert told.count("\n") == 1, told
        return told
    return ""


def test_a_flipped_byte_in_any_file_is_refused(
    boosted: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = shutil.copytree(boosted, tmp_path / "package")
    names = sorted(file.relative_to(package).as_posix() for file in package.rglob("*") if file.is_file())
    assert {"SHA256SUMS", "card.md", "model.onnx", "model/fitted/model.txt", "signature.json"} <= set(names)
    for name in names:
        held = (package / name).read_bytes() or b"\x00"  # a card that says nothing is empty
        for place in {0, len(held) // 2, len(held) - 1}:
            (package / name).write_bytes(held[:place] + bytes([held[place] ^ 1]) + held[place + 1 :])
            told = asked(package, capsys)
            # A digest or a name that was changed in the list is another file's.
            assert name in told or name == "SHA256SUMS", (name, told)
            assert told
        (package / name).write_bytes(boosted.joinpath(name).read_bytes())
    assert not asked(package, capsys)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{digest}  ../model.onnx", "is no checksum of a file of the package"),
        ("{digest}  /etc/passwd", "is no checksum of a file of the package"),
        ("{digest}  model/../card.md", "is no checksum of a file of the package"),
        ("{digest}  model\\card.md", "is no checksum of a file of the package"),
        ("{digest} *card.md", "is no checksum of a file of the package"),
        ("", "is no checksum of a file of the package"),
        ("{digest}  card.md", "lists card.md a second time"),
        ("{digest}  other.json", "other.json is missing"),
    ],
)
def test_a_list_of_checksums_names_files_of_the_package_once(
    boosted: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, said: str
) -> None:
    package = shutil.copytree(boosted, tmp_path / "package")
    with (package / "SHA256SUMS").open("a") as held:
        held.write(line.format(digest="0" * 64) + "\n")
    assert said in asked(package, capsys)


def test_links_and_what_is_no_file_are_refused(
    boosted: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = shutil.copytree(boosted, tmp_path / "linked")
    shutil.move(package / "card.md", tmp_path / "card.md")
    (package / "card.md").symlink_to(tmp_path / "card.md")
    assert "card.md: is a link" in asked(package, capsys)
    cached = tmp_path / "files" / "md5" / "ab" / "cdef"
    cached.parent.mkdir(parents=True)
    shutil.move(tmp_path / "card.md", cached)
    (package / "card.md").unlink()
    (package / "card.md").symlink_to(cached)
    assert not asked(package, capsys), "DVC may link into its cache"
    package = shutil.copytree(boosted, tmp_path / "piped")
    os.mkfifo(package / "model" / "more.json")
    assert "more.json: is no file" in asked(package, capsys)
    package = shutil.copytree(boosted, tmp_path / "led")
    (package / "more").symlink_to(tmp_path)
    assert "more: is a link" in asked(package, capsys)


JSON = {
    "deep": b"[" * 100_000 + b"]" * 100_000,
    "somewhat deep": b"[" * 80 + b"]" * 80,
    "no number": b'{"a": NaN}',
    "twice": b'{"a": 1, "a": 2}',
    "cut": b'{"a": ',
    "no text": b'{"a": "\xff"}',
    "other": b'{"a": 1}',
    "a list": b"[1, 2]",
    "a number": b"12345",
    "nothing": b"",
}


@pytest.mark.parametrize("name", ["data.json", "signature.json", "novelty.json", "threshold.json", "model/model.json"])
@pytest.mark.parametrize("kind", JSON)
def test_crafted_json_is_one_sentence(
    boosted: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, kind: str
) -> None:
    package = shutil.copytree(boosted, tmp_path / "package")
    (package / name).write_bytes(JSON[kind])
    assert asked(signed_again(package), capsys)


@pytest.mark.slow
def test_crafted_values_in_json_are_one_sentence(
    boosted: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every value of every file of JSON, one after the other, becomes another: it answers, or says why not."""
    package = shutil.copytree(boosted, tmp_path / "package")
    refused = 0
    for name in ("data.json", "signature.json", "threshold.json", "model/model.json"):
        whole = json.loads((boosted / name).read_text())
        for path in _paths(whole):
            for other in (None, -1, "x", [], 10**30):
                (package / name).write_text(json.dumps(_replaced(whole, path, other)))
                refused += bool(asked(signed_again(package), capsys))
        (package / name).write_text(json.dumps(whole))
    assert refused > 100
    assert not asked(signed_again(package), capsys)


def _paths(value: Any) -> Iterator[tuple[Any, ...]]:
    held = value.items() if isinstance(value, dict) else enumerate(value[:3]) if isinstance(value, list) else ()
    for key, one in held:
        yield (key,)
        yield from ((key, *rest) for rest in _paths(one))


def _replaced(value: Any, path: tuple[Any, ...], other: Any) -> Any:
    if not path:
        return other
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _replaced(value[path[0]], path[1:], other)
    return copy


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


def test_other_commands_open_a_package_without_trust_as_well(
    tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = shutil.copytree(tree, tmp_path / "package")
    file = package / "model/fitted/model.safetensors"
    whole = load(file.read_bytes())
    damage = {
        b"": "model.safetensors: damaged, or made to do harm",
        save(whole | {"left": np.zeros_like(whole["left"])}): "model.safetensors: holds no tree",
        save({"orders": whole["answers"]}): "model.safetensors: holds no tree",
    }
    for content, said in damage.items():
        file.write_bytes(content)
        signed_again(package)
        for words in (["recommend", str(package), "somebody"], ["generate", str(package)]):
            with pytest.raises(SystemExit):
                main(words)
            told = capsys.readouterr().err
            assert said in told
            assert told.count("\n") == 1


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


class Opener:
    """A process that opens texts one after the other; another takes its place where one ends it or makes it hang."""

    def __init__(self, folder: Path) -> None:
        words = [sys.executable, mutations.__file__, str(folder)]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.told: Queue[str] = Queue()
        Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.told.put(line)
        self.told.put("")

    def opened(self, text: str) -> str:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(text) + "\n")
        self.process.stdin.flush()
        try:
            line = self.told.get(timeout=LIMIT)
        except Empty:
            self.process.kill()
            raise AssertionError("it hangs") from None
        assert line, "it ended the process"
        return str(json.loads(line))

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(LIMIT)
        self.told.get(timeout=LIMIT)  # the end
        self.process.stdout.close()


@pytest.fixture(scope="module")
def opener(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opener]:
    made = Opener(tmp_path_factory.mktemp("opener"))
    yield made
    made.close()


def _text(package: Path) -> str:
    """Return the text of a booster of some trees: many of the mutations then hit what matters."""
    text = (package / "model/fitted/model.txt").read_text()
    head, *trees = re.split(r"(?=^Tree=)", text.partition("end of trees")[0], flags=re.MULTILINE)
    return mutations.sized(head + "".join(trees[:3]) + "end of trees" + text.partition("end of trees")[2])


@settings(
    max_examples=400, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32))
def test_whatever_is_done_to_a_boosters_text_it_is_refused_or_answers(boosted: Path, opener: Opener, seed: int) -> None:
    told = opener.opened(mutations.damaged(_text(boosted), seed))
    assert told == "answered" or told.startswith("refused: ")


def test_a_boosters_text_is_refused_wherever_it_is_cut(boosted: Path, opener: Opener) -> None:
    text = _text(boosted)
    assert opener.opened(text) == "answered"
    for place in range(0, len(text), 97):
        assert opener.opened(text[:place]).startswith("refused: ")
        assert opener.opened(mutations.sized(text[:place])).startswith("refused: ")


LINES = {
    "left_child": "leads back|does not lead to each",
    "split_feature": "asks a feature that it has not",
    "leaf_value": "leaf_value",
    "num_leaves": "where it needs|no leaves|other lines",
    "cat_boundaries": "other categories|no whole numbers",
    "num_cat": "categories|other lines",
}


@pytest.mark.parametrize("name", LINES)
def test_a_crafted_line_of_a_booster_is_refused(
    boosted: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    others = {
        "left_child": lambda held: " ".join(["0"] * len(held.split())),
        "split_feature": lambda held: " ".join(["999"] * len(held.split())),
        "leaf_value": lambda held: held.rpartition(" ")[0],
        "num_leaves": lambda held: str(int(held) + 1),
        "cat_boundaries": lambda held: held.rpartition(" ")[0] + " 1000000",
        "num_cat": lambda held: "1000000",
    }
    package = shutil.copytree(boosted, tmp_path / "package")
    file = package / "model/fitted/model.txt"
    text = re.sub(rf"^{name}=(.*)$", lambda hit: f"{name}={others[name](hit[1])}", file.read_text(), flags=re.MULTILINE)
    file.write_text(mutations.sized(text))
    told = asked(signed_again(package), capsys)
    assert "model.txt: damaged, or made to do harm" in told
    assert re.search(LINES[name], told), told


def test_what_is_not_touched_answers_as_the_model(boosted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert not asked(boosted, capsys)
    assert len(pl.read_parquet(boosted.parent / "answers.parquet")) == 20
