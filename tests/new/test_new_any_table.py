"""Whatever a file holds, `syllabus new` makes a whole project of it, or says one sentence and leaves nothing."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import polars as pl
import polars.testing.parametric as wild
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from new.running import said

from syllabus import params, projects
from syllabus.errors import Unmet

# SYLLABUS_TRIES=1000 looks longer.
TRIES = int(os.environ.get("SYLLABUS_TRIES", "40"))


@settings(max_examples=max(1, TRIES // 2), deadline=None, suppress_health_check=list(HealthCheck))
@example(content=b"\x01\x0b\x01", kind="csv")
@given(content=st.binary(min_size=1, max_size=200), kind=st.sampled_from(["csv", "parquet", "jsonl", "xlsx", "csv.gz"]))
def test_no_file_whatever_it_holds_leaves_half_a_project(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, kind: str
) -> None:
    (source := tmp_path / f"wild.{kind}").write_bytes(content)
    tried(tmp_path, capsys, source, "a")


def tried(folder: Path, capsys: pytest.CaptureFixture[str], source: Path, target: str) -> None:
    """Make a project of a file: either it is whole, or one sentence is said and nothing is left."""
    for words in (["--target", target], []):
        status, _, err = said(capsys, str(folder / "p"), "--data", str(source), *words, "--track=none")
        if status:
            assert len(err.splitlines()) == 1, err
            assert not (folder / "p").exists()
        else:
            params.read(folder / "p" / "params.yaml")
            assert json.loads((folder / "p" / projects.SUITE).read_text())["expectations"]
            shutil.rmtree(folder / "p")
    source.unlink()


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=12)
CELLS = st.one_of(
    st.none(), st.integers(-(2**40), 2**40).map(str), st.floats(allow_nan=False).map(str), st.dates().map(str), NAMES,
    st.sampled_from(["", "NA", "?", "1,5", "1.000,00 €", "5 %", "<script>alert(1)</script>", "ja", "nein", "01/02/2003"]),
)  # fmt: skip


@st.composite
def tables(draw: st.DrawFn) -> pl.DataFrame:
    names = draw(st.lists(NAMES, min_size=2, max_size=5, unique_by=str.lower))
    rows = draw(st.integers(0, 40))
    return pl.DataFrame(
        {name: draw(st.lists(CELLS, min_size=rows, max_size=rows)) for name in names},
        schema=dict.fromkeys(names, pl.String),
    )


@settings(max_examples=TRIES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(frame=tables(), data=st.data())
def test_whatever_a_table_holds_a_project_is_right_or_refused(
    tmp_path: Path, frame: pl.DataFrame, data: st.DataObject
) -> None:
    source = tmp_path / "wild.csv"
    frame.write_csv(source, quote_style="always")
    target = data.draw(st.sampled_from(frame.columns))
    try:
        project = projects.plan(tmp_path / "p", str(source), target.strip())
    except Unmet as error:
        assert "\n" not in str(error).strip("\n")  # noqa: PT017  # either way of ending is right
        return
    (tmp_path / "drafted.yaml").write_text(project.files["params.yaml"])
    found = params.read(tmp_path / "drafted.yaml")
    assert found.data.target == target.strip()
    assert not (tmp_path / "p").exists()


def test_a_name_of_several_lines_is_told_in_one(tmp_path: Path) -> None:
    (tmp_path / "wild.csv").write_text('"a\nb"\n1\n2\n1\n2\n')
    with pytest.raises(Unmet) as told:
        projects.plan(tmp_path / "p", str(tmp_path / "wild.csv"), "a\nb")
    assert "\n" not in str(told.value).strip("\n")
    assert "a\\nb" in str(told.value)


@settings(max_examples=max(1, TRIES // 10), deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), ending=st.sampled_from(["csv", "parquet"]))
def test_no_damaged_table_leaves_half_a_project(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], data: st.DataObject, ending: str
) -> None:
    frame, source = data.draw(tables()), tmp_path / f"wild.{ending}"
    frame.write_csv(source) if ending == "csv" else frame.write_parquet(source)
    content = bytearray(source.read_bytes())
    for _ in range(data.draw(st.integers(0, 2))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    source.write_bytes(content)
    tried(tmp_path, capsys, source, data.draw(st.sampled_from(frame.columns)))


TYPES = [
    pl.Int8, pl.Int64, pl.UInt64, pl.Int128, pl.Float32, pl.Float64, pl.Boolean, pl.String, pl.Date, pl.Datetime, pl.Time,
    pl.Duration, pl.Categorical, pl.Decimal, pl.Null,
]  # fmt: skip


@settings(max_examples=max(1, TRIES // 10), deadline=None, suppress_health_check=list(HealthCheck))
@given(frame=wild.dataframes(min_cols=2, max_cols=4, min_size=2, max_size=90, allowed_dtypes=TYPES), data=st.data())
def test_whatever_types_a_table_has_a_project_is_right_or_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], frame: pl.DataFrame, data: st.DataObject
) -> None:
    frame.write_parquet(source := tmp_path / "wild.parquet")
    tried(tmp_path, capsys, source, data.draw(st.sampled_from(frame.columns)))


@pytest.mark.parametrize("most", [5e-324, 1e191, 1.7e308])
def test_numbers_of_any_size_are_learned_from_and_those_of_no_size_predicted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], most: float
) -> None:
    numbers = [most * ((n * 37 % 101) / 50 - 1) for n in range(300)]
    source, words = tmp_path / "x.parquet", [str(tmp_path / "p"), "--data", str(tmp_path / "x.parquet"), "--target"]
    pl.DataFrame({"y": numbers, "x": [n * 3 % 17 for n in range(300)], "z": numbers[::-1]}).write_parquet(source)
    status, _, err = said(capsys, *words, "y")
    assert (status, "a regression predicts numbers whose largest is between 1e-30 and 1e+30" in err) == (1, True)
    assert said(capsys, *words, "x", "--track=none")[0] == 0


def test_times_beyond_the_calendar_become_no_role(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sent = pl.Series("sent", [2**62, -(2**60)] * 40, dtype=pl.Int64).cast(pl.Datetime("ms"))
    pl.DataFrame([sent, pl.Series("n", range(80)) % 7, pl.Series("y", ["a", "b"] * 40)]).write_parquet(
        tmp_path / "x.parquet"
    )
    assert said(capsys, str(tmp_path / "p"), "--data", str(tmp_path / "x.parquet"), "--target", "y")[0] == 0
    assert params.read(tmp_path / "p" / "params.yaml").data.columns == {"sent": "ignore"}
