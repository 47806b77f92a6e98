"""Images: a row an example with its pixels, all of one shape, and columns that a suite can check beside them."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syllabus import cleaning, frames, frozen, modalities, splitting, targets
from syllabus.batches import Apart, Batched
from syllabus.cleaning.sets import ALIKE, Leaving, first, flags
from syllabus.errors import Unmet
from syllabus.examples import Examples, Task, task_of
from syllabus.frames import ROW
from syllabus.frozen import Frozen, keep, know
from syllabus.images import listing, packing, sets
from syllabus.images.asking import PIECE, asked, asks, example, held, needed, requests, types
from syllabus.images.options import Options
from syllabus.images.packing import MADE, PIXELS

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    "gives",
    "held",
    "keep",
    "know",
    "learn",
    "needed",
    "read",
    "requests",
    "signature",
    "split",
    "types",
]

GIVES = frozenset({"image"})
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
HELD = 64_000_000
"""So many bytes of pixels are read at a time."""


def files(options: Options) -> list[str]:
    """Return the folder of the pictures, where a table names them, and that of a network which looks at them."""
    return [*([options.folder] if options.folder else []), *frozen.files(options.features)]


def gives(learned: Encoding) -> frozenset[str]:
    """Return the pictures, and numbers where a network that was trained elsewhere looks at them."""
    return GIVES | ({"numeric", "categorical"} if learned.eye else set())


def columns(data: Data) -> list[str]:
    """Return the columns of the source and those that ingest adds.

    Raises:
        Unmet: the source cannot be read.
    """
    given = listing.columns(data, modalities.options(data))
    for name in given:
        if name in MADE or name == ALIKE:
            raise Unmet(f"{data.source}: its column {name} has the name of one that ingest adds; rename it")
    return [*given, *MADE, ALIKE]


def read(data: Data, out: Path) -> dict[str, Any]:
    """Write the pictures, converted as declared, as one Parquet table with `row` first; return what was changed.

    Raises:
        Unmet: the source cannot be read or has no picture, or there is nothing to learn.
    """
    import polars as pl

    options: Options = modalities.options(data)
    columns(data)
    scratch = out.with_suffix(".scratch")
    try:
        scratch.mkdir(parents=True)
        source = listing.opened(data, options, scratch)
        found = cleaning.changes(source.rows, data.cleaning, infer=source.written)
        rows, changed = cleaning.make(source.rows, found, scratch / "cleaned")
        named = rows.select(ROW, data.target).collect(engine="streaming")
        leaving = Leaving(data.cleaning, near=sets.LOOK_ALIKE)
        leaving.as_declared(named, data.target)
        packed = packing.pack(source, options, frozenset(named[ROW].to_list()) - leaving.rows, scratch / "packed")
        pictures = packing.table(packed)
        likeness = sets.found(pictures, named, data.target, options.alike)
        leaving.repeated(likeness)
        kept = likeness.filter(~pl.col(ROW).is_in(leaving.rows))
        table = pl.concat([frames.only(rows, kept[ROW]), frames.only(pictures, kept[ROW]).drop(ROW)], how="horizontal")
        frames.sink(frames.beside(table, first(kept)), out)
        # Where a table names files, its own digest says nothing of what they hold.
        digests = [source.sha256, *(likeness["sha256"] if options.folder else ())]
        whole = digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest()
        origin = {"path": str(data.source), "bytes": source.size, "sha256": whole, "rows": source.total}
        origin |= frozen.digests(options.features)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    table = frames.scan(out)
    targets.check(table, data)
    told = flags(table, data.target, data.cleaning, many="pictures", near=sets.LOOK_ALIKE)
    return {
        "source": origin,
        "rows": int(table.select(pl.len()).collect().item()),
        "columns": {name: str(kind) for name, kind in table.collect_schema().items() if name != ROW},
        "missing": table.select(pl.exclude(ROW).null_count()).collect().row(0, named=True),
        "changes": [*changed, *packed.changes(), *leaving.changes],
        "flags": told,
        "compared": {
            "equal": ["sha256"],
            "nearly": [ALIKE] if any(flag["kind"] == sets.LOOK_ALIKE for flag in told) else [],
        },
    }


def split(table: pl.LazyFrame, data: Data, settings: Split, *, seed: int) -> pl.DataFrame:
    """Return the part of every row: columns `row` and `part`.

    Pictures that look alike stay in one part, unless a column says what the rows are split by.

    Raises:
        Unmet: the split cannot be made.
    """
    return splitting.split(table, data.target, settings, seed=seed, task=data.task, together=ALIKE)


def folds(table: pl.DataFrame, data: Data, settings: Split, count: int, *, seed: int) -> NDArray[np.int64]:
    """Return the fold of every row, from 0; pictures that look alike stay together, as in the split."""
    return splitting.folds(table, data, settings, count, seed=seed, together=ALIKE)


@dataclass(frozen=True)
class Encoding:
    """What was learned from train: the classes; the shape of the pictures is as declared.

    Args:
        target: the column to predict.
        task: what is predicted.
        shape: height, width and channels.
        eye: what finds numbers in them, if something does.
    """

    target: str
    task: Task
    shape: tuple[int, int, int]
    eye: Frozen | None = None

    def plain(self) -> dict[str, Any]:
        """Return what JSON can hold; `encoding` reads it."""
        told = {"target": self.target, **self.task.plain(), "shape": list(self.shape), "roles": {PIXELS: "image"}}
        return told | ({"features": vars(self.eye)} if self.eye else {})

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return nothing: what is learned in many numbers, the architecture learns."""
        return {}


def encoding(plain: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]] | None = None) -> Encoding:
    """Return the encoding that wrote `plain`."""
    height, width, channels = plain["shape"]
    eye = Frozen(**plain["features"]) if "features" in plain else None
    return Encoding(plain["target"], task_of(plain), (height, width, channels), eye)


def learn(train: pl.LazyFrame, data: Data) -> Encoding:
    """Learn the classes from train."""
    options: Options = modalities.options(data)
    eye = frozen.of_pictures(options.features, "data.options.features")
    return Encoding(data.target, targets.learn(train, data), options.shape, eye)


def examples(table: pl.LazyFrame, learned: Encoding) -> Examples:
    """Return the pictures as `image` `(n, h, w, c) uint8`, and the target where the table has it.

    Where a network that was trained elsewhere looks at them, `numeric` `(n, p) float64` is what it finds, made when it
    is asked for, and `categorical` is `(n, 0) int32`.
    """
    import numpy as np
    import polars as pl

    height, width, channels = learned.shape

    def read(start: int, stop: int) -> dict[str, NDArray[Any]]:
        packed = table.select(PIXELS).slice(start, stop - start).collect()[PIXELS]
        pixels = np.frombuffer(b"".join(packed.to_list()), np.uint8)
        return {"image": pixels.reshape(len(packed), height, width, channels)}

    def numbers(start: int, stop: int) -> dict[str, NDArray[Any]]:
        assert learned.eye
        found = learned.eye.of_pictures(read(start, stop)["image"])
        return {"numeric": found, "categorical": np.empty((len(found), 0), dtype=np.int32)}

    target = None
    if learned.target in table.collect_schema():
        answers = table.select(targets.expression(learned.target, learned.task).alias("target"))
        target = answers.collect()["target"].to_numpy()
    count = int(table.select(pl.len()).collect().item()) if target is None else len(target)
    batch = max(1, HELD // (height * width * channels))
    pictures = Batched(("image",), count, read, batch)
    if learned.eye is None:
        return Examples(learned.task, pictures, target)
    arrays = Apart(Batched(("numeric", "categorical"), count, numbers, batch), pictures)
    return Examples(learned.task, arrays, target, {"numeric": frozen.columns(learned.eye, PIXELS), "categorical": ()})


def signature(train: pl.LazyFrame, learned: Encoding) -> list[dict[str, Any]]:
    """Return what a request must give: the pixels, in this shape."""
    height, width, channels = learned.shape
    told = {"name": PIXELS, "type": "Binary", "role": "image", "missing": 0.0}
    return [told | {"height": height, "width": width, "channels": channels}]
