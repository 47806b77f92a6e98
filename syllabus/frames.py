"""Files on disk: lazy reading and streamed, atomic writing of Parquet and JSON, and their digests."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

ROW = "row"
"""The column that names an example: its number in the source, from 1; a header is not counted."""


GROUP = 20_000
"""Rows in a row group of Parquet: a reader holds some of them at a time, so small ones keep memory low."""
GROUP_OF_BYTES = 500
"""The same where a row holds bytes, such as a picture's."""


def scan(path: Path) -> pl.LazyFrame:
    """Open a Parquet table lazily."""
    import polars as pl

    return pl.scan_parquet(path)


def sink(frame: pl.LazyFrame, path: Path) -> None:
    """Stream `frame` into a Parquet file: never the whole table in memory, never half a file at `path`."""
    sink_all({path: frame})


def sink_all(parts: Mapping[Path, pl.LazyFrame]) -> None:
    """Stream several frames into Parquet files, side by side: what they have in common is read once."""
    import polars as pl

    with ExitStack() as stack:
        partials = {path: stack.enter_context(replacing(path)) for path in parts}
        # A fixed layout and no statistics of the moment: the same rows give the same bytes.
        layout: Any = {"compression": "zstd", "maintain_order": True, "lazy": True}
        sinks = []
        for path, frame in parts.items():
            group = GROUP_OF_BYTES if pl.Binary in frame.collect_schema().dtypes() else GROUP
            sinks.append(frame.sink_parquet(partials[path], row_group_size=group, **layout))
        pl.collect_all(sinks, engine="streaming")


def beside(frame: pl.LazyFrame, column: pl.Series) -> pl.LazyFrame:
    """Return the frame with a value for each of its rows, in its order: a join would hold the whole table."""
    import polars as pl

    return pl.concat([frame, column.to_frame().lazy()], how="horizontal")


def count(frame: pl.LazyFrame) -> int:
    """Return how many rows the frame has."""
    import polars as pl

    return int(frame.select(pl.len()).collect(engine="streaming").item())


def numbers(frame: pl.LazyFrame) -> NDArray[np.uint64]:
    """Return the number of each row, in the order of the frame."""
    found: NDArray[np.uint64] = frame.select(ROW).collect(engine="streaming")[ROW].to_numpy()
    return found


def without(frame: pl.LazyFrame, rows: pl.Series) -> pl.LazyFrame:
    """Return the frame less the rows of these numbers."""
    import numpy as np
    import polars as pl

    if rows.is_empty():
        return frame
    gone, held = rows.sort().to_numpy(), numbers(frame)
    # A name that no column of a source has: a source's are stripped.
    kept = pl.Series(" kept", gone[np.searchsorted(gone, held).clip(max=len(gone) - 1)] != held)
    return beside(frame, kept).filter(pl.col(kept.name)).drop(kept.name)


def mean(numbers: pl.Series) -> float:
    """Return the mean of numbers or truths; 0 where there are none."""
    return float(numbers.mean() or 0)  # type: ignore[arg-type]  # polars' own type is that of any column's mean


def only(frame: pl.LazyFrame, rows: pl.Series) -> pl.LazyFrame:
    """Return the rows of these numbers, in the order of the frame."""
    held = frame.select(ROW).collect(engine="streaming")[ROW]
    return without(frame, held.filter(~held.is_in(rows.implode())))


def write_json(value: Any, path: Path) -> None:
    """Write JSON with sorted keys, so that the same value gives the same bytes."""
    write_text(json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n", path)


def read_json(path: Path) -> Any:
    """Read a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


def write_text(text: str, path: Path) -> None:
    """Write a UTF-8 text file under a temporary name, then rename it."""
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8")


def write_bytes(content: bytes, path: Path) -> None:
    """Write a file under a temporary name, then rename it."""
    with replacing(path) as partial:
        partial.write_bytes(content)


def sha256(path: Path) -> str:
    """Return the digest of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; it takes the name only when the block ends well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
