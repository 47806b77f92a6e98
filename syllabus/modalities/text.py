"""Text: a row an example, its words as numbers, as weighed terms and as they stand, and columns that a suite checks."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from syllabus import frames, frozen, modalities, splitting, targets, texts
from syllabus.batches import Apart, Batched
from syllabus.cleaning.sets import ALIKE, TARGET, Leaving, first, flags
from syllabus.documents import listing, packing
from syllabus.documents.asking import asked, asks, example
from syllabus.documents.listing import TEXT
from syllabus.documents.options import Options
from syllabus.documents.packing import MADE
from syllabus.errors import Unmet
from syllabus.examples import Column, Examples, Task, task_of
from syllabus.frames import ROW
from syllabus.frozen import Frozen, keep, know
from syllabus.texts import LENGTHS

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from syllabus.settings import Data, Split

__all__ = [
    "GIVES",
    "SETTINGS",
    "TASKS",
    "Encoding",
    "Options",
    "asked",
    "asks",
    "columns",
    "encoding",
    "example",
    "examples",
    "files",
    "folds",
    "keep",
    "know",
    "learn",
    "read",
    "signature",
    "split",
]

GIVES = frozenset({"numeric", "categorical", "terms", "weights", "text"})
TASKS = frozenset({"classification", "regression"})
SETTINGS = frozenset(
    {
        "reading",
        *(
            f"cleaning.{key}"
            for key in (
                "strip", "missing", "missing_in", "relabel", "numbers", "dates", "types", "limits",
                "duplicates", "near_duplicates", "contradictions", "drop_rows", "keep_rows",
            )
        ),
    }
)  # fmt: skip
NEAR = "like_texts"
"""The rule by which near duplicates are dropped, and the kind of their flag."""
HELD = 5000
"""So many texts are read at a time."""


def files(options: Options) -> list[str]:
    """Return the folder of the encoder, where no package has it; texts are all in their source."""
    return frozen.files(options.embeddings)


def columns(data: Data) -> list[str]:
    """Return the columns of the source but for those of the texts, and those that ingest adds.

    Raises:
        Unmet: the source cannot be read, or its columns are not those that the options name.
    """
    given = listing.columns(data, modalities.options(data))
    for name in given:
        if name in (TEXT, *MADE):
            raise Unmet(f"{data.source}: its column {name} has the name of one that ingest adds; rename it")
    return [*given, TEXT, *MADE]


def read(data: Data, out: Path) -> dict[str, Any]:
    """Write the texts, made plain as declared, as one Parquet table with `row` first; return what was changed.

    Raises:
        Unmet: the source cannot be read or has no text, or there is nothing to learn.
    """
    import polars as pl

    options: Options = modalities.options(data)
    columns(data)
    scratch = out.with_suffix(".scratch")
    try:
        scratch.mkdir(parents=True)
        source = listing.opened(data, options, scratch)
        named = source.rows.select(ROW, data.target).collect(engine="streaming")
        leaving = Leaving(data.cleaning, near=NEAR)
        leaving.as_declared(named, data.target)
        wanted = named[ROW].filter(~named[ROW].is_in(list(leaving.rows)))
        packed = packing.pack(source, options, wanted, scratch / "packed")
        plain = packing.table(packed)
        known = plain.select(ROW, "sha256", ALIKE).collect(engine="streaming")
        likeness = known.join(named.rename({data.target: TARGET}), on=ROW, how="left", maintain_order="left")
        leaving.repeated(likeness)
        kept = likeness.filter(~pl.col(ROW).is_in(list(leaving.rows)))
        table = pl.concat(
            [frames.only(source.rows, kept[ROW]), frames.only(plain, kept[ROW]).drop(ROW, ALIKE)], how="horizontal"
        )
        frames.sink(frames.beside(table, first(kept)), out)
        origin = {"path": str(data.source), "bytes": source.size, "sha256": source.sha256, "rows": source.total}
        origin |= frozen.digests(options.embeddings)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    table = frames.scan(out)
    targets.check(table, data)
    told = flags(table, data.target, data.cleaning, many="texts", near=NEAR)
    return {
        "source": origin,
        "rows": int(table.select(pl.len()).collect().item()),
        "columns": {name: str(kind) for name, kind in table.collect_schema().items() if name != ROW},
        "missing": table.select(pl.exclude(ROW).null_count()).collect().row(0, named=True),
        "changes": [*source.changes, *packed.changes(), *leaving.changes],
        "flags": told,
        "compared": {"equal": ["sha256"], "nearly": [ALIKE] if any(flag["kind"] == NEAR for flag in told) else []},
    }


def split(table: pl.LazyFrame, data: Data, settings: Split, *, seed: int) -> pl.DataFrame:
    """Return the part of every row: columns `row` and `part`.

    Texts that nearly say the same stay in one part, unless a column says what the rows are split by.

    Raises:
        Unmet: the split cannot be made.
    """
    return splitting.split(table, data.target, settings, seed=seed, task=data.task, together=ALIKE)


def folds(table: pl.DataFrame, data: Data, settings: Split, count: int, *, seed: int) -> NDArray[np.int64]:
    """Return the fold of every row, from 0; texts that nearly say the same stay together, as in the split."""
    return splitting.folds(table, data, settings, count, seed=seed, together=ALIKE)


@dataclass(frozen=True, eq=False)
class Encoding:
    """What was learned from train: the words, how much each weighs and what it speaks for, and the classes.

    Args:
        target: the column to predict.
        task: what is predicted.
        words: what was learned of them.
        width: the most terms that are read of a text.
        encoder: what its numbers come from beside its words, if there is one.
    """

    target: str
    task: Task
    words: texts.Vectorizer
    width: int
    encoder: Frozen | None = None

    def plain(self) -> dict[str, Any]:
        """Return what JSON can hold; with `arrays`, `encoding` reads it."""
        told = {"target": self.target, **self.task.plain(), "width": self.width, "roles": {TEXT: "text"}}
        told |= {"embeddings": vars(self.encoder)} if self.encoder else {}
        return told | {"words": self.words.plain()}

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return what is learned in many numbers."""
        return self.words.arrays()


def encoding(plain: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]] | None = None) -> Encoding:
    """Return the encoding that wrote `plain` and `arrays`."""
    words = texts.vectorizer(plain["words"], arrays or {})
    encoder = Frozen(**plain["embeddings"]) if "embeddings" in plain else None
    return Encoding(plain["target"], task_of(plain), words, plain["width"], encoder)


def learn(train: pl.LazyFrame, data: Data) -> Encoding:
    """Learn the words and the classes from train."""
    options: Options = modalities.options(data)
    task = targets.learn(train, data)
    held = train.select(TEXT, targets.expression(data.target, task).alias(TARGET)).collect()
    sizes = {"words": options.words, "themes": options.themes, "vocabulary": options.vocabulary}
    words = texts.learn(held[TEXT], held[TARGET].to_numpy(), task.classes, **sizes)
    encoder = frozen.of_texts(options.embeddings, "data.options.embeddings")
    return Encoding(data.target, task, words, min(options.terms, max(1, words.most_terms(held[TEXT]))), encoder)


def examples(table: pl.LazyFrame, learned: Encoding) -> Examples:
    """Return the arrays that architectures read; each group is made when it is asked for.

    `numeric` is (n, p) float64: lengths, how the words speak for each class, the telling words, themes, and what an
    encoder says; `categorical`
    is (n, 0) int32. `terms` is (n, m) int32, the words of each text as codes into the vocabulary, -1 beyond its last
    one, and `weights` (n, m) float32 their TF-IDF weights. `text` is (n,) of numpy's strings.
    """
    import polars as pl

    def held(start: int, stop: int) -> pl.Series:
        return table.select(pl.col(TEXT).cast(pl.String).fill_null("")).slice(start, stop - start).collect()[TEXT]

    def numbers(start: int, stop: int) -> dict[str, NDArray[Any]]:
        found = learned.words.numbers(held(start, stop))
        if learned.encoder is not None:
            found = np.hstack([found, learned.encoder.of_texts(strings(start, stop)["text"])])
        return {"numeric": found, "categorical": np.empty((len(found), 0), dtype=np.int32)}

    def terms(start: int, stop: int) -> dict[str, NDArray[Any]]:
        codes, weights = learned.words.terms(held(start, stop), learned.width)
        return {"terms": codes, "weights": weights}

    def strings(start: int, stop: int) -> dict[str, NDArray[Any]]:
        return {"text": np.array(held(start, stop).to_list(), dtype=np.dtypes.StringDType())}

    target = None
    if learned.target in table.collect_schema():
        answers = table.select(targets.expression(learned.target, learned.task).alias(TARGET))
        target = answers.collect()[TARGET].to_numpy()
    count = int(table.select(pl.len()).collect().item()) if target is None else len(target)
    groups = ((("numeric", "categorical"), numbers), (("terms", "weights"), terms), (("text",), strings))
    arrays = Apart(*(Batched(names, count, made, HELD) for names, made in groups))
    names = [f"{TEXT}: {name}" for name in learned.words.names]
    numeric = tuple(Column(name, source=TEXT, sums=place >= LENGTHS) for place, name in enumerate(names))
    numeric += frozen.columns(learned.encoder, TEXT)
    return Examples(learned.task, arrays, target, {"numeric": numeric, "categorical": ()})


def signature(train: pl.LazyFrame, learned: Encoding) -> list[dict[str, Any]]:
    """Return what a request must give: a text."""
    import polars as pl

    most = train.select(pl.col(TEXT).str.len_chars().max()).collect().item()
    return [{"name": TEXT, "type": "String", "role": "text", "missing": 0.0, "letters": most}]
