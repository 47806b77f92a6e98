"""PostgreSQL, for real: tables and queries are read as they are, and what a URL holds is never said."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import polars as pl
import pytest
import sqlalchemy as sa

from syllabus import projects, sources
from syllabus.errors import Unmet
from syllabus.projects import asked
from syllabus.settings import Database

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = 'x"; DROP TABLE loans; --'


@pytest.fixture(scope="module")
def url(postgres: dict[str, object]) -> sa.URL:
    """Fill the server; return its URL."""
    url = sa.URL.create("postgresql+psycopg", **postgres)  # type: ignore[arg-type]
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
    quoted = engine.dialect.identifier_preparer.quote_identifier
    with engine.begin() as connection:
        for statement in (
            "CREATE TABLE loans (id bigint PRIMARY KEY, paid numeric(9,2), day date, at timestamptz, ok boolean, "
            '"Größe ""x"" %" real, note text, key uuid DEFAULT gen_random_uuid())',
            "INSERT INTO loans SELECT n, n * 1.25, date '2020-01-01' + n::int, timestamptz '2020-01-01 12:00+02', "
            "n % 2 = 0, n / 2.0, CASE WHEN n % 3 = 0 THEN NULL ELSE 'note ' || n END FROM generate_series(5, 1, -1) n",
            "CREATE SCHEMA other",
            f"CREATE TABLE other.{quoted(HOSTILE)} (a int)",
            f"INSERT INTO other.{quoted(HOSTILE)} VALUES (1)",
            "CREATE TABLE odd (at timestamp)",
            "INSERT INTO odd VALUES ('infinity')",
        ):
            connection.exec_driver_sql(statement.replace("%", "%%"))
    return url


@pytest.fixture
def set_url(url: sa.URL, monkeypatch: pytest.MonkeyPatch) -> sa.URL:
    monkeypatch.setenv("LOANS_URL", url.render_as_string(hide_password=False))
    return url


def read(folder: Path, **asked: object) -> pl.DataFrame:
    source = Database.model_validate({"url": "LOANS_URL", **asked})
    frame = sources.scan(source, folder / "scratch").collect()
    assert sources.columns(source) == frame.columns[1:]
    return frame


def refused(folder: Path, **asked: object) -> str:
    with pytest.raises(Unmet) as caught:
        read(folder, **asked)
    return str(caught.value)


def test_a_table_is_read_in_the_order_of_its_key_with_its_types(tmp_path: Path, set_url: sa.URL) -> None:
    frame = read(tmp_path, table="loans").drop("key")
    assert dict(frame.schema) == {
        "row": pl.UInt64, "id": pl.Int64, "paid": pl.Float64, "day": pl.Date, "at": pl.Datetime("us", "UTC"), "ok": pl.Boolean,
        'Größe "x" %': pl.Float64, "note": pl.String,
    }  # fmt: skip
    assert frame["id"].to_list() == [1, 2, 3, 4, 5]
    noon = dt.datetime(2020, 1, 1, 10, tzinfo=dt.UTC)
    assert frame.row(2) == (3, 3, 3.75, dt.date(2020, 1, 4), noon, False, 1.5, None)


def test_names_are_quoted_and_values_bound(tmp_path: Path, set_url: sa.URL) -> None:
    assert read(tmp_path / "1", table=HOSTILE, schema="other")["a"].to_list() == [1]
    query = "SELECT id FROM loans WHERE note = :note OR id > :id ORDER BY id"
    assert read(tmp_path / "2", query=query, parameters={"note": "'; DROP TABLE loans; --", "id": 3})[
        "id"
    ].to_list() == [4, 5]
    assert "there is no table x" in refused(tmp_path / "3", table=HOSTILE)
    assert read(tmp_path / "4", table="loans").height == 5


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"table": "laons"}, "data.source: there is no table laons at LOANS_URL; did you mean loans? Valid: loans, odd"),
        ({"query": "SELECT nope FROM loans"}, 'data.source: the query at LOANS_URL: column "nope" does not exist'),
        ({"query": "DELETE FROM loans RETURNING id"}, 'syntax error at or near "DELETE"'),
        ({"query": "SELECT 1; DROP TABLE loans"}, "data.source: the query at LOANS_URL: "),
        ({"query": "SELECT '{\"a\": 1}'::jsonb AS x"}, "column x holds "),
        ({"table": "odd"}, "data.source: table odd at LOANS_URL: "),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told(tmp_path: Path, set_url: sa.URL, asked: dict[str, str], sentence: str) -> None:
    assert sentence in refused(tmp_path, **asked)


def test_a_wrong_password_is_told_and_nothing_of_the_url_is(
    tmp_path: Path, url: sa.URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "Tr0ub4dor&3 %:/@"
    for wrong in (url.set(password=secret), url.set(password=secret, host="localhost"), url.set(database="sesame")):
        monkeypatch.setenv("LOANS_URL", wrong.render_as_string(hide_password=False))
        told = refused(tmp_path, table="loans")
        assert told.startswith("data.source: table loans at LOANS_URL: ")
        for held in (secret, quote(secret, safe=""), "ann", str(wrong.host), "sesame", str(url.password)):
            assert held not in told


def test_a_project_is_made_of_a_table(tmp_path: Path, url: sa.URL, monkeypatch: pytest.MonkeyPatch) -> None:
    query = "SELECT n AS id, n * n % 37 AS size, CASE WHEN n % 3 = 0 THEN 'no' ELSE 'yes' END AS paid FROM generate_series(1, 120) n"
    with sa.create_engine(url, poolclass=sa.pool.NullPool).begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE sold AS {query}".replace("%", "%%"))
    for words in ({"table": "sold"}, {"query": query}):
        monkeypatch.setenv("LOANS_URL", url.render_as_string(hide_password=False))
        source = asked.source("env:LOANS_URL", **words)
        project = projects.plan(tmp_path / "shop", source, "paid")
        assert (project.tracking, project.draft.counted.startswith("120 rows")) == ("none", True)
        assert not any(str(url.password) in text or str(url.port) in text for text in project.files.values())
        monkeypatch.setenv("LOANS_URL", url.set(password="Tr0ub4dor").render_as_string(hide_password=False))
        with pytest.raises(Unmet) as caught:
            projects.plan(tmp_path / "shop", source, "paid")
        assert not any(held in str(caught.value) for held in ("Tr0ub4dor", str(url.password), "ann"))
    assert not (tmp_path / "shop").exists()


@pytest.mark.slow
def test_a_large_table_is_streamed(tmp_path: Path, set_url: sa.URL) -> None:
    """The rows pass through in pieces: memory grows by far less than the table."""
    program = (
        "import re, sys; from pathlib import Path; from syllabus import sources; from syllabus.settings import Database\n"
        "rows = sources.scan(Database(url='LOANS_URL', query=sys.argv[1]), Path(sys.argv[2])).select('row').collect(engine='streaming').height\n"
        # This program's own peak: what getrusage says begins with that of whoever started it.
        "print(rows, int(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1]) / 1024)"
    )
    peaks = []
    for place, rows in enumerate((600_000, 1_800_000)):
        asked = f"SELECT n AS id, md5(n::text) AS text FROM generate_series(1, {rows}) n"
        words = [sys.executable, "-c", program, asked, str(tmp_path / str(place))]
        told = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
        peaks.append(float(told[1]))
    assert int(told[0]) == rows
    assert peaks[1] - peaks[0] < 200
