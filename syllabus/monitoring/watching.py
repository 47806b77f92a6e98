"""A batch held against a package: everything that is asked of it, and what came of it."""

from __future__ import annotations

import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syllabus import frames, modalities
from syllabus.examination import plain
from syllabus.monitoring import batch as batches
from syllabus.monitoring import columns, drift, findings, performance, reference
from syllabus.monitoring.batch import Batch
from syllabus.monitoring.drift import Evidence, Test
from syllabus.monitoring.findings import UNUSUAL, Finding
from syllabus.monitoring.labels import Labels
from syllabus.monitoring.performance import Deciding
from syllabus.monitoring.reference import Reference
from syllabus.reports.wording import many
from syllabus.serving.http import journal
from syllabus.settings import Thresholds

if TYPE_CHECKING:
    from syllabus.serving.packages import Package
    from syllabus.sources import Source

SAMPLE = 100_000
JSON, PAGE = "monitor.json", "monitor.html"


@dataclass(frozen=True, eq=False)
class Watched:
    """What came of it.

    Args:
        package: the model that is in use.
        reference: its own.
        batch: what was seen.
        tests: all that was asked, with corrected p-values.
        compared: the metrics beside test's; None where no label is known.
        findings: the gravest first.
        limits: what they were held to.
        suite: what came of the expectations; None where none were asked.
    """

    package: Package
    reference: Reference
    batch: Batch
    tests: Sequence[Test]
    compared: Mapping[str, Any] | None
    findings: Sequence[Finding]
    limits: Thresholds
    suite: Mapping[str, Any] | None = None

    @property
    def alarms(self) -> list[Finding]:
        """What is wrong."""
        return [one for one in self.findings if one.severity == "alarm"]

    def told(self) -> str:
        """Say in one line how many rows were looked at, and what is wrong."""
        rows = many(self.batch.rows, "row")
        if not self.alarms:
            return f"{rows}: no alarm"
        first = self.alarms[0].says.rstrip(".")
        more = f", and {len(self.alarms) - 1} more" if len(self.alarms) > 1 else ""
        return f"{rows}: {len(self.alarms)} alarm{'s' * (len(self.alarms) > 1)}: {first}{more}"

    def report(self) -> dict[str, Any]:
        """Return what JSON can hold, without a row of the batch."""
        batch, labelled = self.batch, self.batch.labelled
        told: dict[str, Any] = plain(
            {
                "alarm": bool(self.alarms),
                "broken": findings.broken(self.alarms),
                "told": self.told(),
                "source": batch.source,
                "package": self.package.digest,
                "rows": {"batch": batch.rows, "read": batch.read, "labelled": labelled.rows if labelled else 0},
                "findings": [one.plain() for one in self.findings],
                "tests": [vars(test) for test in self.tests],
                "performance": self.compared,
                "expectations": self.suite,
                "thresholds": self.limits.model_dump(),
            }
        )
        return told


def watch(
    package: Package,
    source: Source,
    *,
    limits: Thresholds | None = None,
    labels: Labels | None = None,
    ignore: Sequence[str] = (),
    sample: int = SAMPLE,
    suite: Path | None = None,
    docs: Path | None = None,
) -> Watched:
    """Hold new rows against the training rows of a package.

    Args:
        package: the model that is in use.
        source: the new rows: a file, a folder of Parquet, a pattern of files, a URL or a database.
        limits: from what on a difference is an alarm.
        labels: where the target may be found, beside the batch itself.
        ignore: columns whose drift is only told.
        sample: how many rows stand for all in metrics and pictures.
        suite: the project's expectations, asked as far as they speak of single rows; None for none.
        docs: where to write what came of them.

    Raises:
        Unmet: the source cannot be read or has no rows, or the package has no reference.
    """
    known, limits, labels = reference.load(package.folder), limits or Thresholds(), labels or Labels()
    asked = None
    with tempfile.TemporaryDirectory(prefix="syllabus-") as folder:
        clean = Path(folder) / "clean.parquet" if suite is not None else None
        scratch = Path(folder) / "scratch"
        batch = batches.count(
            package, known, _folder(package, source), scratch, labels=labels, sample=sample, clean=clean
        )
        if suite is not None and clean is not None and clean.is_file():
            from syllabus.monitoring import expectations

            asked = expectations.hold(clean, suite, docs or Path(folder) / "docs")
    tests = _tests(known, batch)
    compared = _compared(package, known, batch, limits)
    rows = [
        *findings.of_schema(batch, _added(package, known, batch, labels), limits),
        *findings.of_tests(tests, batch, limits, ignore),
    ]
    worse = findings.of_performance(compared, batch, limits, broken=findings.broken(rows))
    found = findings.sort([*rows, *worse, *(asked.findings if asked else ())])
    return Watched(package, known, batch, tests, compared, found, limits, asked.report if asked else None)


@contextmanager
def tidied() -> Iterator[None]:
    """Let SIGTERM end this block in order: what was brought of the rows, or made of them, must not stay behind."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def write(watched: Watched, out: Path) -> None:
    """Write `monitor.json` and `monitor.html` into a folder."""
    from syllabus.monitoring import page

    frames.write_json(watched.report(), out / JSON)
    page.write(watched, out / PAGE)


def _folder(package: Package, source: Source) -> Source:
    """Return the pattern of a folder's Parquet files, where it has such; another source as it is."""
    if isinstance(source, str | Path) and "://" not in str(source) and Path(source).is_dir():
        return journal.files(source, package) if any(Path(source).rglob("*.parquet")) else source
    return source


def _added(package: Package, known: Reference, batch: Batch, labels: Labels) -> list[str]:
    """Return the columns of the source that train's table had not, and nobody asked for."""
    read = package.columns if hasattr(package.modality, "asks") else ()
    expected = {
        *known.source,
        *read,
        modalities.target(package.data),
        labels.key,
        frames.ROW,
        *journal.ours(batch.columns),
    }
    return [name for name in batch.columns if name not in expected]


def _tests(known: Reference, batch: Batch) -> list[Test]:
    def of(part: str) -> Evidence:
        return Evidence(batch.evidence, known.evidence.get(part, 1.0))

    tallies = {name: one for name, one in batch.tallies.items() if one.rows}
    several = {"columns": tallies, "predictions": batch.predictions}
    asked = [
        test for part, held in several.items() for name, one in held.items() for test in drift.of(name, one, of(part))
    ]
    if batch.labelled is not None and batch.labelled.tally is not None:
        told = drift.of(batch.labelled.target, batch.labelled.tally, of("target"))
        asked += [replace(test, kind="target") for test in told[-1:]]
    if batch.unusual is not None and known.unusual is not None:
        asked.append(Test(UNUSUAL, "unusual", *drift.shares(batch.unusual, batch.read, known.unusual, known.tested)))
    drift.correct(asked)
    return asked


def _compared(package: Package, known: Reference, batch: Batch, limits: Thresholds) -> dict[str, Any] | None:
    if batch.labelled is None:
        return None
    deciding, fewest = Deciding(package.threshold, package.intervals), columns.fewest(package.model.modality)
    also = getattr(columns.load(package.model.modality), "ALSO", ())
    measured = batch.labelled.measured(deciding, known.metric, fewest)
    if measured is None:
        return None
    return performance.compare(known.performance, measured, known.metric, limits.alpha, fewest=fewest, also=also)
