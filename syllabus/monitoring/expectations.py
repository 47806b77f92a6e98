"""The project's suite held against new rows: what it says of single rows.

What it says of a whole table, such as how many rows it has or which mean, is about the source that train came from; of
a batch the tests for drift say it with their intervals. What is about a column that the batch has not is left out, too.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from syllabus import frames, validation
from syllabus.errors import Unmet
from syllabus.frames import ROW
from syllabus.monitoring.findings import Finding
from syllabus.validation.suite import columns_of, parse

OF_ROWS = (
    "expect_column_values_",
    "expect_column_value_lengths_",
    "expect_column_pair_values_",
    "expect_multicolumn_values_",
)
"""How the names of expectations begin that speak of single rows."""


@dataclass(frozen=True)
class Held:
    """What came of it.

    Args:
        report: how many were asked, how many were left out, and those that failed.
        findings: those that failed, as findings.
    """

    report: Mapping[str, Any]
    findings: Sequence[Finding]


def hold(table: Path, suite: Path, docs: Path) -> Held:
    """Hold a table, as ingest would have left it, against a suite, and write the Data Docs of what came of it.

    Raises:
        Unmet: the suite is missing or broken.
    """
    raw: Any = parse(suite)
    there = frames.scan(table).collect_schema().names()
    asked = [one for one in raw["expectations"] if _fits(one, there)]
    left = len(raw["expectations"]) - len(asked)
    if not asked:
        return Held({"asked": 0, "left out": left, "failed": []}, [])
    own, quarantine = table.with_name("suite.json"), table.with_name("quarantine.parquet")
    own.write_text(json.dumps(dict(raw) | {"expectations": asked}), encoding="utf-8")
    try:
        found = validation.validate(table, own, docs, quarantine, name="new rows")
    except Unmet as error:
        why = str(error).splitlines()[0].replace(str(own), str(suite)).replace(str(table), "the new rows")
        shutil.rmtree(docs, ignore_errors=True)
        advice = "Let the suite say of the column what holds in use, too."
        return Held(
            {"asked": 0, "left out": left, "failed": []},
            [Finding("expectation", "notice", "", f"The suite could not be asked: {why}.", advice)],
        )
    failed = [check for check in found.failed if check.severity != "info"]
    advice = "The row that fails, and why the expectation is there, stand in its Data Docs."
    findings = [
        Finding(
            "expectation",
            "alarm" if check.severity == "critical" else "notice",
            ", ".join(check.columns),
            f"An expectation fails: {str(check.sentence).rstrip('.')}; seen: {check.observed}.",
            check.note or advice,
            None if check.percent is None else check.percent / 100,
        )
        for check in failed
    ]
    told = [{"says": str(check.sentence), "observed": check.observed, "severity": check.severity} for check in failed]
    return Held({"asked": len(asked), "left out": left, "failed": told}, findings)


def _fits(expectation: Any, there: Sequence[str]) -> bool:
    """Return whether an expectation speaks of single rows, and of columns that there are."""
    if not isinstance(expectation, Mapping) or not str(expectation.get("type")).startswith(OF_ROWS):
        return False
    kwargs = expectation.get("kwargs") or {}
    if any(key.startswith("row_condition") for key in kwargs):
        return False
    names = columns_of(str(expectation["type"]), kwargs)
    return bool(names) and all(name in there and name != ROW for name in names)
