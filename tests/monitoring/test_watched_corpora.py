"""Documents are watched by what they are made of, and by what they cost the model: each is its own label."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from monitoring.watched_packages import alarms, learned, monitored

from syllabus.cli import main

SAID: dict[str, Any] = {"modality": "corpus", "task": "language", "options": {"tokenizer": "bytes", "text": "body"}}
WORDS = [
    "the",
    "sea",
    "is",
    "calm",
    "and",
    "the",
    "old",
    "ship",
    "waits",
    "for",
    "wind",
    "while",
    "gulls",
    "cry",
    "over",
    "grey",
    "water",
    "near",
    "some",
    "quiet",
    "town",
]


def documents(count: int, seed: int) -> pl.DataFrame:
    draw = np.random.default_rng(seed)
    told = [
        "".join(f"{' '.join(draw.choice(WORDS, 6)).capitalize()} {at}.\n" for at in range(draw.integers(3, 12)))
        for _ in range(count)
    ]
    return pl.DataFrame({"body": told, "page": draw.integers(1, 9, count)})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, frame = tmp_path_factory.mktemp("corpus"), documents(300, seed=1)
    return learned(folder, said=SAID, frame=frame, metric="bits_per_byte", slices=("bytes",), name="ngram")


@pytest.mark.parametrize("seed", range(2, 4))
def test_fresh_documents_raise_no_alarm_and_are_their_own_labels(made: Path, tmp_path: Path, seed: int) -> None:
    report = monitored(made, documents(60, seed), tmp_path)
    assert alarms(report) == set()
    assert report["rows"] == {"batch": 60, "read": 60, "labelled": 60}
    (cost,) = (one for one in report["performance"]["metrics"] if one["name"] == "bits_per_byte")
    assert cost["batch"]["low"] < cost["test"]["high"]
    assert cost["test"]["low"] < cost["batch"]["high"]
    assert {one["column"] for one in report["performance"]["slices"]} == {"bytes"}
    assert "The truth stands in the rows themselves" in (tmp_path / "monitor.html").read_text()


DRIFTS = {
    "another language": (pl.col("body").str.replace_all("the", "das").str.replace_all("a", "ä"), ("performance", "")),
    "signs that train has not": (
        pl.col("body") + pl.lit("∀∃∈ ∀∃∈ ∀∃∈"),
        ("values", "share of signs that train has not"),
    ),
    "another script": (pl.lit("Тихое море и старый корабль ждут ветра. " * 9), ("new", "script")),
    "longer ones": (pl.col("body").repeat_by(4).list.join("").str.head(4000), ("values", "lines")),
    "lines that come again": (
        pl.col("body").repeat_by(4).list.join(""),
        ("values", "share of lines that stood before"),
    ),
}


@pytest.mark.parametrize("drift", DRIFTS)
def test_other_documents_are_told(made: Path, tmp_path: Path, drift: str) -> None:
    change, expected = DRIFTS[drift]
    assert expected in alarms(monitored(made, documents(60, 7).with_columns(change.alias("body")), tmp_path))


def test_files_are_documents_and_one_without_text_is_counted(made: Path, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    for place, body in enumerate(documents(40, 2)["body"]):
        (folder / f"{place}.txt").write_text(body)
    (folder / "empty.txt").write_text(" \n")
    report = monitored(made, str(folder), tmp_path / "out")
    assert alarms(report) == {("unread", "text")}
    assert report["rows"] == {"batch": 41, "read": 40, "labelled": 40}


BAD = {
    "a log": ("log.parquet", (), "is a log of 2 texts, on average with 3.5 tokens read and 32.5 tokens written"),
    "no text": ("other.parquet", (), "data.options.text: body is not a column of other.parquet"),
    "labels": ("new.parquet", ("--labels", "new.parquet", "--key", "page"), "are their own labels: leave these out"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_text_is_told_in_a_sentence(
    made: Path, tmp_path: Path, case: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    times = {"asked at": [1, 2], "tokens read": [3, 4], "tokens written": [5, 60], "ended by": ["stop", "length"]}
    pl.DataFrame(times).write_parquet("log.parquet")
    pl.DataFrame({"other": [1]}).write_parquet("other.parquet")
    documents(4, 1).write_parquet("new.parquet")
    source, words, told = BAD[case]
    with pytest.raises(SystemExit):
        main(["monitor", str(made), source, *words])
    said = capsys.readouterr().err
    assert told in said
    assert said.count("\n") == 1
    assert not Path("monitor").exists()
