"""LightGBM's text, whatever was done to it: refused or answered, and never an abort or a hang."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, Queue
from threading import Thread

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from trust import mutations
from trust.attacked import asked, signed_again

LIMIT = 30
"""Seconds within which a text is refused or answered."""


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
