"""A corpus: a row a document, from which a language model learns to say what comes next; there is no other target."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from syllabus import frames, modalities, splitting
from syllabus.batches import Batched
from syllabus.corpora import alphabets, documents, packing, sets
from syllabus.corpora.alphabets import Alphabet, Bytes, Pieces
from syllabus.corpora.options import Options
from syllabus.corpora.packing import ALIKE, MADE, TEXT
from syllabus.errors import Unmet
from syllabus.examples import Column, Examples, Task, task_of
from syllabus.frames import ROW

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Data, Split

__all__ = [
    "FOLDED",
    "GIVES",
    "SETTINGS",
    "STANDS_FOR_TARGET",
    "TASKS",
    "Encoding",
    "Options",
    "columns",
    "encoding",
    "examples",
    "files",
    "folds",
    "learn",
    "read",
    "signature",
    "split",
]

GIVES = frozenset({"tokens", "bytes"})
TASKS = frozenset({"language"})
STANDS_FOR_TARGET = "bytes"
"""Parts hold documents of all lengths alike, and reports tell how long they are in each."""
FOLDED = False
"""A document is many examples of what comes next: few of them are no small corpus."""
SETTINGS = frozenset(
    {"reading", *(f"cleaning.{key}" for key in ("duplicates", "near_duplicates", "drop_rows", "keep_rows"))}
)
_AT_A_TIME = 500


def files(options: Options) -> list[str]:  # as every modality
    """Return nothing: a corpus is all in its source."""
    return []


def columns(data: Data) -> list[str]:
    """Return the columns of the source and those that ingest adds.

    Raises:
        Unmet: the source cannot be read, or has a column that ingest adds.
    """
    given = documents.columns(data, modalities.options(data))
    for name in given:
        if name in MADE or name in (ROW, TEXT, ALIKE):
            raise Unmet(f"{data.source}: its column {name} has the name of one that ingest adds; rename it")
    return [*given, TEXT, *MADE, ALIKE]


def read(data: Data, out: Path) -> dict[str, Any]:
    """Write the documents as one Parquet table with `row` first; return what was changed.

    Raises:
        Unmet: the source cannot be read, or no document holds any text.
    """
    import polars as pl

    options: Options = modalities.options(data)
    columns(data)
    scratch = out.with_suffix(".scratch")
    try:
        scratch.mkdir(parents=True)
        source = documents.opened(data, options, scratch)
        packed = packing.pack(source, options, scratch / "packed")
        whole = pl.scan_parquet(packed.files)
        known = whole.select(ROW, "sha256").collect(engine="streaming")
        kept, changes = sets.left_out(known, packed, data.cleaning, options.alike)
        gone = known.filter(~pl.col(ROW).is_in(kept[ROW].implode()))[ROW]
        frames.sink(frames.beside(frames.without(whole, gone), kept[ALIKE]), out)
        size = sum(path.stat().st_size for path in source.files)
        origin = {"path": str(data.source), "bytes": size, "sha256": source.sha256, "rows": packed.total}
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if not len(kept):
        raise Unmet(f"{data.source}: no document is left to learn from")
    table = frames.scan(out)
    flags = sets.flags(kept, packed, data.cleaning)
    return {
        "source": origin,
        "rows": len(kept),
        "columns": {name: str(kind) for name, kind in table.collect_schema().items() if name != ROW},
        "missing": table.select(pl.exclude(ROW).null_count()).collect().row(0, named=True),
        "changes": [*packed.changes(), *changes],
        "flags": flags,
        "compared": {
            "equal": ["sha256"],
            "nearly": [ALIKE] if any(flag["kind"] == "say_the_same" for flag in flags) else [],
        },
    }


def split(table: pl.LazyFrame, data: Data, settings: Split, *, seed: int) -> pl.DataFrame:
    """Return the part of every row: columns `row` and `part`; documents that say nearly the same stay in one part.

    Raises:
        Unmet: the split cannot be made, or a column to split by would put such documents into two parts.
    """
    placed = splitting.split(
        table, modalities.target(data), settings, seed=seed, task="regression", together=ALIKE
    )  # stratified on lengths as on any number
    sets.check_apart(table, placed)
    return placed


def folds(table: pl.DataFrame, data: Data, settings: Split, count: int, *, seed: int) -> NDArray[np.int64]:
    """Return the fold of every row, from 0; documents that say nearly the same stay together, as in the split."""
    by_length = data.model_copy(update={"task": "regression", "target": modalities.target(data)})
    return splitting.folds(table, by_length, settings, count, seed=seed, together=ALIKE)


@dataclass(frozen=True)
class Encoding:
    """What was learned from train: the pieces in which text is read; none where those are bytes.

    Args:
        task: what is predicted.
        told: the tokenizer as JSON holds it.
    """

    task: Task
    told: dict[str, Any] | None

    @cached_property
    def alphabets(self) -> Mapping[str, Alphabet]:
        """In which codes each of the arrays holds the documents."""
        return {"bytes": Bytes(), "tokens": Bytes() if self.told is None else Pieces(self.told)}

    def plain(self) -> dict[str, Any]:
        """Return what JSON can hold; `encoding` reads it."""
        return {**self.task.plain(), "tokenizer": self.told, "roles": {TEXT: "document"}}

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return nothing: a tokenizer is JSON."""
        return {}


def encoding(plain: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]] | None = None) -> Encoding:
    """Return the encoding that wrote `plain`."""
    return Encoding(task_of(plain), plain["tokenizer"])


def learn(train: pl.LazyFrame, data: Data) -> Encoding:
    """Learn the pieces from train."""
    options: Options = modalities.options(data)
    if options.tokenizer == "bytes":
        return Encoding(Task("language"), None)
    batches = train.select(TEXT).collect_batches(maintain_order=True, chunk_size=documents.AT_A_TIME, lazy=True)
    texts = (text for some in batches for text in some[TEXT])
    return Encoding(Task("language"), alphabets.learn(texts, options.vocabulary).told)


def examples(table: pl.LazyFrame, learned: Encoding) -> Examples:
    """Return the documents as `tokens` and as `bytes`, each `(n,)` of arrays of codes `(t,)`.

    The target `(n, 256) int64` is how often each byte stands in a document. It says how long one is, whatever the
    pieces in which a model reads it, and what a model that knows no order would lose.
    """
    import polars as pl

    count = int(table.select(pl.len()).collect().item())

    def texts(start: int, stop: int) -> list[str]:
        return table.select(TEXT).slice(start, stop - start).collect()[TEXT].to_list()

    def read(start: int, stop: int) -> dict[str, NDArray[Any]]:
        some = texts(start, stop)
        return {name: _ragged([of.codes(text) for text in some]) for name, of in learned.alphabets.items()}

    target = np.zeros((count, 256), np.int64)
    for start in range(0, count, _AT_A_TIME):
        for place, text in enumerate(texts(start, min(start + _AT_A_TIME, count)), start):
            target[place] = np.bincount(np.frombuffer(text.encode(), np.uint8), minlength=256)
    # The first of a column's categories, code 0, ends a document.
    told = {
        name: (
            Column(name, tuple(of.bytes_of(code).decode("utf-8", "replace") for code in range(of.size)), source=TEXT),
        )
        for name, of in learned.alphabets.items()
    }
    return Examples(learned.task, Batched(tuple(sorted(GIVES)), count, read, _AT_A_TIME), target, told)


def signature(train: pl.LazyFrame, learned: Encoding) -> list[dict[str, Any]]:
    """Return what a request must give: a text that is to be continued."""
    return [{"name": TEXT, "type": "String", "role": "document", "missing": 0.0}]


def _ragged(rows: list[NDArray[np.int32]]) -> NDArray[Any]:
    """Return arrays of unlike lengths as the entries of one."""
    held = np.empty(len(rows), dtype=object)
    for place, row in enumerate(rows):
        held[place] = row
    return held
