"""What is wrong with a corpus, in one sentence each; and what is only large."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import easy
import pytest
from corpora.test_document_sources import SENTENCES, data, ingested

from syllabus import architectures
from syllabus.architectures import gpt
from syllabus.errors import Unmet


def test_what_is_not_utf_8_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("gut\nhäßlich\n".encode("cp1252"))
    with pytest.raises(Unmet, match=r"a\.txt: not utf-8 text: byte 5, in line 2, cannot be read; .*cp1252"):
        ingested(data(tmp_path / "a.txt"), tmp_path)
    table, _ = ingested(data(tmp_path / "a.txt", reading={"encoding": "cp1252"}), tmp_path)
    assert table["text"][0] == "gut\nhäßlich\n"


def test_nothing_but_empty_documents_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("||  ||\n")
    with pytest.raises(Unmet, match=r"no document can be learned from: 3 empty"):
        ingested(data(tmp_path / "a.txt", separator="||"), tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(Unmet, match=r"the folder holds no file"):
        ingested(data(tmp_path / "empty"), tmp_path)


def test_a_text_that_cannot_be_cut_as_declared_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("No heading.\n")
    with pytest.raises(Unmet, match=r"no heading of level 2 or higher cuts it"):
        ingested(data(tmp_path / "a.md", heading=2), tmp_path)
    (tmp_path / "a.csv").write_text("text\nx\n")
    with pytest.raises(Unmet, match=r"data\.options\.heading cuts one text file"):
        ingested(data(tmp_path / "a.csv", heading=2), tmp_path)
    with pytest.raises(Unmet, match=r"data\.options\.text: body is not a column of .*Valid: text"):
        ingested(data(tmp_path / "a.csv", text="body"), tmp_path)


def test_a_column_that_ingest_adds_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,words\nx,1\n")
    with pytest.raises(Unmet, match=r"its column words has the name of one that ingest adds; rename it"):
        ingested(data(tmp_path / "a.csv"), tmp_path)


def test_a_corpus_shorter_than_one_context_is_refused() -> None:
    train, validation, _ = easy.problem("documents")
    with pytest.raises(Unmet, match=r"gpt: train holds [\d,]+ tokens, and one context is 30,000: .*context to \d+"):
        easy.fitted(gpt, train, validation, context=30_000)


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")
def test_a_loss_that_is_no_number_stops_with_the_step_and_what_to_try() -> None:
    train, validation, _ = easy.problem("documents")
    params: dict[str, Any] = {"width": 16, "depth": 1, "context": 16, "learning_rate": 1e30, "clip": 1e30, "epochs": 5}
    with pytest.raises(architectures.Diverged, match=r"gpt: .* at step \d+, in epoch \d+; try learning_rate: 1e\+29"):
        easy.fitted(gpt, train, validation, **params)


LARGE = r"""
import re, sys
from pathlib import Path
from corpora.test_document_sources import data, ingested
from syllabus.modalities import corpus
folder = Path(sys.argv[1])
table, report = ingested(data(folder / "large.txt", vocabulary=400), folder)
learned = corpus.learn(table.lazy(), data(folder, vocabulary=400))
examples = corpus.examples(table.lazy(), learned)
assert len(examples.arrays["tokens"][0]) > 10_000_000
# This program's own peak: what getrusage says begins with that of whoever started it.
print(table["bytes"][0], re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1])
"""


@pytest.mark.slow
def test_one_document_of_fifty_megabytes_is_read_in_bounded_memory(tmp_path: Path) -> None:
    once = " ".join(SENTENCES) + "\n"
    (tmp_path / "large.txt").write_text(once * (50_000_000 // len(once)))
    tests = Path(__file__).parents[1]
    command = [sys.executable, "-c", LARGE, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tests)
    assert done.returncode == 0, done.stderr
    held, most = map(int, done.stdout.split())
    assert held > 49_000_000
    assert most * 1024 < 1_500_000_000, f"{most / 1e3:.0f} MB"
