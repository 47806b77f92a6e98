"""A package is opened without trust: whatever was done to it is one sentence, and never a traceback, an abort or a hang."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load, save
from trust.attacked import asked, signed_again

from syllabus.cli import main


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
