"""Hold the table to the suite of expectations: python -m stages.validate INGESTED OUT."""

from pathlib import Path

from stages import Out, run
from syllabus import frames, validation
from syllabus.errors import Unmet
from syllabus.settings import Settings


def validate(settings: Settings, ingested: Path, out: Out) -> int:
    """Write Data Docs under `docs`, `report.json`, and the rows that fail as `quarantine.parquet`.

    Raises:
        Unmet: the suite is wrong, or a critical expectation failed; the Data Docs then stay on disk.
    """
    table, suite = ingested / "table.parquet", Path(settings.validation.suite)
    found = validation.validate(table, suite, out / "docs", out / "quarantine.parquet", name=str(settings.data.source))
    frames.write_json(found.report(), out / "report.json")
    if not found.success:
        raise Unmet(found.refusal(out / "docs/index.html"), keep=True)
    print(found.told())
    return found.rows


if __name__ == "__main__":
    run(validate)
