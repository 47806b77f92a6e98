"""A real project is retrained by the command line: its data grow, change, and stay."""

from __future__ import annotations

import json
import random
import sqlite3
from pathlib import Path

import pytest
from projects import commit, make, people, run

from tests.flows.runs import rewrite
from tests.history.past_runs import git

pytestmark = pytest.mark.slow
IDENTITY = {f"GIT_{who}_{what}": "t@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def begun(folder: Path, rows: int) -> Path:
    """Make a project that says which class is the positive one: the rarer one may change with the data."""
    project = make(folder, rows=rows)
    rewrite(project / "params.yaml", "  target: buys\n", '  target: buys\n  positive: "yes"\n')
    return project


def retrained(folder: Path) -> str:
    """Retrain, and return the last line."""
    done = run(folder, "python", "-m", "flows.retrain", **IDENTITY, PEOPLE_URL=f"sqlite:///{folder / 'people.db'}")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()[-1]


def turned(text: str) -> str:
    """Return people of whom those buy who did not."""
    lines = text.splitlines()
    other = {"yes": "no", "no": "yes"}
    rows = (line.rpartition(",") for line in lines[1:])
    return "\n".join([lines[0], *(f"{head},{other[buys]}" for head, _, buys in rows)]) + "\n"


def test_a_file_that_is_replaced_makes_the_next_champion_where_it_is_better(tmp_path: Path) -> None:
    project = begun(tmp_path / "project", 1500)
    commit(project)

    assert retrained(project).startswith("adult-income@v0.0.1 is now the champion")
    assert retrained(project) == "nothing new: adult-income@v0.0.1 is what today's data make"
    report = (project / "artifacts/register/report.html").read_bytes()

    (project / "data/people.csv").write_text(people(1600))
    assert retrained(project).startswith("adult-income@v0.0.1 stays the champion: roc_auc is ")
    assert git(project, "status", "--porcelain") == " M data/people.csv\n"
    assert (project / "artifacts/register/report.html").read_bytes() == report
    assert retrained(project).startswith("nothing new: adult-income@v0.0.1 stays the champion: ")

    (project / "data/people.csv").write_text(turned(people(1500, seed=1)))
    assert retrained(project).startswith("adult-income@v0.0.2 is now the champion; adult-income@v0.0.1, ")
    assert git(project, "status", "--porcelain") == ""
    assert git(project, "show", "--format=", "--name-only", "HEAD").split() == ["data/people.csv", "dvc.lock"]
    listed = json.loads(run(project, "syllabus", "models", "--json", **IDENTITY).stdout)
    assert [one["stage"] for one in listed] == ["champion", "archived"]


def test_a_table_that_grows_and_files_that_come_are_new_data(tmp_path: Path) -> None:
    project = begun(tmp_path / "project", 700)
    described = (project / "dvc.yaml").read_text()
    watched = """\
  freshness:
    cmd: python -m stages.freshness artifacts/freshness
    always_changed: true
    params: [data]
    outs: [artifacts/freshness]
"""
    described = described.replace("stages:\n", f"stages:\n{watched}", 1).replace("- ${data.source}\n", "- artifacts/freshness\n", 1)  # fmt: skip
    (project / "dvc.yaml").write_text(described)
    (project / "data/people.csv").rename(project / "data/1.csv")
    params = (project / "params.yaml").read_text().replace("source: data/people.csv", "source: data/*.csv")
    (project / "params.yaml").write_text(f"{params}retraining: {{sure: false}}\n")
    commit(project)
    assert retrained(project).startswith("adult-income@v0.0.1 is now the champion")
    assert "nothing new" in retrained(project)

    for number in (2, 3, 4):
        (project / f"data/{number}.csv").write_text(turned(people(700, seed=number)))
    assert retrained(project).startswith("adult-income@v0.0.2 is now the champion; ")
    committed = git(project, "show", "--format=", "--name-only", "HEAD").split()
    assert committed == ["data/2.csv", "data/3.csv", "data/4.csv", "dvc.lock"]

    _into_database(project, 1500)
    params = (project / "params.yaml").read_text()
    source = "source: {url: PEOPLE_URL, table: people}"
    (project / "params.yaml").write_text(params.replace("source: data/*.csv", source))
    (project / ".gitignore").write_text((project / ".gitignore").read_text() + "/people.db\n")
    commit(project, "a table is the source")
    assert retrained(project).startswith("adult-income@v0.0.3 is now the champion; ")
    assert "nothing new" in retrained(project)
    _into_database(project, 300)
    assert "nothing new" not in retrained(project)


def _into_database(project: Path, rows: int) -> None:
    lines = [line.split(",") for line in people(rows, seed=random.Random(rows).randint(0, 99)).splitlines()]
    with sqlite3.connect(project / "people.db") as base:
        base.execute("create table if not exists people (age integer, town text, sex text, income text, buys text)")
        base.executemany("insert into people values (?, ?, ?, ?, ?)", lines[1:])
    base.close()
