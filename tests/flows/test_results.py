"""What a run came to, as Markdown that no text from data can break out of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flows import graph, results
from flows.reproduce import Outcome


def test_stages_metrics_and_pages_are_there(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(results.PAGES_URL, "http://127.0.0.1:9/")
    read = graph.read()

    text = results.markdown({"train@tree": Outcome("Cached", "why")}, read.metrics, read.outputs)

    assert "| train@tree | Cached | why |" in text
    assert r"| roc\_auc | 0.9123 |" in text
    assert "[report.html](http://127.0.0.1:9/report.html)" in text


def test_without_an_address_a_page_is_named_by_its_path(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(results.PAGES_URL, raising=False)

    text = results.markdown({}, [], ["report.html"])

    assert str(project / "report.html").replace("-", r"\-").replace("_", r"\_") in text
    assert "](" not in text


def test_results_that_are_not_there_yet_are_left_out(new: Path) -> None:
    read = graph.read()

    text = results.markdown({"ingest": Outcome("Failed", "ingest: no rows")}, read.metrics, read.outputs)

    assert "ingest: no rows" in text
    assert "## Metrics" not in text
    assert "## Pages" not in text


def test_a_folder_of_pages_is_linked_by_its_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(results.PAGES_URL, "http://x")
    for page in ("docs/index.html", "docs/results.html", "checked/docs/index.html", "plots/a b.html"):
        (tmp_path / page).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / page).touch()

    text = results.markdown({}, [], ["docs", "checked", "plots", "missing"])

    links = text.partition("## Pages\n\n")[2].partition("\n\n")[0].splitlines()
    assert links == [
        "- [docs/index.html](http://x/docs/index.html)",
        "- [checked/docs/index.html](http://x/checked/docs/index.html)",
        "- [plots/a b.html](http://x/plots/a%20b.html)",
    ]


def test_text_from_data_stays_text(project: Path) -> None:
    evil = "<img src=x onerror=alert(1)> | [a](javascript:alert(1)) `b` **c**\n# d"

    text = results.markdown({"ingest": Outcome("Failed", evil)}, [], [])

    assert text.count("\n") == 5
    line = text.splitlines()[-1]
    assert line.replace("\\", "") == f"| ingest | Failed | {evil.replace(chr(10), ' ')} |"
    assert r"\<img" in line
    assert r"\| \[a\]\(javascript" in line


def test_many_metrics_are_cut_and_the_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m.json").write_text(json.dumps({"slices": {f"s{i}": {"n": i} for i in range(100)}}))

    text = results.markdown({}, ["m.json"], [])

    assert text.count("slices") == results.ROWS
    assert r"And 60 more in m.json" in text
