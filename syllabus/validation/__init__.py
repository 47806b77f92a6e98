"""Holds a table to a suite of expectations: what fails, which rows, and pages to read it on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syllabus import frames
from syllabus.errors import Unmet
from syllabus.validation.deferred import import_great_expectations

if TYPE_CHECKING:
    from syllabus.validation.quarantine import Failure
    from syllabus.validation.wording import Sentence

TOLD = 3
"""The most failed expectations that a line in the terminal names."""


@dataclass(frozen=True)
class Check:
    """One expectation and what came of it.

    Args:
        type: its name in Great Expectations.
        columns: the columns it is about, none for one about the table.
        severity: what its failure means: `critical` stops the run, `warning` does not, `info` is only told.
        success: whether it holds.
        sentence: what it says.
        note: why it is there, in the suite's own words.
        observed: what was seen, in words.
        unexpected: how many rows fail it; None where it does not speak of single rows.
        percent: how many that are, in percent of the rows with a value.
        table: what was seen against what was expected, where one number does not tell it.
        values: the most frequent failing values, each with the number of `rows`.
        examples: the first failing rows: number and values.
    """

    type: str
    columns: tuple[str, ...]
    severity: str
    success: bool
    sentence: Sentence
    note: str
    observed: str
    unexpected: int | None
    percent: float | None
    table: tuple[Mapping[str, Any], ...] = ()
    values: tuple[Mapping[str, Any], ...] = ()
    examples: tuple[Mapping[str, Any], ...] = ()

    @property
    def label(self) -> str:
        """The shortest name that a person recognizes it by."""
        return f"{self.type}({', '.join(self.columns)})" if self.columns else str(self.sentence).rstrip(".")


@dataclass(frozen=True)
class Validation:
    """What came of holding a table to a suite.

    Args:
        name: what the table is called.
        suite: the suite's name.
        rows: how many rows the table has.
        columns: its columns with their DuckDB types, in order.
        checks: every expectation, in the order of the suite.
        quarantined: how many rows are in the quarantine table.
    """

    name: str
    suite: str
    rows: int
    columns: Mapping[str, str]
    checks: tuple[Check, ...]
    quarantined: int

    @property
    def success(self) -> bool:
        """Whether the run may go on: no critical expectation failed."""
        return not any(check.severity == "critical" for check in self.failed)

    @property
    def failed(self) -> tuple[Check, ...]:
        """The expectations that do not hold, warnings and mere information included."""
        return tuple(check for check in self.checks if not check.success)

    def told(self) -> str:
        """Say in one line how many hold, which do not, and how many rows are in quarantine."""
        first, more = self.failed[:TOLD], len(self.failed) - TOLD
        named = "; ".join(f"{check.label}: {check.observed}" for check in first) + (
            f"; {more} more" if more > 0 else ""
        )
        held = f"{len(self.checks) - len(self.failed)} of {len(self.checks)} expectations hold"
        return f"{held}{f' (not: {named})' if named else ''}, {self.quarantined} of {self.rows} rows in quarantine"

    def refusal(self, page: Path) -> str:
        """Say in one line which critical expectations failed, by how much, and which page to open."""
        failed = [check for check in self.failed if check.severity == "critical"]
        told = "; ".join(f"{check.label}: {check.observed}" for check in failed)
        return f"{len(failed)} of {len(self.checks)} expectations failed that are critical: {told}. Open {page}"

    def report(self) -> dict[str, Any]:
        """Return everything as plain data for a JSON report."""
        return {
            "name": self.name,
            "suite": self.suite,
            "success": self.success,
            "rows": self.rows,
            "quarantined": self.quarantined,
            "failed": {
                severity: [check.label for check in self.failed if check.severity == severity]
                for severity in ("critical", "warning", "info")
            },
            "checks": [vars(check) | {"sentence": str(check.sentence)} for check in self.checks],
        }


def validate(table: Path, suite: Path, docs: Path, quarantine: Path, *, name: str) -> Validation:
    """Hold a table to a suite, write its Data Docs and the rows that fail.

    A row that fails an expectation about single rows is quarantined when the expectation is critical or a
    warning, also where `mostly` lets the expectation hold. One of severity `info` quarantines nothing.

    Args:
        table: a Parquet file whose column `row` numbers the examples.
        suite: a Great Expectations suite in JSON.
        docs: the folder of the pages; `index.html` is the first.
        quarantine: the Parquet file for the failing rows: `row`, `reasons` (a list of text), the other columns.
        name: what the pages call the table.

    Raises:
        Unmet: the table or the suite is missing or broken, or an expectation cannot be asked of the table.
        duckdb.Error: the system refused, as when the disk is full.
    """
    from syllabus.validation import duckdb_engine
    from syllabus.validation import suite as suites

    columns = duckdb_engine.columns(table)
    if frames.ROW not in columns:
        raise Unmet(f"{table} has no column {frames.ROW}, which numbers the examples: write it with ingest")
    raw = suites.parse(suite)
    import_great_expectations()
    from syllabus.validation import checkpoint, pages
    from syllabus.validation.quarantine import Quarantine

    with duckdb_engine.unwrapped(), checkpoint.opened(table) as opened:
        expectations = suites.build(raw, suite, columns)
        results = opened.hold(expectations, suite, columns)
        failing = Quarantine(opened.engine, columns)
        checks = tuple(
            _check(result, failing.add(place, result), failing.lines(result)) for place, result in enumerate(results)
        )
        failing.write(quarantine, [str(check.sentence) for check in checks])
        rows = duckdb_engine.count(opened.engine)
        validation = Validation(name, expectations.name, rows, columns, checks, failing.count())
        pages.write(validation, failing.examples(), docs)
    return validation


def _check(result: Any, failure: Failure | None, lines: tuple[dict[str, Any], ...]) -> Check:
    from syllabus.validation import wording
    from syllabus.validation.suite import columns_of

    config = result.expectation_config
    return Check(
        type=config.type,
        columns=columns_of(config.type, config.kwargs),
        severity=config.severity.value,
        success=result.success,
        sentence=wording.sentence(result),
        note=wording.note(config),
        observed=wording.selected(result, lines) if lines else wording.observed(result),
        unexpected=wording.unexpected(result),
        percent=result.result.get("unexpected_percent"),
        table=lines or wording.table(result),
        values=failure.values if failure else (),
        examples=failure.examples if failure else (),
    )
