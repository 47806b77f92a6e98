"""`syllabus predict` writes over nothing that it reads, into no package, and never beside another run."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from serving.packed import people

from syllabus.cli import main
from syllabus.serving import batch


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """A file of rows, as its owner has it once."""
    people(20).write_csv(tmp_path / "in.csv")
    return tmp_path / "in.csv"


def refused(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    with pytest.raises(SystemExit):
        main(["predict", *map(str, words)])
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    return told


def listed(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_what_is_read_is_not_written_over(made: Path, given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, folder = given.read_bytes(), given.parent
    (folder / "link.csv").symlink_to(given)
    for source, out in [(given, given), (folder / "*n.csv", given), (given, folder / "link.csv")]:
        assert "is read, and the answers would replace it" in refused(capsys, made, source, out)
    assert given.read_bytes() == before
    assert listed(folder) == {"in.csv", "link.csv"}


def test_the_rejects_of_an_output_are_not_its_input(
    made: Path, given: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rejects = given.rename(given.with_name("out.rejects.csv"))
    told = refused(capsys, made, rejects, given.with_name("out.csv"))
    assert "out.rejects.csv: is read, and what cannot be answered for" in told
    assert listed(given.parent) == {"out.rejects.csv"}


def test_nothing_is_written_into_a_package(made: Path, given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = listed(made)
    for out in (made / "out.csv", made / "model" / "out.csv", made.parent / "x" / ".." / made.name / "out.csv"):
        assert "lies within the package" in refused(capsys, made, given, out)
    assert listed(made) == before
    main(["predict", str(made), str(given), str(given.with_name("out.csv"))])


def test_of_two_runs_to_one_output_the_second_ends_and_the_first_loses_no_row(
    made: Path, given: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out, answered = given.with_name("out.parquet"), batch._answered
    begun, go_on = threading.Event(), threading.Event()

    def slow(*words: Any) -> None:
        begun.set()
        assert go_on.wait(60)
        answered(*words)

    monkeypatch.setattr(batch, "_answered", slow)
    first = threading.Thread(target=main, args=(["predict", str(made), str(given), str(out)],))
    first.start()
    assert begun.wait(60)
    try:
        people(5, seed=4).write_csv(given.with_name("other.csv"))
        assert "another run writes its answers there" in refused(capsys, made, given.with_name("other.csv"), out)
    finally:
        go_on.set()
        first.join()
    assert len(pl.read_parquet(out)) == 20
    assert listed(given.parent) == {"in.csv", "other.csv", "out.parquet"}


def test_answers_that_are_lost_on_the_way_do_not_replace_older_ones(
    made: Path, given: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out, answered = given.with_name("out.parquet"), batch._answered
    out.write_text("older")
    monkeypatch.setattr(batch, "PIECE", 8)

    def losing(package: Any, rows: Any, folder: Path, *words: Any) -> None:
        answered(package, rows, folder, *words)
        for piece in sorted(folder.glob("*.parquet"))[1:]:
            piece.unlink()

    monkeypatch.setattr(batch, "_answered", losing)
    assert "holds 8 rows and not the 20 that were asked about" in refused(capsys, made, given, out)
    assert out.read_text() == "older"


@pytest.mark.parametrize("words", [(), ("--confidence", "0.6", "--keep", "name")], ids=["plain", "more"])
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_where_no_row_is_answered_the_columns_are_those_of_answers(
    made: Path, given: Path, kind: str, words: tuple[str, ...]
) -> None:
    def asked(rows: pl.DataFrame) -> pl.DataFrame:
        (rows.write_csv if kind == "csv" else rows.write_parquet)(given.with_suffix(f".{kind}"))
        out = given.with_name(f"out.{kind}")
        main(["predict", str(made), str(given.with_suffix(f".{kind}")), str(out), *words])
        return pl.read_csv(out) if kind == "csv" else pl.read_parquet(out)

    usual, refused = asked(people(20)), asked(people(20).with_columns(age=pl.lit("old")))
    none = asked(people(20).clear())
    assert len(refused) == len(none) == 0
    assert refused.columns == none.columns == usual.columns
    if kind == "parquet":
        assert refused.schema == none.schema == usual.schema
