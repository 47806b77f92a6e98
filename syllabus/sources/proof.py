"""Reads binary files once, in a process of its own: a damaged one can crash the engine that reads it.

Run as a program it takes files as JSON on its input, and prints what the cells of each take, or an error.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from syllabus.settings import Reading

_WIDE = 8


def prove(files: Mapping[Path, str], kind: str, function: str, reading: Reading) -> None:
    """Look at every cell of some files, so that reading them later cannot fail.

    Args:
        files: each with its name for messages.
        kind: what they are, for messages.
        function: what opens them, `scan_parquet` or `scan_ipc`.
        reading: with the limit.

    Raises:
        Unmet: a file is damaged, or its cells take more than the limit.
    """
    from syllabus.errors import Unmet
    from syllabus.sources import expansion

    asked = [{"path": str(path), "most": expansion.allowed(path, reading.limit)} for path in files]
    # By its path and without its folder on the search path: it imports nothing of ours, and starts fast.
    words = [sys.executable, "-P", __file__, function]
    done = subprocess.run(words, input=json.dumps(asked), capture_output=True, text=True, check=False)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    for (path, name), answer in zip(files.items(), [*answers, {"error": "it makes its reader crash"}], strict=False):
        if "error" in answer:
            raise Unmet(f"{name}: not a whole {kind} file: {answer['error']}")
        most = expansion.allowed(path, reading.limit)
        if answer["expanded"] > most:
            raise expansion.too_large(name, most, reading.limit)


def _expanded(function: str, path: str, most: int) -> int:
    """Return how many bytes the cells of a file take; more than `most` are not counted further."""
    import polars as pl

    options: dict[str, Any] = {"use_statistics": False} if function == "scan_parquet" else {}
    frame = getattr(pl, function)(path, glob=False, hive_partitioning=False, **options)
    schema = frame.collect_schema()
    # A few bytes can stand for any number of equal values: count before anything is expanded.
    fixed: int = frame.select(pl.len()).collect().item() * _WIDE * len(schema)
    if fixed > most:
        return fixed
    texts = [pl.col(name).str.len_bytes().sum() for name, kind in schema.items() if kind == pl.String]
    texts += [pl.col(name).bin.size().sum() for name, kind in schema.items() if kind == pl.Binary]
    others = [pl.col(name).null_count() for name, kind in schema.items() if kind not in (pl.String, pl.Binary)]
    seen = frame.select(*texts, *others).collect(engine="streaming").row(0)
    return fixed + int(sum(filter(None, seen[: len(texts)])))


def _answer(function: str, path: str, most: int) -> dict[str, Any]:
    import polars as pl

    try:
        return {"expanded": _expanded(function, path, most)}
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as error:
        return {"error": next(iter(str(error).splitlines()), type(error).__name__)}


if __name__ == "__main__":
    for wanted in json.load(sys.stdin):
        print(json.dumps(_answer(sys.argv[1], wanted["path"], wanted["most"])), flush=True)
