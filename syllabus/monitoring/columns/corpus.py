"""Of a document are watched its length, of which signs it is made, how it repeats itself, and what it costs the model.

A document is its own label: what comes next stands in it. So bits per byte are measured of every batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from syllabus import modalities, sources
from syllabus.cleaning.asking import REASON
from syllabus.corpora import documents, packing
from syllabus.corpora.packing import TEXT
from syllabus.errors import Unmet
from syllabus.examination.texts import NATS
from syllabus.frames import ROW
from syllabus.monitoring.columns import text
from syllabus.sources import expansion

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from syllabus.examples import Examples
    from syllabus.monitoring.columns import Known
    from syllabus.monitoring.reading import Opened, Piece
    from syllabus.serving.packages import Package
    from syllabus.settings import Data
    from syllabus.sources import Source

KNOWS = True
FEWEST = 10
"""A document holds thousands of bytes that are asked for: ten say more than ten rows of a table."""
NEW = "share of signs that train has not"


def held(train: pl.LazyFrame) -> dict[str, Any]:
    """Return the signs that train is written in, as the first and the last of each run of neighbours."""
    signs: set[str] = set()
    for some in train.select(TEXT).collect_batches(chunk_size=documents.AT_A_TIME, lazy=True):
        signs.update(*some[TEXT].to_list())
    codes = np.array(sorted(map(ord, signs)), dtype=np.int64)
    runs = np.split(codes, np.flatnonzero(np.diff(codes) > 1) + 1) if len(codes) else []
    return {"signs": [[int(run[0]), int(run[-1])] for run in runs]}


def watched(table: pl.LazyFrame, signature: Sequence[Mapping[str, Any]], known: Known) -> pl.LazyFrame:
    """Return the plain columns of the documents."""
    import polars as pl

    runs = "".join(rf"\x{{{first:x}}}-\x{{{last:x}}}" for first, last in known.held["signs"])
    signs = pl.col(TEXT).str.len_chars()
    new = pl.col(TEXT).str.count_matches(f"[^{runs}]") if runs else signs
    beside = table.select(
        pl.col("lines").cast(pl.Float64),
        pl.col("repeated").alias("share of lines that stood before"),
        pl.col("compressed").alias("share of bytes that zlib leaves"),
        pl.when(signs > 0).then(new / signs).alias(NEW),
    )
    return pl.concat([text.watched(table, signature), beside], how="horizontal")


def fresh(name: str) -> bool:
    """Return whether train cannot tell what is usual: it has all of its own signs."""
    return name == NEW


def made_of(_: str, data: Data) -> Sequence[str]:
    """Return the column of the text."""
    return [modalities.options(data).text]


def answered(given: NDArray[Any], examples: Examples) -> pl.DataFrame:
    """Return what a byte of each document costs."""
    import polars as pl

    return pl.DataFrame({"bits per byte": given[:, NATS] / np.log(2) / examples.labels.sum(axis=1)})


def truth(*_: Any) -> Callable[[Examples], NDArray[Any]]:
    """Return how often each byte stands in a document."""
    return lambda examples: examples.labels


def opened(package: Package, source: Source, scratch: Path) -> Opened:
    """Open new documents: all of them are packed, and then read some at a time.

    Raises:
        Unmet: the source cannot be read, holds no text, or is a log, which has none.
    """
    import polars as pl

    from syllabus.monitoring.reading import Opened

    data, options = package.data.model_copy(update={"source": source}), modalities.options(package.data)
    if not _is_text(source):
        _no_log(source, data, scratch / "log")
        # Rows of a table, and files of a folder, are documents as they are.
        options = options.model_copy(update={"heading": None, "separator": None})
    made = packing.pack(documents.opened(data, options, scratch / "read"), options, scratch / "packed")
    empty = made.dropped.get("empty", [])
    table = pl.scan_parquet(made.files)
    names = [name for name in table.collect_schema().names() if name != ROW]
    total = int(table.select(pl.len()).collect().item()) + len(empty)
    return Opened(names, [], total, _pieces(made.files, empty))


def _pieces(files: Sequence[Path], empty: Sequence[int]) -> Iterator[Piece]:
    import polars as pl

    from syllabus.monitoring.reading import Piece

    wrong = pl.DataFrame({ROW: empty}, schema={ROW: pl.UInt64}).with_columns(
        pl.lit(f"{TEXT}: a document without any").alias(REASON)
    )
    for file in files:
        rows = pl.read_parquet(file)
        yield Piece(rows, rows, wrong)
        wrong = wrong.clear()


def _is_text(source: Source) -> bool:
    path = Path(str(source))
    bare = path.with_suffix("") if expansion.compression(path) else path
    return bare.suffix.lower() in documents.TEXTS


def _no_log(source: Source, data: Data, scratch: Path) -> None:
    """Refuse a log of requests, and say what it holds.

    Raises:
        Unmet: it is one.
    """
    import polars as pl

    from syllabus.serving.http import journal

    if isinstance(source, str | Path) and Path(source).is_dir():
        return
    names = sources.columns(source, data.reading)
    read, written = "tokens read", "tokens written"
    if journal.TIME in names and {read, written} <= set(names):
        means = sources.scan(source, scratch, data.reading).select(pl.len(), pl.col(read, written).cast(float).mean())
        rows, *each = means.collect().row(0)
        told = " and ".join(f"{mean or 0:,.1f} {name}" for mean, name in zip(each, (read, written), strict=True))
        raise Unmet(
            f"{source}: is a log of {rows:,} texts, on average with {told}. Their words are not in it, and without "
            f"words nothing can be told of drift: give documents that are like them"
        )
