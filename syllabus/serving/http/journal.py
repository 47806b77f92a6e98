"""Requests and their answers, written as Parquet for monitoring: some of them by chance, less what is masked.

A file is written every so often, and whole; a kill loses what was held since. Where the disk does not take it the
service goes on, says so once, and counts what it lost. Files whose names end alike have the same columns, whatever was
asked for: so a newer version that answers otherwise does not make the older ones unreadable.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
import re
import sys
import tempfile
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from syllabus import frames
from syllabus.errors import Unmet, nearest
from syllabus.serving import answers, fields
from syllabus.serving.pieces import ABSTAINED, BEYOND, NOVELTY, TOLD

if TYPE_CHECKING:
    import polars as pl

    from syllabus.serving.fields import Field
    from syllabus.serving.http.options import Log
    from syllabus.serving.http.service import Service
    from syllabus.serving.packages import Package
    from syllabus.serving.served import Served

HELD = 20_000
"""So many rows are held before they are written."""
Entry: TypeAlias = "tuple[float, Served, list[Any], list[dict[str, Any]]]"
"""A request: when, by what it was answered, its rows, and what was answered to each."""
TIME, MODEL, VERSION = "asked at", "model", "version"
_RENAMED = "served "
ABOUT = "syllabus"
"""The entry of a file's metadata that says, as JSON, which columns are masked."""


def checked(log: Log, served: Served) -> None:
    """Refuse what could not be logged as it is declared, before anybody asks.

    Raises:
        Unmet: a masked column is none of the package's, and might stand in the log under its right name; or the folder
            cannot be written.
    """
    names = [field.name for field in served.fields]
    for name in log.masked:
        if name not in names:
            raise Unmet(f"--mask {name}: the model reads no such column; {nearest(name, names)}")
    if log.folder is None:
        return
    try:
        Path(log.folder).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=log.folder):
            pass
    except OSError as error:
        raise Unmet(f"--log {log.folder}: cannot be written: {error.strerror or error}") from None


class Journal:
    """What was asked and answered since the last file.

    Args:
        service: whose requests they are.
    """

    def __init__(self, service: Service) -> None:
        self.service, self.log = service, service.options.log
        self._held: list[Entry] = []
        self._rows = 0
        self._failed = False
        self._draw = random.Random(os.getpid())  # noqa: S311  # it decides what is sampled, and no secret

    def add(self, served: Served, rows: list[Any], found: list[dict[str, Any]]) -> None:
        """Take in the rows of a request and what was answered to each, if chance says so."""
        if self.log.folder is None or self._draw.random() >= self.log.share:
            return
        if self._rows + len(found) > 10 * HELD:
            self.service.metrics.unlogged.inc()
            return
        self._held.append((time.time(), served, rows, found))
        self._rows += len(found)

    async def write_on(self) -> None:
        """Write what is held, every so often, until cancelled."""
        last = time.monotonic()
        while self.log.folder is not None:
            await asyncio.sleep(min(1.0, self.log.every))
            if self._rows >= HELD or time.monotonic() - last >= self.log.every:
                last = time.monotonic()
                await asyncio.to_thread(self.write, self.taken())

    def taken(self) -> list[Entry]:
        """Return what is held, and hold it no more; called where `add` is, so that nothing comes in between."""
        held, self._held, self._rows = self._held, [], 0
        return held

    def write(self, held: Sequence[Entry]) -> None:
        """Write what was held, a file for each version that answered."""
        for version in {id(served): served for _, served, _, _ in held}.values():
            some = [one for one in held if one[1] is version]
            try:
                self._write(version, some)
                self._failed = False
            except Exception as error:  # a full disk, or a value that the file does not take: the service goes on
                self.service.metrics.unlogged.inc(len(some))
                if not self._failed:
                    print(f"serve: requests are not logged: {error}", file=sys.stderr, flush=True)
                self._failed = True

    def _write(self, served: Served, some: Sequence[Entry]) -> None:
        now = datetime.now(UTC)
        name = f"{now:%H%M%S%f}-{os.getpid()}-{layout(served.package, served.fields)}.parquet"
        path = Path(str(self.log.folder)) / f"{now:%Y-%m-%d}" / name
        with frames.replacing(path) as partial:
            told = {ABOUT: json.dumps({"masked": self.log.masked})}
            table(served, some, self.log.masked).write_parquet(partial, metadata=told)


def table(served: Served, some: Sequence[Entry], masked: Sequence[str]) -> pl.DataFrame:
    """Return requests as a table: when and by what they were answered, the columns as they came, and the answers.

    The answers stand under the names that `syllabus predict` gives them; a column that is masked, or that nobody asked
    for, is empty, so that all files of a version have the same columns. Where a column has a name of ours, ours is
    called `served NAME`.
    """
    import polars as pl

    rows = [row for _, _, asked, _ in some for row in asked]
    found = [one for *_, answered in some for one in answered]
    times = [at for at, _, asked, _ in some for _ in asked]
    given = [
        pl.Series(field.name, *_as(field, [_shown(field, row, masked) for row in rows]), strict=False)
        for field in served.fields
    ]
    told: dict[str, Any] = {
        TIME: pl.Series([datetime.fromtimestamp(at, UTC) for at in times], dtype=pl.Datetime("us", "UTC")),
        MODEL: [served.name] * len(rows),
        VERSION: [served.version] * len(rows),
    }
    theirs = {field.name for field in served.fields}
    told, found_ = (
        {_ours(name, theirs): held for name, held in part.items()} for part in (told, _answers(served.package, found))
    )
    return pl.concat([pl.DataFrame(told), pl.DataFrame(given), pl.DataFrame(found_)], how="horizontal")


def layout(package: Package, columns: Sequence[Field]) -> str:
    """Return what names a log's columns and their types, the same for all packages that are asked and answer alike."""
    read = [(field.name, field.kinds, field.binary) for field in columns]
    told = [(name, str(kind)) for name, kind in _kinds(package).items()]
    return hashlib.sha256(json.dumps([read, told]).encode()).hexdigest()[:12]


def files(folder: str | Path, package: Package) -> str:
    """Return the pattern of the Parquet files below a folder: of a log those alone that are as this package's are."""
    whole = "**/*.parquet"
    if hasattr(package.modality, "asks"):
        own = f"**/*-{layout(package, fields.of(package))}.parquet"
        whole = own if any(Path(folder).glob(own)) else whole
    return f"{folder}/{whole}"


def masked(files: Sequence[Path]) -> set[str]:
    """Return the columns that were masked in any of these files; none of those that are no log."""
    import polars as pl

    found: set[str] = set()
    for file in files:
        if file.suffix == ".parquet":
            with suppress(ValueError, TypeError, KeyError):
                told = json.loads(pl.read_parquet_metadata(file).get(ABOUT, "{}"))
                found |= {str(name) for name in told["masked"]}
    return found


def ours(names: Collection[str]) -> set[str]:
    """Return those of a log's columns that the service adds; none where these are of no log."""
    if TIME not in names:
        return set()
    told = {TIME, MODEL, VERSION, *TOLD}
    bare = {name: re.sub(f"^({_RENAMED})+", "", name) for name in names}
    return {name for name, one in bare.items() if one in told or one.startswith(answers.PROBABILITY)}


def _shown(field: Field, row: Mapping[str, Any], masked: Collection[str]) -> Any:
    return None if field.name in masked else row[field.name]


def _ours(name: str, theirs: Collection[str]) -> str:
    return _ours(f"{_RENAMED}{name}", theirs) if name in theirs else name


def _as(field: Field, values: list[Any]) -> tuple[list[Any], Any]:
    """Return a column's values and their type, the same in every file: texts, where a column takes several kinds."""
    import polars as pl

    if field.binary:
        return [None if value is None else fields.decoded(value, field.name) for value in values], pl.Binary
    kinds = {"number": pl.Float64, "integer": pl.Int64, "string": pl.String, "boolean": pl.Boolean}
    if len(field.kinds) == 1:
        return values, kinds[field.kinds[0]]
    return [value if value is None else str(value) for value in values], pl.String


def _kinds(package: Package) -> dict[str, Any]:
    """Return the columns of a package's answers with their types, asked for or not; of texts none is known before."""
    import polars as pl

    if package.data.task not in answers.FORMS:
        return {}
    # By what the package is, and not by what is installed where it is asked: elsewhere it is monitored.
    novelty = {} if hasattr(package.modality, "histories") else {NOVELTY: pl.Float64()}
    abstained = {ABSTAINED: pl.Boolean()} if package.model.encoding.task.classes else {}
    return {**answers.none(package).schema, **novelty, BEYOND: pl.String(), **abstained}


def _answers(package: Package, found: Sequence[Mapping[str, Any]]) -> dict[str, pl.Series]:
    import polars as pl

    flat = [
        {key: value for key, value in one.items() if key not in ("probabilities", "reasons", BEYOND)}
        | ({BEYOND: ", ".join(one[BEYOND]) or None} if BEYOND in one else {})
        | {f"{answers.PROBABILITY}{name}": share for name, share in one.get("probabilities", {}).items()}
        for one in found
    ]
    kinds = _kinds(package)
    names = dict.fromkeys([*kinds, *(key for one in flat for key in one)])
    return {name: pl.Series(name, [one.get(name) for one in flat], kinds.get(name), strict=False) for name in names}
