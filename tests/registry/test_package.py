"""A package is one folder that says of itself when a file in it is not what was written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from syllabus.errors import Unmet
from syllabus.examples import Examples, Task
from syllabus.modalities.tables import Encoding
from syllabus.models import Model
from syllabus.registry import card, package


@dataclass(frozen=True)
class Fitted:
    """A model that is one file."""

    def predict(self, examples: Examples) -> np.ndarray:
        return np.full((len(examples), 2), 0.5)

    def save(self, directory: Path) -> None:
        (directory / "model.txt").write_text("half\n")


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    task = Task("classification", ("no", "yes"))
    model = Model("tables", "half", {}, Encoding("buys", task, ("age",), {}), Fitted())
    package.write(tmp_path / "package", model, signature=[{"name": "age"}], card="# Card\n", lineage={"data": "abc"})
    return tmp_path / "package"


def test_a_whole_package_is_verified(packed: Path) -> None:
    package.verify(packed)


@pytest.mark.parametrize(
    "name", ["model/fitted/model.txt", "model/model.json", "signature.json", "lineage.json", "card.md"]
)
def test_a_flipped_byte_is_named(packed: Path, name: str) -> None:
    file = packed / name
    content = bytearray(file.read_bytes())
    content[0] ^= 1
    file.write_bytes(content)
    with pytest.raises(Unmet, match=f"{name} was changed since the package was written"):
        package.verify(packed)


def test_a_missing_file_and_an_added_one_are_named(packed: Path) -> None:
    (packed / "card.md").rename(packed / "cord.md")
    with pytest.raises(Unmet, match=r"card\.md is missing"):
        package.verify(packed)
    (packed / "cord.md").rename(packed / "card.md")
    (packed / "more.txt").write_text("x")
    with pytest.raises(Unmet, match=r"more\.txt was added"):
        package.verify(packed)


def test_a_folder_without_checksums_is_no_package(tmp_path: Path) -> None:
    with pytest.raises(Unmet, match="not a package"):
        package.verify(tmp_path)


def test_the_same_package_is_the_same_bytes(packed: Path, tmp_path: Path) -> None:
    before = {file.name: file.read_bytes() for file in packed.rglob("*") if file.is_file()}
    task = Task("classification", ("no", "yes"))
    model = Model("tables", "half", {}, Encoding("buys", task, ("age",), {}), Fitted())
    again = tmp_path / "again"
    package.write(again, model, signature=[{"name": "age"}], card="# Card\n", lineage={"data": "abc"})
    assert {file.name: file.read_bytes() for file in again.rglob("*") if file.is_file()} == before


def test_what_data_says_is_plain_text_in_the_card() -> None:
    assert card._plain("<script>|`*_[x](y)\n#") == r"&lt;script&gt;\|\`\*\_\[x\](y) \#"
