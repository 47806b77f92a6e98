"""A package is one folder that says of itself when a file in it is not what was written."""

from __future__ import annotations

import hashlib
import json
import tracemalloc
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from syllabus import frames
from syllabus.errors import Unmet
from syllabus.examples import Examples, Task
from syllabus.modalities.tables import Encoding
from syllabus.models import Model
from syllabus.registry import card, package

DECISION = {"registered": True, "gates": [{"name": "roc_auc", "value": 0.9, "threshold": 0.8, "advice": "add rows"}]}


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
    package.write(
        tmp_path / "package",
        model,
        signature=[{"name": "age"}],
        card="# Card\n",
        lineage={"data": "abc"},
        decision=DECISION,
    )
    return tmp_path / "package"


def test_a_whole_package_is_verified(packed: Path) -> None:
    package.verify(packed)


@pytest.mark.parametrize(
    "name", ["model/fitted/model.txt", "model/model.json", "signature.json", "lineage.json", "decision.json", "card.md"]
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
    package.write(
        again, model, signature=[{"name": "age"}], card="# Card\n", lineage={"data": "abc"}, decision=DECISION
    )
    assert {file.name: file.read_bytes() for file in again.rglob("*") if file.is_file()} == before


def test_the_decision_stands_in_the_package(packed: Path) -> None:
    assert json.loads((packed / "decision.json").read_text()) == DECISION
    assert "  decision.json\n" in (packed / package.CHECKSUMS).read_text()


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("<script>|`*_[x](y)\n#", r"&lt;script&gt;\|\`\*\_\[x\](y) \#"),
        ("~~gone~~ &lt;b&gt;", r"\~\~gone\~\~ &amp;lt;b&amp;gt;"),
        ("- no list", r"\- no list"),
        ("1. no list", r"1\. no list"),
        ("--- no rule", r"\--- no rule"),
        ("-0.5", "-0.5"),
        ("2024-01-31", "2024-01-31"),
    ],
)
def test_markdown_shows_a_text_as_it_stands(said: str, shown: str) -> None:
    assert card._plain(said) == shown


def test_no_text_in_the_card_is_markup() -> None:
    evil = "<b>|*`x`"
    row = {"low": 0.1, "high": 0.2, "value": 0.15, "baseline": None}
    facts = {
        "about": dict.fromkeys(("purpose", "data", "until", "limits"), evil),
        "target": evil,
        "winner": {"candidate": evil, "variant": "tuned"},
        "source": {"path": evil, "rows": 5},
        "task": "classification",
        "transform": None,
        "interval": None,
        "crossed": 0,
        "threshold": None,
        "weights": None,
        "calibrated": None,
        "baseline": "the prior",
        "classes": [evil, "no"],
        "rows": dict.fromkeys(("ingested", "quarantined", "train", "validation", "test"), 1),
        "metrics": [{"name": evil, **row}],
        "onnx": {"reason": evil},
        "fit": {"verdict": evil, "why": evil},
        "fairness": [{"column": evil, "measure": evil, "gap": None}],
        "gates": [{"passed": True, "sentence": evil}],
    }
    written = card.write(facts)
    shown = r"&lt;b&gt;\|\*\`x\`"
    assert evil not in written
    assert written.count(shown) == 15
    assert written.startswith(f"# {shown}: {shown} (tuned)\n\n{shown}\n\n## Data\n")
    assert f"| {shown} | 0.1500 | 0.1000 to 0.2000 | not measurable |" in written
    assert f"{shown}, no." in written


def test_a_digest_takes_no_memory_for_the_whole_file(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(bytes(8_000_000))
    tracemalloc.start()
    digest = frames.sha256(tmp_path / "large")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert digest == hashlib.sha256(bytes(8_000_000)).hexdigest()
    assert peak < 1_000_000
