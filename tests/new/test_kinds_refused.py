"""What no project can be made of is one sentence that says what would be right, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from new import kind_sources
from new.running import said

RANDOM = np.random.default_rng(0)
Make = Callable[[Path], list[str]]


def files(folder: Path, **held: int) -> list[str]:
    """Write files by their names' pattern, and return the words that name their folder."""
    (folder / "lies").mkdir()
    for pattern, count in held.items():
        where, _, ending = pattern.rpartition("__")
        for number in range(count):
            path = folder / "lies" / where.replace("__", "/") / f"{number}.{ending}"
            path.parent.mkdir(parents=True, exist_ok=True)
            picture = ending == "png"
            path.write_bytes(kind_sources.picture(RANDOM, 0) if picture else b"some words that were said\n")
    return ["--data", str(folder / "lies")]


def table(folder: Path, **columns: list[object]) -> list[str]:
    pl.DataFrame(columns).write_csv(folder / "t.csv")
    return ["--data", str(folder / "t.csv")]


def days(count: int) -> list[object]:
    return list(
        pl.date_range(pl.date(2020, 1, 1), pl.lit("2030-01-01").str.to_date(), eager=True).head(count).cast(str)
    )


REFUSED: dict[str, tuple[Make, str]] = {
    "an empty folder": (lambda at: files(at), "lies: is a folder without a table, a picture or a text; --data names a file"),
    "one class folder": (
        lambda at: files(at, cats__png=3),
        "lies: holds the pictures of one folder, cats, and pictures are told apart by a folder for each class, at least",
    ),
    "pictures beside each other": (lambda at: files(at, __png=4), "lies: holds 4 pictures beside each other, and pictures"),
    "mixed things": (
        lambda at: files(at, cats__png=5, dogs__txt=4, dogs__bin=2),
        "lies: holds 5 pictures and 4 texts and 2 other files, so it is not plain what is to be learned from: move",
    ),
    "tables in a folder": (lambda at: files(at, __csv=2, __png=1), "lies: is a folder; several files are one table by a"),
    "tables further within": (lambda at: files(at, x__parquet=1), "/**/*.parquet'"),
    "recordings": (lambda at: files(at, a__wav=2, b__wav=2), "holds 4 recordings, and what can be learned from is a table"),
    "no picture among what is said to be": (
        lambda at: [*files(at, a__txt=2, b__txt=2), "--modality", "images"],
        "lies: holds no pictures, but 4 other files; known are .png, .jpg",
    ),
    "pictures that are none": (
        lambda at: [*files(at, a__jpg=2, b__jpg=2)],
        "none of 4 pictures that were looked at can be read: 0.jpg: no picture of a known format",
    ),
    "a number from folders": (
        lambda at: [*files(at, a__png=2, b__png=2), "--task", "regression"],
        "lies is a folder by class, and numbers stand in a table: --data TABLE",
    ),
    "a column of a folder": (
        lambda at: [*files(at, a__png=2, b__png=2), "--image", "x"],
        "--image names a column of a table, and ",
    ),
    "an unknown modality": (
        lambda at: [*files(at, a__png=2), "--modality", "image"],
        "unknown modality image; did you mean images? Valid: corpus, images, mixed, ratings, series, tables, text",
    ),
    "an option of another kind": (
        lambda at: [*table(at, a=[1, 2] * 20, b=["x", "y"] * 20), "--modality", "series", "--user", "a"],
        "--user says nothing of series: it goes with --modality ratings",
    ),
    "a folder as series": (lambda at: [*files(at, a__txt=2), "--modality", "series"], "is a folder, and series stand in a"),
    "no column of time": (
        lambda at: [*table(at, a=[n * n % 7 for n in range(40)], b=list(range(40))), "--modality", "series", "--target", "b"],
        "no column holds dates or times, written such as 2020-12-31 or 2020-12-31 18:00; --time COLUMN names it, of a",
    ),
    "a time that is none": (
        lambda at: [*table(at, a=[n * n % 7 for n in range(40)], b=list(range(40))), "--time", "a", "--target", "b"],
        "--time a holds no dates or times, but is numeric: 0 to 4, 4 values",
    ),
    "a series with one point": (
        lambda at: [*table(at, day=["2020-01-01"] * 30, b=list(range(30))), "--modality", "series", "--target", "b"],
        "no column holds dates or times",
    ),
    "a short series": (
        lambda at: [*table(at, day=days(9), b=[1, 2, 3] * 3), "--modality", "series", "--target", "b"],
        "day holds 9 moments: a forecast is learned and examined from 20 on",
    ),
    "a class as a forecast": (
        lambda at: [*table(at, day=days(40), b=["x", "y"] * 20), "--modality", "series", "--target", "b"],
        "--task regression: the target b holds no numbers",
    ),
    "a corpus with a target": (
        lambda at: [*files(at, __txt=12), "--modality", "corpus", "--target", "x"],
        "--target x: a corpus has no column to predict; --modality text predicts one from texts",
    ),
    "few documents": (lambda at: files(at, __txt=3), "lies: holds 3 documents, and a corpus is shared out by at least 10"),
    "no text in a table": (
        lambda at: [*table(at, a=[1, 2] * 20, b=["x", "y"] * 20), "--modality", "text", "--target", "b"],
        "no column holds free text; --text COLUMN names one of a",
    ),
    "a text that is not there": (
        lambda at: [*table(at, note=["x y", "y z"] * 20, b=["x", "y"] * 20), "--text", "nite", "--target", "b"],
        "--text nite is not a column; did you mean note?",
    ),
    "the target as text": (
        lambda at: [*table(at, note=["x y", "y z"] * 20, b=["x", "y"] * 20), "--text", "b", "--target", "b"],
        "--text b is the target, which would tell itself",
    ),
    "no users": (
        lambda at: [*table(at, a=[1, 2] * 20, movie_id=list(range(40)), rating=[1, 5] * 20), "--modality", "ratings"],
        "it is not plain which column says who rates: --user COLUMN names it, of a, movie_id, rating",
    ),
    "an item that is not there": (
        lambda at: [*table(at, user=[1, 2] * 20, movie=list(range(40)), rating=[1, 5] * 20), "--item", "film"],
        "--item film is not a column; Valid: movie, rating, user",
    ),
    "pictures that are not there": (
        lambda at: [*table(at, photo=[f"{n}.png" for n in range(40)], b=["x", "y"] * 20), "--image", "photo", "--target", "b"],
        "--image photo names files such as 0.png, which do not lie beside the table, in ",
    ),
    "a column that holds no pictures": (
        lambda at: [*table(at, photo=["x", "z"] * 20, b=["x", "y"] * 20), "--image", "photo", "--target", "b"],
        "--image photo holds neither pictures, as bytes, nor names of files that are pictures",
    ),
    "one column named twice": (
        lambda at: [*table(at, day=days(40), b=list(range(40))), "--time", "day", "--time", "b", "--target", "b"],
        "--time names one column, received day, b",
    ),
    "nobody says what is forecast": (
        lambda at: [*table(at, day=days(40), b=[n * n % 11 for n in range(40)], c=[n * n % 13 for n in range(40)]),
                    "--modality", "series"],
        "which column is to be forecast? Say --target COLUMN; nothing is written",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_one_sentence_and_leaves_nothing(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make, sentence = REFUSED[name]
    words = make(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    status, _, err = said(capsys, str(tmp_path / "made"), *words)
    told = [line for line in err.splitlines() if not line.startswith(("read ", "\r"))]
    assert (status, len(told)) == (1, 1), err
    assert sentence in told[0]
    assert sorted(tmp_path.rglob("*")) == before


def test_a_class_with_one_picture_is_asked_about(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = kind_sources.images(tmp_path, each=12)
    (tmp_path / "bars" / "odd").mkdir()
    (tmp_path / "bars" / "odd" / "one.png").write_bytes(kind_sources.picture(RANDOM, 1))
    (tmp_path / "bars" / "odd" / "README").write_text("what is no picture")
    (tmp_path / "bars" / "odd" / "cut.png").write_bytes(kind_sources.picture(RANDOM, 1)[:60])
    status, out, _ = said(capsys, str(tmp_path / "made"), *words, "--dry-run")
    assert status == 0
    assert "label (odd has 2: too few pictures to learn a class and examine it)" in out
    assert "1 files are no pictures by their names, such as odd/README: those in a class are tried, and dropped" in out
    assert "1 of 26 pictures that were looked at cannot be read: cut.png: " in out
    assert not (tmp_path / "made").exists()
