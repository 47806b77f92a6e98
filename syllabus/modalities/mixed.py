"""Mixed: a row an example with a picture, a text and columns of a table, each read as its own modality reads it."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syllabus import features, frames, frozen, modalities, splitting, targets
from syllabus.batches import Apart, Arrays, Batched
from syllabus.cleaning.sets import ALIKE, TARGET, Leaving, first, flags
from syllabus.documents import listing as saying
from syllabus.documents import packing as said
from syllabus.documents.listing import TEXT
from syllabus.errors import Unmet
from syllabus.examples import Examples, Task
from syllabus.frames import ROW
from syllabus.images import listing as showing
from syllabus.images import packing as shown
from syllabus.images import sets
from syllabus.mixed.asking import asked, asks, example, held, needed, types
from syllabus.mixed.likeness import likeness
from syllabus.mixed.options import IMAGE, WORDS, Options
from syllabus.modalities import images, tables, text
from syllabus.sources import folders
from syllabus.sources.folders import PATH

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from syllabus.settings import Data, Split

__all__ = [
    "GIVES",
    "PIECE",
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
    "held",
    "keep",
    "know",
    "learn",
    "needed",
    "read",
    "signature",
    "split",
    "types",
]  # fmt: skip
keep, know, PIECE = images.keep, images.know, images.PIECE
GIVES = images.GIVES | text.GIVES | tables.GIVES
TASKS = images.TASKS & text.TASKS & tables.TASKS
SETTINGS = images.SETTINGS | {"columns", "dates", "texts", "most_categories"}
NEAR = "twins"
"""The rule by which near duplicates are dropped, and the kind of their flag."""
MADE = tuple(dict.fromkeys((*shown.MADE, TEXT, *said.MADE)))
"""The columns that ingest adds. `sha256` is the digest of the whole example; `alike` joins what is alike in either."""


def files(options: Options) -> list[str]:
    """Return the folder of the pictures, where the table names them, and those of networks that look at the parts."""
    return [*images.files(options.image), *text.files(options.text)]


def columns(data: Data) -> list[str]:
    """Return the columns of the source but for those of pictures and texts, and those that ingest adds.

    Raises:
        Unmet: the source cannot be read, is no table, or its columns are not those that the options name.
    """
    options: Options = modalities.options(data)
    if folders.is_folder(data):
        raise Unmet(f"{data.source}: a folder holds no rows of picture, text and columns: name a table")
    if options.image.picture in (data.target, *options.text.columns):
        raise Unmet(f"data.options.image.picture: {options.image.picture} is the target or a text, too: name another")
    given = saying.beside(showing.columns(data, options.image, IMAGE), data, options.text, WORDS)
    for name in given:
        if name in MADE:
            raise Unmet(f"{data.source}: its column {name} has the name of one that ingest adds; rename it")
    return [*given, *MADE]


def read(data: Data, out: Path) -> dict[str, Any]:
    """Write pictures, texts and columns as one Parquet table with `row` first; return what was changed.

    Raises:
        Unmet: the source cannot be read or has no picture, or there is nothing to learn.
    """
    import polars as pl

    options: Options = modalities.options(data)
    columns(data)
    scratch = out.with_suffix(".scratch")
    try:
        scratch.mkdir(parents=True)
        pictures = showing.opened(data, options.image, scratch / "table", IMAGE)
        told = _Rows(pictures.rows, pictures.written, pictures.size, pictures.sha256)
        texts = saying.of_rows(told, data, options.text, scratch, WORDS)
        named = texts.rows.select(ROW, data.target).collect(engine="streaming")
        leaving = Leaving(data.cleaning, near=NEAR)
        leaving.as_declared(named, data.target)
        seen = shown.pack(pictures, options.image, frozenset(named[ROW].to_list()) - leaving.rows, scratch / "pictures")
        look = sets.found(shown.table(seen), named, data.target, options.image.alike)
        heard = said.pack(texts, options.text, look[ROW], scratch / "texts")
        look = look.join(shown.table(seen).select(ROW, "contrast").collect(), on=ROW, maintain_order="left")
        known = likeness(look, said.table(heard), texts.rows, data, options.together)
        leaving.repeated(known.drop(ALIKE).rename({"twin": ALIKE}))
        kept = known.filter(~pl.col(ROW).is_in(list(leaving.rows)))
        sides = (shown.table(seen).drop("sha256"), said.table(heard).drop("sha256", ALIKE))
        several = [frames.only(texts.rows, kept[ROW]), *(frames.only(side, kept[ROW]).drop(ROW) for side in sides)]
        table = frames.beside(pl.concat(several, how="horizontal"), kept["sha256"])
        frames.sink(frames.beside(table, first(kept)), out)
        # Where the table names files, its own digest says nothing of what they hold.
        digests = [pictures.sha256, *(look["sha256"] if options.image.folder else ())]
        whole = digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest()
        origin = {"path": str(data.source), "bytes": pictures.size, "sha256": whole, "rows": pictures.total}
        networks = (options.image.features, options.text.embeddings)
        origin |= {
            f"{kind} network": digest
            for kind, name in zip(("image", "text"), networks, strict=True)
            for digest in frozen.digests(name).values()
        }
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    table = frames.scan(out)
    targets.check(table, data)
    tables.check_roles(table, data)
    twins = kept.select(ROW, "sha256", pl.col(ROW).min().over("twin").alias(ALIKE), pl.col(TARGET).alias(data.target))
    near = flags(twins.lazy(), data.target, data.cleaning, many="examples", near=NEAR)
    return {
        "source": origin,
        "rows": len(kept),
        "columns": {name: str(kind) for name, kind in table.collect_schema().items() if name != ROW},
        "missing": table.select(pl.exclude(ROW).null_count()).collect().row(0, named=True),
        "changes": [*texts.changes, *seen.changes(), *heard.changes(), *leaving.changes],
        "flags": near,
        "compared": {"equal": ["sha256"], "nearly": [ALIKE]},
    }


def split(table: pl.LazyFrame, data: Data, settings: Split, *, seed: int) -> pl.DataFrame:
    """Return the part of every row: columns `row` and `part`.

    What is alike in picture or text stays in one part, unless a column says what the rows are split by.

    Raises:
        Unmet: a column of groups or of time is not what the rows are split by, or the split cannot be made.
    """
    tables.check_split(data, settings)
    return splitting.split(table, data.target, settings, seed=seed, task=data.task, together=ALIKE)


def folds(table: pl.DataFrame, data: Data, settings: Split, count: int, *, seed: int) -> NDArray[np.int64]:
    """Return the fold of every row, from 0; what is alike in picture or text stays together, as in the split."""
    return splitting.folds(table, data, settings, count, seed=seed, together=ALIKE)


@dataclass(frozen=True, eq=False)
class Encoding:
    """What was learned from train of each of the three.

    Args:
        image, text, table: the encodings of these modalities.
    """

    image: images.Encoding
    text: text.Encoding
    table: features.Encoding

    @property
    def target(self) -> str:
        """The column to predict."""
        return self.table.target

    @property
    def task(self) -> Task:
        """What is predicted."""
        return self.table.task

    def plain(self) -> dict[str, Any]:
        """Return what JSON can hold; with `arrays`, `encoding` reads it."""
        image, said = self.image.plain(), self.text.plain()
        return self.table.plain() | {"image": image, "text": said, "roles": image["roles"] | said["roles"]}

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return what is learned in many numbers."""
        held = {"text": self.text.arrays(), "table": self.table.arrays()}
        return {f"{part}.{name}": array for part, arrays in held.items() for name, array in arrays.items()}


def encoding(plain: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]] | None = None) -> Encoding:
    """Return the encoding that wrote `plain` and `arrays`."""

    def of(part: str) -> dict[str, NDArray[Any]]:
        return {name.removeprefix(part): held for name, held in (arrays or {}).items() if name.startswith(part)}

    said = text.encoding(plain["text"], of("text."))
    return Encoding(images.encoding(plain["image"]), said, features.encoding(plain, of("table.")))


def learn(train: pl.LazyFrame, data: Data) -> Encoding:
    """Learn what each of the three learns from train."""
    options: Options = modalities.options(data)

    def of(modality: str, own: modalities.Options) -> Data:
        # Ingest has read its columns; there may have been none, which texts alone cannot be.
        told = own.model_dump(mode="json", exclude={"columns"})
        return data.model_copy(update={"modality": modality, "options": told})

    seen = images.learn(train, of("images", options.image))
    heard = text.learn(train, of("text", options.text))
    # What is told of a file, such as its format, often gives away where it came from.
    beside = train.drop(*MADE, PATH, strict=False) if options.image.folder else train.drop(*MADE, strict=False)
    return Encoding(seen, heard, features.learn(beside, data))


def examples(table: pl.LazyFrame, learned: Encoding) -> Examples:
    """Return the arrays of all three, each group made when it is asked for.

    `numeric` holds the numbers of the columns, then what a network that was trained elsewhere sees in the picture,
    where one looks, and then those that sum up the text; see `text.examples`.
    """
    import numpy as np

    seen, heard = images.examples(table, learned.image), text.examples(table, learned.text)
    listed = features.examples(table, learned.table)

    counted = [listed, *([seen] if "numeric" in seen.columns else []), heard]

    def numbers(start: int, stop: int) -> Arrays:
        held = [some.between(start, stop) for some in counted]
        return {"numeric": np.hstack([some["numeric"] for some in held]), "categorical": held[0]["categorical"]}

    def only(of: Examples, *names: str) -> Batched:
        def some(start: int, stop: int) -> Arrays:
            held = of.between(start, stop)
            return {name: held[name] for name in names}

        return Batched(names, len(of), some, of.arrays.batch if isinstance(of.arrays, Batched) else None)

    several = (only(seen, "image"), only(heard, "terms", "weights"), only(heard, "text"))
    together = Apart(Batched(("numeric", "categorical"), len(listed), numbers), *several)
    numeric = tuple(column for some in counted for column in some.columns["numeric"])
    told = {"numeric": numeric, "categorical": listed.columns["categorical"]}
    return Examples(listed.task, together, listed.target, told)


def signature(train: pl.LazyFrame, learned: Encoding) -> list[dict[str, Any]]:
    """Return what a request must give: the picture, the text and the columns."""
    parts = (images.signature(train, learned.image), text.signature(train, learned.text))
    return [*(column for part in parts for column in part), *features.signature(train, learned.table)]


@dataclass(frozen=True)
class _Rows:
    """The table beside its pictures, as `documents.listing.of_rows` reads it."""

    frame: pl.LazyFrame
    written: bool
    bytes: int
    sha256: str
