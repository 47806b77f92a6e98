"""`syllabus new` reads what people write: words among numbers, dates, truth, lines above a table."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest
from new.running import said

from syllabus import params, projects
from syllabus.settings import Settings
from syllabus.settings.cleaning import Constant, Number


def made(folder: Path, capsys: pytest.CaptureFixture[str], frame: pl.DataFrame, *words: str) -> tuple[str, Settings]:
    """Make a project of a table; return what was shown, and its settings."""
    frame.write_csv(folder / "x.csv")
    status, out, err = said(capsys, str(folder / "p"), "--data", str(folder / "x.csv"), "--track=none", *words)
    assert (status, err) == (0, "")
    return out, params.read(folder / "p" / "params.yaml")


def test_words_among_numbers_do_not_make_them_classes_or_keys(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    price = ["on request" if n % 20 == 0 else f"$ {n * 977 % 90_000 + 1_000:,}" for n in range(400)]
    frame = pl.DataFrame({"price": price, "wage": price[::-1], "size": [n * 7 % 83 for n in range(400)]})
    out, found = made(tmp_path, capsys, frame, "--target", "price")
    assert 'Please look at: price ("on request" among numbers: taken as missing); wage (' in out
    assert 'wage ("on request" among numbers: taken as missing)' in out
    assert found.data.task == "regression"
    assert found.data.cleaning.missing_in == {"price": ("on request",), "wage": ("on request",)}
    assert found.data.cleaning.numbers["wage"] == Number(thousands=",", unit="$")
    assert found.data.columns == {}


def test_a_target_of_many_texts_is_refused_until_a_person_says_what_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tax = [f"{'$' if n % 5 < 3 else '€'}{n * 977 % 9_000}.50" for n in range(400)]
    frame = pl.DataFrame({"tax": tax, "size": [n * 7 % 83 for n in range(400)]})
    frame.write_csv(tmp_path / "x.csv")
    words = [str(tmp_path / "p"), "--data", str(tmp_path / "x.csv"), "--target", "tax"]
    status, _, err = said(capsys, *words)
    assert status == 1
    assert 'the target tax holds 400 different texts, such as "$0.50"' in err
    assert "too many to be classes; several units ($ 60 %, € 40 %)" in err
    assert "--task regression reads the numbers among them, --task classification takes every text as a class" in err
    assert not (tmp_path / "p").exists()
    out, found = made(tmp_path, capsys, frame, "--target", "tax", "--task", "regression")
    assert "Please look at: tax (40 % are no numbers" in out
    assert (found.data.task, found.data.cleaning.numbers) == ("regression", {"tax": Number(unit="$")})


def test_the_task_is_what_a_person_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame = pl.DataFrame({"stars": [n * 7 % 5 + 1 for n in range(300)], "size": [n * 7 % 83 for n in range(300)]})
    assert made(tmp_path, capsys, frame, "--target", "stars")[1].data.task == "classification"
    shutil.rmtree(tmp_path / "p")
    assert made(tmp_path, capsys, frame, "--target", "stars", "--task", "regression")[1].data.task == "regression"
    words = frame.with_columns(pl.col("stars").replace_strict(dict(zip(range(1, 6), "abcde", strict=True))))
    words.write_csv(tmp_path / "x.csv")
    asked = [str(tmp_path / "q"), "--data", str(tmp_path / "x.csv"), "--target", "stars", "--task", "regression"]
    status, _, err = said(capsys, *asked)
    assert (status, '--task regression: the target stars holds no numbers, but "a"' in err) == (1, True)


def test_an_x_or_nothing_is_a_yes_or_no_and_any_other_value_is_asked_about(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = [n % 2 == 0 for n in range(200)]
    frame = pl.DataFrame(
        {
            "late": ["X" if n else None for n in odd],
            "paid": [1 if n else None for n in odd],
            "land": ["DE" if n else None for n in odd],
            "note": ["k.A." if n else None for n in odd],
            "all": "DE",
            "y": ["a", "b", "b", "a"] * 50,
        }
    )
    out, found = made(tmp_path, capsys, frame, "--target", "y")
    assert found.data.cleaning.gaps.columns == {"late": Constant(constant="no"), "paid": Constant(constant=0)}
    assert found.data.columns == {"land": "ignore", "note": "ignore", "all": "ignore"}
    assert "nothing says no" in out
    question = 'does a gap say no? Then not ignored, but gaps: {columns: {"land": {constant: "no"}}}'
    assert question in out
    assert "Please look at: land (" in out
    assert "note (" not in out


def test_dates_far_from_all_others_are_pointed_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    days = [f"20{n % 20 + 4:02}-0{n % 9 + 1}-11" for n in range(300)]
    frame = pl.DataFrame({"sold": ["0002-01-01", *days[1:]], "y": ["a", "b", "b"] * 100})
    out, _ = made(tmp_path, capsys, frame, "--target", "y")
    assert 'sold (1 rows hold 0002-01-01, far from the rest: no such dates? limits: {"sold": ["2004-' in out
    shutil.rmtree(tmp_path / "p")
    assert "far from the rest" not in made(tmp_path, capsys, frame.slice(1), "--target", "y")[0]


def test_lines_above_a_table_are_left_out_and_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(f"{n};{n * 7 % 13},5;{'ja' if n % 3 else 'nein'}\n" for n in range(1, 200))
    (tmp_path / "x.csv").write_text(f"Umsatz der Filialen\n\nnr;umsatz;stammkunde\n{rows}")
    words = ["--data", str(tmp_path / "x.csv"), "--target", "stammkunde"]
    status, out, err = said(capsys, str(tmp_path / "p"), *words)
    assert (status, err) == (0, "")
    assert "The columns are named in line 3; what stands above it is left out." in out
    assert 'written with decimal ","' in out
    assert params.read(tmp_path / "p" / "params.yaml").data.reading.header == 3


def test_a_tab_is_written_as_people_write_it(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a\tb\n" + "1\tyes\n2\tno\n" * 40)
    assert 'delimiter: "\\t"' in projects.plan(tmp_path / "p", str(tmp_path / "x.csv"), "b").files["params.yaml"]
