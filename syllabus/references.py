"""What `params.yaml` names outside itself, the columns of the source and files, looked for before anything runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from syllabus import modalities, params
from syllabus.errors import nearest
from syllabus.rules import Location
from syllabus.settings import Settings


def check(settings: Settings, path: Path = Path("params.yaml")) -> list[str]:
    """Look for everything that `path` names, and return the source's columns, read from its head alone.

    Args:
        settings: what `path` says.
        path: the file; the project's folder is the working folder.

    Raises:
        Unmet: the source cannot be read, or a column or a file is not there; one line for each, with where it is named.
    """
    known: list[str] = modalities.load(settings.data.modality).columns(settings.data)
    findings = [
        (location, f"{column} is not a column of {settings.data.source}; {nearest(column, known)}")
        for location, column in _columns(settings)
        if column not in known
    ]
    suite = settings.validation.suite
    if not Path(suite).is_file():
        findings.append((("validation", "suite"), f"there is no file {suite}"))
    if findings:
        raise params.refusal(path, findings)
    return known


def _columns(settings: Settings) -> Iterator[tuple[Location, str]]:
    """Yield every place that names a column, and the column."""
    data = settings.data
    if data.target:
        yield ("data", "target"), data.target
    for key in ("columns", "dates", "texts"):
        for column in getattr(data, key):
            yield ("data", key, column), column
    for column, how in data.dates.items():
        for place, other in enumerate(how.since or ()):
            yield ("data", "dates", column, "since", place), other
    for key in ("missing_in", "relabel", "numbers", "dates", "types", "limits"):
        for column in getattr(data.cleaning, key):
            yield ("data", "cleaning", key, column), column
    for place, column in enumerate(data.cleaning.not_compared):
        yield ("data", "cleaning", "not_compared", place), column
    for column in data.cleaning.gaps.columns:
        yield ("data", "cleaning", "gaps", "columns", column), column
    if settings.split.by is not None:
        yield ("split", "by"), settings.split.by
    for key in ("sensitive", "slices"):
        for place, column in enumerate(getattr(settings.examination, key)):
            yield ("examination", key, place), column
