"""Rows a second of a package's ONNX against its native model: python -m benchmarks.onnx PACKAGE TABLE

Both take the same rows as ingest leaves them, a Polars table, such as artifacts/split/test.parquet, to probabilities or
values, on one thread, some rows at a time. Bytes come first: of the native model's files, and of each graph.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from syllabus import export, frames, models
from syllabus.export import asking, checking

AT_ONCE = (1, 100, 10_000)
SECONDS = 2.0
"""How long each is asked, after a turn that does not count."""
LONGEST = 60.0
"""A turn that would take longer, by how the one before went, is left out."""


def main(package: Path, file: Path) -> None:
    """Print a line for each number of rows at once."""
    os.environ["SYLLABUS_THREADS"] = "1"
    table, model = frames.scan(file).collect(), models.load(package / "model")
    asked: dict[str, Callable[[pl.LazyFrame], Any]] = {"native": model.predict}
    for name in (export.FILE, export.SMALL):
        if (package / name).is_file():
            asked[name] = _onnx(model, (package / name).read_bytes())
    fitted = sum(held.stat().st_size for held in (package / "model" / "fitted").iterdir())
    sizes = [fitted, *((package / name).stat().st_size for name in asked if name != "native")]
    print(f"{'rows at once':>12}", *(f"{name:>18}" for name in asked), "  rows a second")
    print(f"{'bytes':>12}", *(f"{size:>18,}" for size in sizes))
    slowest = 0.0
    for rows in AT_ONCE:
        if rows * slowest > LONGEST:
            print(f"{rows:>12,}  would take {rows * slowest:,.0f} seconds")
            return
        some = pl.concat([table] * (rows // len(table) + 1)).head(rows).lazy()
        taken = [_seconds(answer, some) for answer in asked.values()]
        slowest = max(taken) / rows
        print(f"{rows:>12,}", *(f"{rows / each:>18,.0f}" for each in taken))


def _onnx(model: models.Model, content: bytes) -> Callable[[pl.LazyFrame], Any]:
    session = checking.session(content)
    return lambda table: asking.answered(model, session, table)


def _seconds(answer: Callable[[pl.LazyFrame], Any], some: pl.LazyFrame) -> float:
    """Return the median seconds of a turn."""
    answer(some)
    taken: list[float] = []
    end = time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        start = time.perf_counter()
        answer(some)
        taken.append(time.perf_counter() - start)
    return sorted(taken)[len(taken) // 2]


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
