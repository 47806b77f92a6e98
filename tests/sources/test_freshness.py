"""`dvc repro` notices that a source has changed, by what was declared, and runs nothing where it has not."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import projects
import pytest

from syllabus.errors import Unmet
from syllabus.settings import Data
from syllabus.sources import freshness

NOW = dt.datetime(2026, 11, 22, 23, 30, tzinfo=dt.UTC)


def data(**declared: Any) -> Data:
    return Data.model_validate_json(json.dumps({"modality": "tables", "target": "buys"} | declared))


def people(path: Path, rows: int) -> None:
    """Add people to a database."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS people (id INTEGER PRIMARY KEY, age INTEGER, sex TEXT, buys TEXT)"
        )
        connection.executemany(
            "INSERT INTO people (age, sex, buys) VALUES (?, ?, ?)",
            [(20 + row % 50, "fm"[row % 2], "yes" if row % 3 else "no") for row in range(rows)],
        )


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    people(tmp_path / "people.db", 6)
    monkeypatch.setenv("PEOPLE_URL", f"sqlite:///{tmp_path / 'people.db'}")
    return tmp_path / "people.db"


TABLE = {"table": "people", "url": "PEOPLE_URL"}


@pytest.mark.parametrize(
    ("declared", "by", "sentence"),
    [
        ({"query": "SELECT max(id) FROM people"}, "query", "by the query 'SELECT max(id) FROM people': it answers [['6']]"),
        ("checksum", "content", "by the content, read as a whole"),
    ],
)  # fmt: skip
def test_a_database_has_changed_when_it_has(database: Path, declared: Any, by: str, sentence: str) -> None:
    asked = data(source=TABLE, freshness=declared)
    before = freshness.state(asked, NOW)
    assert (before["by"], freshness.told(before)) == (by, sentence)
    assert freshness.state(asked, NOW + dt.timedelta(days=9)) == before
    people(database, 1)
    assert freshness.state(asked, NOW) != before


@pytest.mark.parametrize(
    ("every", "same", "other"),
    [("hour", {"minutes": 29}, {"minutes": 30}), ("day", {"minutes": 29}, {"hours": 1}), ("week", {"minutes": 29}, {"hours": 1}),
     ("month", {"days": 8}, {"days": 9})],
)  # fmt: skip
def test_a_schedule_makes_data_new_once_in_its_time(every: str, same: dict[str, int], other: dict[str, int]) -> None:
    asked = data(source="people.csv", freshness={"every": every})
    before = freshness.state(asked, NOW)
    assert freshness.state(asked, NOW + dt.timedelta(**same)) == before
    assert freshness.state(asked, NOW + dt.timedelta(**other)) != before
    # The zone of the machine does not matter.
    assert freshness.state(asked, NOW.astimezone(dt.timezone(dt.timedelta(hours=9)))) == before


def test_files_have_changed_when_their_content_has(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n")
    asked = data(source=str(tmp_path / "*.csv"))
    before = freshness.state(asked, NOW)
    (tmp_path / "a.csv").touch()
    assert freshness.state(asked, NOW) == before
    (tmp_path / "b.csv").write_text("a\n2\n")
    assert freshness.state(asked, NOW) != before


def test_a_query_that_cannot_be_asked_is_told(database: Path) -> None:
    for query, sentence in (
        ("SELECT nope", "no such column: nope"),
        ("SELECT a.id FROM people a, people b, people c", "many rows"),
    ):
        with pytest.raises(Unmet, match=sentence):
            freshness.state(data(source=TABLE, freshness={"query": query}), NOW)


PIPELINE = """\
stages:
  freshness:
    cmd: python -m stages.freshness artifacts/freshness
    always_changed: true
    params: [data]
    outs: [artifacts/freshness]
  ingest:
    cmd: python -m stages.ingest artifacts/ingest
    deps: [artifacts/freshness]
    params: [data]
    outs: [artifacts/ingest]
"""


@pytest.mark.slow
def test_dvc_runs_ingest_when_a_row_was_added_and_not_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project, database = tmp_path / "project", tmp_path / "hush-hush.db"
    project.mkdir()
    projects.make(project)
    (project / "dvc.yaml").write_text(PIPELINE)
    shutil.rmtree(project / "data")
    source = (
        "  source: {table: people, url: PEOPLE_URL}\n  freshness: {query: SELECT max(id) FROM people}\n"
        "  target: buys\n  cleaning: {duplicates: keep}\n"
    )
    head, _, tail = projects.PARAMS.partition("  source: ")
    (project / "params.yaml").write_text(
        f"{head}{source}validation:{tail.partition('validation:')[2].replace('[town]', '[age]')}"
    )
    people(database, 60)
    monkeypatch.setenv("PEOPLE_URL", f"sqlite:///{database}")
    projects.commit(project)

    def repro() -> str:
        done = projects.run(project, "dvc", "repro")
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout + done.stderr

    def rows() -> int:
        report = json.loads((project / "artifacts/ingest/report.json").read_text())
        return int(report["source"]["rows"])

    assert "it answers [['60']]" in repro()
    assert rows() == 60
    said = repro()
    assert "Stage 'ingest' didn't change, skipping" in said
    assert "Running stage 'freshness'" in said
    people(database, 1)
    assert "Running stage 'ingest'" in repro()
    assert rows() == 61
    # What the URL holds stands nowhere.
    for path in (file for file in project.rglob("*") if file.is_file()):
        assert b"hush-hush" not in path.read_bytes(), path
