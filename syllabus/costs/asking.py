"""What 1,000 answers of a package take: python -m syllabus.costs.asking PACKAGE PARTS

The rows of test are asked, as split left them, of the native model, on one thread: one by one, and 1,000 at once.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syllabus.errors import Unmet

if TYPE_CHECKING:
    from syllabus.models import Model

AT_ONCE = 1_000
SECONDS = 1.0
"""How long each is asked, after a turn that does not count."""
LONGEST = 10.0
"""Seconds that a turn may take, as far as one can tell before; fewer rows than 1,000 are asked at once otherwise."""
_ONE_THREAD = ("SYLLABUS_THREADS", "POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def asked(package: Path, parts: Path) -> dict[str, Any]:
    """Ask a package in a process of its own, as threads are counted when libraries are loaded.

    Returns:
        `one` and `at_once`: `milliseconds` and `cpu_seconds` for 1,000 answers, and how many `rows` were asked at once;
        `one` is None where the modality's examples are no single rows. `peak`: the most bytes that it held.

    Raises:
        Unmet: there is no package, it is damaged, or there are no rows to ask about.
    """
    if not package.is_dir():
        raise Unmet(f"{package} is missing: no model is registered; run `dvc repro`")
    if not (parts / "test.parquet").is_file():
        raise Unmet(f"{parts / 'test.parquet'} is missing: there are no rows to ask about; run `dvc repro`")
    words = [sys.executable, "-m", "syllabus.costs.asking", str(package), str(parts)]
    alone = os.environ | dict.fromkeys(_ONE_THREAD, "1")
    done = subprocess.run(words, env=alone, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        raise Unmet(said[-1] if said else f"{package}: was not answered: the process ended by {done.returncode}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(package: Path, parts: Path) -> dict[str, Any]:
    """Do the same in this process."""
    from syllabus import metering, modalities, trust
    from syllabus.serving import packages

    trust.prove(package)
    with packages.fitting(package):
        model = packages.native(package / "model")
    rows = hasattr(modalities.load(model.modality), "asked")
    found = _of_rows(model, parts) if rows else {"one": None, "at_once": _of_part(model, parts)}
    return found | {"peak": metering.peak()}


def _of_rows(model: Model, parts: Path) -> dict[str, Any]:
    import polars as pl

    from syllabus import frames

    table = frames.scan(parts / "test.parquet").head(AT_ONCE).collect()
    turn = itertools.count()
    one = _timed(lambda: model.predict(table[next(turn) % len(table)].lazy()), rows=1)

    def of(rows: int) -> Callable[[], Any]:
        some = pl.concat([table] * -(-rows // len(table))).head(rows).lazy()
        return lambda: model.predict(some)

    rows = 1
    # What a call takes whatever it is asked says nothing of 1,000 rows, so their number grows step by step.
    while rows < AT_ONCE and 10 * _seconds(of(rows)) < LONGEST:
        rows *= 10
    return {"one": one, "at_once": _timed(of(rows), rows)}


def _of_part(model: Model, parts: Path) -> dict[str, Any]:
    """Ask for all of test, where an example is no row: a window of a series, or a document."""
    from syllabus import models

    def answer() -> int:
        examples = models.examples(model.modality, model.encoding, parts, "test")
        model.answers(examples)
        return len(examples)

    return _timed(answer, rows=answer())


def _timed(answer: Callable[[], Any], rows: int) -> dict[str, Any]:
    """Return the median milliseconds and the mean CPU seconds of turns about so many rows, for 1,000 rows."""
    answer()
    taken: list[float] = []
    used = time.process_time()
    while sum(taken) < SECONDS:
        taken.append(_seconds(answer))
    used = time.process_time() - used
    median = sorted(taken)[len(taken) // 2]
    return {
        "rows": rows,
        "milliseconds": median / rows * AT_ONCE * 1000,
        "cpu_seconds": used / len(taken) / rows * AT_ONCE,
    }


def _seconds(answer: Callable[[], Any]) -> float:
    start = time.perf_counter()
    answer()
    return time.perf_counter() - start


if __name__ == "__main__":
    try:
        print(json.dumps(measure(*map(Path, sys.argv[1:]))))
    except Unmet as error:
        sys.exit(str(error))
