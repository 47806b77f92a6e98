"""The monitor stage, as a user runs it: params.yaml says where new rows are and how much is too much."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from monitoring.watched_packages import alarms, fresh, learned
from raw import run, settings

SUITE = {
    "name": "people",
    "expectations": [
        {
            "type": "expect_column_values_to_be_between",
            "severity": "critical",
            "kwargs": {"column": "age", "min_value": 18, "max_value": 89},
        },
        {"type": "expect_column_values_to_not_be_null", "severity": "warning", "kwargs": {"column": "town"}},
        {"type": "expect_column_values_to_not_be_null", "severity": "critical", "kwargs": {"column": "income"}},
        {"type": "expect_table_row_count_to_be_between", "severity": "critical", "kwargs": {"min_value": 3000}},
    ],
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return learned(tmp_path_factory.mktemp("stage"))


def project(folder: Path, **monitoring: Any) -> Path:
    settings(folder)
    written = json.loads((folder / "params.yaml").read_text())
    (folder / "params.yaml").write_text(json.dumps(written | ({"monitoring": monitoring} if monitoring else {})))
    (folder / "suite.json").write_text(json.dumps(SUITE))
    (folder / "new").mkdir()
    fresh(300).write_csv(folder / "new" / "monday.csv")
    fresh(300, seed=5).write_csv(folder / "new" / "tuesday.csv")
    return folder


def monitor(folder: Path, made: Path) -> dict[str, Any]:
    found = run(folder, "monitor", str(made), "artifacts/monitor")
    assert found.returncode == 0, found.stderr
    assert (folder / "artifacts/monitor/monitor.html").is_file()
    report: dict[str, Any] = json.loads((folder / "artifacts/monitor/monitor.json").read_text())
    assert found.stdout == report["told"] + "\n"
    return report


def test_a_pattern_of_new_rows_is_held_against_the_package_and_the_suite(made: Path, tmp_path: Path) -> None:
    report = monitor(project(tmp_path, source="new/*.csv"), made)
    assert alarms(report) == set()
    assert report["rows"]["batch"] == 600
    assert (report["expectations"]["asked"], report["expectations"]["left out"]) == (2, 2)
    assert (tmp_path / "artifacts/monitor/docs/index.html").is_file()


def test_a_critical_expectation_that_fails_is_an_alarm_and_a_warning_is_told(made: Path, tmp_path: Path) -> None:
    project(tmp_path, source="new/*.csv")
    rows = (tmp_path / "new/monday.csv").read_text().splitlines()
    name, _, _town, *rest = rows[1].split(",", 3)
    (tmp_path / "new/monday.csv").write_text("\n".join([rows[0], ",".join([name, "17", "?", *rest]), *rows[2:]]))
    report = monitor(tmp_path, made)
    assert alarms(report) == {("expectation", "age")}
    assert {one["column"] for one in report["findings"] if one["severity"] == "notice"} == {"town"}


def test_declared_thresholds_and_columns_decide_what_is_an_alarm(made: Path, tmp_path: Path) -> None:
    loose = {"stability": 50, "missing": 0.99, "new": 0.99, "unusual": 0.99}
    project(tmp_path, source="new/*.csv", expectations=False, thresholds=loose, ignore=["town"])
    for day in ("monday", "tuesday"):
        text = (tmp_path / f"new/{day}.csv").read_text().replace("Ulm", "Rome").replace("ULM", "Rome")
        (tmp_path / f"new/{day}.csv").write_text(text)
    assert alarms(monitor(tmp_path, made)) == set()
    written = (tmp_path / "params.yaml").read_text().replace('"new": 0.99', '"new": 0.1')
    (tmp_path / "params.yaml").write_text(written)
    report = monitor(tmp_path, made)
    assert ("new", "notice") in {(one["kind"], one["severity"]) for one in report["findings"]}
    assert alarms(report) == set()


@pytest.mark.parametrize(
    ("monitoring", "told"),
    [
        ({}, "monitor: params.yaml has no section monitoring: say there where new rows are"),
        ({"source": "none.csv"}, "monitor: none.csv: no such file"),
        ({"source": "new/*.csv", "labels": "new/monday.csv"}, "monitoring.labels: goes with monitoring.key"),
        ({"source": "new/*.csv", "thresholds": {"alpha": 2}}, "monitoring.thresholds.alpha"),
        ({"sauce": "new/*.csv"}, "unknown key sauce; did you mean source?"),
    ],
)
def test_what_params_yaml_says_wrong_is_told_and_the_last_page_stays(
    made: Path, tmp_path: Path, monitoring: dict[str, Any], told: str
) -> None:
    project(tmp_path, **monitoring)
    (tmp_path / "artifacts/monitor").mkdir(parents=True)
    (tmp_path / "artifacts/monitor/monitor.html").write_text("yesterday")
    found = run(tmp_path, "monitor", str(made), "artifacts/monitor")
    assert found.returncode == 1
    assert told in found.stderr
    assert "Traceback" not in found.stderr
    assert (tmp_path / "artifacts/monitor/monitor.html").read_text() == "yesterday"
