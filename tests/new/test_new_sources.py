"""`syllabus new` of a database, of a folder, and where nobody has said what is to be predicted."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import duckdb
import polars as pl
import pytest

from syllabus import cli, params, projects
from syllabus.errors import Unmet
from syllabus.projects import asked, suggestions
from syllabus.projects.look import glimpse, look
from syllabus.projects.roles import roles
from syllabus.settings import Database

ROWS = [(n, n * n % 37, f"2020-01-{1 + n % 28:02} 12:00:00", "yes" if n * 7 % 3 else "no") for n in range(120)]


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    path = tmp_path / "hush.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE loans (id INTEGER PRIMARY KEY, size INTEGER, updated TEXT, paid TEXT)")
        connection.executemany("INSERT INTO loans VALUES (?, ?, ?, ?)", ROWS)
    monkeypatch.setenv("LOANS_URL", f"sqlite:///{path}")
    return f"sqlite:///{path}"


@pytest.mark.parametrize("words", [("--table", "loans"), ("--query", "select * from loans order by id")])
def test_a_database_becomes_a_project_that_names_the_variable_only(
    tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str], words: tuple[str, str]
) -> None:
    folder = tmp_path / "shop"
    cli.main(["new", str(folder), "--data", "env:LOANS_URL", *words, "--target", "paid"])
    found = params.read(folder / "params.yaml")
    assert found.data.source == Database.model_validate({"url": "LOANS_URL", words[0][2:]: words[1]})
    assert found.data.columns["id"] == "ignore"
    assert "python -m stages.freshness" in (folder / "dvc.yaml").read_text()
    if words[0] == "--table":
        query = r'# freshness: {query: "select max(\"updated\"), count(*) from \"loans\""}'
        assert query in (folder / "params.yaml").read_text()
    written = [path.read_bytes() for path in folder.rglob("*") if path.is_file() and ".git/" not in str(path)]
    assert written
    assert not any(b"hush" in content for content in written)
    said = capsys.readouterr()
    assert "hush" not in said.out.replace(str(tmp_path), "") + said.err


def test_duckdb_and_its_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pl.DataFrame(ROWS, schema=["id", "size", "updated", "paid"], orient="row").write_parquet(tmp_path / "x.parquet")
    with duckdb.connect(tmp_path / "x.duckdb") as connection:
        connection.execute("CREATE SCHEMA bank")
        connection.execute(f"CREATE TABLE bank.loans AS FROM '{tmp_path / 'x.parquet'}'")
    monkeypatch.setenv("LOANS_URL", f"duckdb:///{tmp_path / 'x.duckdb'}")
    source = asked.source("env:LOANS_URL", table="loans", schema="bank")
    project = projects.plan(tmp_path / "shop", source, "paid")
    assert "source: {url: LOANS_URL, table: loans, schema: bank}" in project.files["params.yaml"]


@pytest.mark.parametrize(
    ("other", "words", "sentence"),
    [
        ("", {"table": "loans"}, "data.source.url names the environment variable LOANS_URL, which is not set"),
        ("sqlite:///hush.db", {"table": "loans"}, "LOANS_URL names a file from the folder that a command runs in"),
        (None, {"table": "laons"}, "data.source: there is no table laons at LOANS_URL; did you mean loans?"),
        (None, {"table": 'x"; drop table loans; --'}, "data.source: there is no table x"),
        (None, {"query": "select nope from loans"}, "data.source: the query at LOANS_URL: no such column: nope"),
        (None, {"query": "drop table loans"}, "data.source: the query at LOANS_URL: attempt to write a readonly"),
    ],
)
def test_what_a_database_refuses_is_one_sentence_and_no_project(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch, other: str | None, words: dict[str, str], sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOANS_URL", other or url)
    if other == "":
        monkeypatch.delenv("LOANS_URL")
    with pytest.raises(Unmet) as caught:
        projects.plan(tmp_path / "shop", asked.source("env:LOANS_URL", **words), "paid")
    assert str(caught.value).startswith(sentence)
    assert "hush" not in str(caught.value)
    assert not (tmp_path / "shop").exists()


def suggested(folder: Path, frame: pl.DataFrame) -> list[str]:
    frame.write_csv(folder / "x.csv")
    seen = glimpse(str(folder / "x.csv"))
    found = roles(seen.typed, None, seen.spelling)
    return [f"{one.column}: {one.why}" for one in suggestions.suggestions(seen.typed, found)]


def test_likely_targets_are_suggested_with_the_reason(tmp_path: Path) -> None:
    size = [n * 7919 % 1000 / 7 for n in range(100)]
    frame = pl.DataFrame({"customer_id": range(100), "size": size, "Churned": ["yes", "no"] * 50, "width": size[::-1]})
    assert suggested(tmp_path, frame) == [
        "Churned: its name says so, 2 values",
        "width: the last column",
        "size: the first column that is no key or date",
    ]
    assert suggested(tmp_path, frame.rename({"Churned": "k"}).drop("width"))[0] == "k: the last column, 2 values"
    assert suggested(tmp_path, frame.select(pl.col("size").alias("sale_price"), "customer_id")) == [
        "sale_price: its name says so, the first column that is no key or date"
    ]
    assert suggested(tmp_path, frame.select("customer_id")) == []


def test_what_is_named_like_a_result_comes_before_what_is_named_like_a_judgement(tmp_path: Path) -> None:
    words = {"a": ["low", "high"] * 50, "b": [n * 7919 % 1000 / 7 for n in range(100)], "c": ["x", "y", "z", "w"] * 25}
    for first, second in (
        ("Rückmeldung", "resume_quality"),
        ("is_subscribed", "credit_score"),
        ("is_hired", "grade"),
    ):
        frame = pl.DataFrame({"town": words["c"], first: words["a"], "size": words["b"], second: words["a"]})
        assert [one.split(":")[0] for one in suggested(tmp_path, frame)][:2] == [first, second]
    frame = pl.DataFrame({"id": range(100), "visitors": words["b"], "rain": words["b"][::-1], "holiday": words["a"]})
    assert "visitors: the first column that is no key or date" in suggested(tmp_path, frame)


def test_without_a_target_a_person_is_asked_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    columns = {f"c{n}": [(n + 3) * row * row % 101 / 7 for row in range(60)] for n in range(70)}
    town = (["New York", "new york", "Ulm"] * 20)[:60]
    income = [*range(1000, 1055), *[99999] * 5]
    pl.DataFrame(columns | {"town": town, "income": income, "on": ["a", "b"] * 30}).write_csv(tmp_path / "x.csv")
    with pytest.raises(SystemExit):
        cli.main(["new", str(tmp_path / "p"), "--data", str(tmp_path / "x.csv")])
    out = capsys.readouterr().out
    asked = next(line for line in out.splitlines() if line.startswith("Please look at: "))
    assert 'town (the same? relabel: {"town": {"new york": "New York"}})' in asked
    assert "income (5 rows hold 99999, far from the rest: a mark for missing?)" in asked
    assert re.search(r"^on +categorical +1 column +categories", out, re.MULTILINE)
    assert "1 columns" not in out


def test_without_a_target_the_columns_and_the_command_are_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a b.csv").write_text(
        "id,size,class\n" + "".join(f"{n},{n * n % 31},{'xy'[n % 2]}\n" for n in range(60))
    )
    with pytest.raises(SystemExit) as ended:
        cli.main(["new", str(tmp_path / "p"), "--data", str(tmp_path / "a b.csv")])
    out, err = capsys.readouterr()
    assert ended.value.code == 1
    assert "identifier" in out
    assert f"syllabus new {tmp_path}/p '--data={tmp_path}/a b.csv' --target=class" in out
    assert err == "syllabus new: which column is to be predicted? Say --target COLUMN; nothing is written\n"
    assert not (tmp_path / "p").exists()


def test_rows_in_the_order_of_time_are_split_by_time(tmp_path: Path) -> None:
    days = pl.date_range(pl.date(2020, 1, 1), pl.date(2020, 3, 31), eager=True)
    frame = pl.DataFrame({"day": days, "size": [n * 17 % 50 for n in range(len(days))]}).with_columns(
        sold=pl.col("size") % 7 > 2
    )
    frame.write_csv(tmp_path / "x.csv")
    project = projects.plan(tmp_path / "p", str(tmp_path / "x.csv"), "sold")
    assert "  method: time\n  by: day\n  # The rows stand in the order of day" in project.files["params.yaml"]
    for other in (frame.sample(fraction=1, shuffle=True, seed=1), frame.with_columns(user_id=pl.col("size") // 2)):
        other.write_csv(tmp_path / "x.csv")
        seen = look(str(tmp_path / "x.csv"), "sold")
        assert seen.time is None or not any(one.role == "group" for one in seen.findings)
    frame.sample(fraction=1, shuffle=True, seed=1).write_csv(tmp_path / "x.csv")
    assert look(str(tmp_path / "x.csv"), "sold").time is None
