"""Ingest of pictures beside a plain Pillow loop that opens, converts, resizes and packs, and checks nothing.

python -m benchmarks.pictures [PICTURES [SIDE]]
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
from PIL import Image

from syllabus import modalities
from syllabus.settings import Data


def make(folder: Path, count: int, side: int) -> None:
    """Write JPEGs of large shapes into two class folders."""
    random = np.random.default_rng(0)
    for number in range(count):
        path = folder / ("a", "b")[number % 2] / f"{number:06}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        small = Image.fromarray(random.integers(0, 256, (8, 8, 3)).astype(np.uint8))
        small.resize((side, side), Image.Resampling.BICUBIC).save(path, quality=85)


def ours(folder: Path, out: Path) -> None:
    data = Data(modality="images", source=str(folder), target="class", options={"size": [64, 64]})
    modalities.load("images").read(data, out / "table.parquet")


def theirs(folder: Path, out: Path) -> None:
    rows = []
    for path in sorted(folder.rglob("*.jpg")):
        with Image.open(path) as image:
            pixels = np.asarray(image.convert("RGB").resize((64, 64), Image.Resampling.BILINEAR))
        rows.append({"class": path.parent.name, "pixels": pixels.tobytes()})
    pl.DataFrame(rows).write_parquet(out / "plain.parquet")


def timed(read: Callable[[Path, Path], None], folder: Path, out: Path) -> tuple[float, float]:
    """Return the seconds by the clock and of the processor."""
    wall, cpu = time.perf_counter(), time.process_time()
    read(folder, out)
    return time.perf_counter() - wall, time.process_time() - cpu


def main() -> None:
    count, side = (int(word) for word in [*sys.argv[1:], *["2000", "256"][len(sys.argv) - 1 :]])
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "pictures"
        make(folder, count, side)
        found = [[timed(read, folder, Path(scratch)) for read in (ours, theirs)] for _ in range(3)]
    best = np.array(found).min(axis=0)
    for name, (wall, cpu) in zip(("ours", "plain"), best, strict=True):
        print(f"{name:<6} {count / wall:8,.0f} pictures a second {count / cpu:8,.0f} a CPU second")
    print(f"ratio  {best[0, 0] / best[1, 0]:8.2f} in time {best[0, 1] / best[1, 1]:18.2f} in CPU time")


if __name__ == "__main__":
    main()
