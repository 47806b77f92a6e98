"""Peak memory of training each network, and of reading pictures, by our code and by the plain way, a process each.

python -m benchmarks.peaks [NAME ...]

The work is that of `benchmarks.deep`, `recurrent`, `attention`, `language` and `pictures`. Told are the peak, and what
of it imports and data take, the same for both.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

RANDOM = np.random.default_rng(0)
Work = tuple[tuple[Callable[..., Any], Callable[..., Any]], tuple[Any, ...]]
"""Our way and the plain one, and what both are given."""


def cnn(_: Path) -> Work:
    from benchmarks import deep

    images = RANDOM.integers(0, 256, (2048, 28, 28, 1)).astype(np.uint8)
    return (deep.ours, deep.plain), (images, RANDOM.integers(0, 10, len(images)))


def lstm(_: Path) -> Work:
    from benchmarks import recurrent
    from syllabus.architectures import lstm as network

    examples = recurrent.windows(1024, 56)
    return (recurrent.ours, recurrent.plain), (examples, network.planned(recurrent.TRAINING, examples))


def transformer(_: Path) -> Work:
    from benchmarks import attention

    return (attention.ours, attention.plain), (
        RANDOM.integers(1, attention.PIECES, (256, 64)),
        RANDOM.integers(0, 2, 256),
    )


def gpt(_: Path) -> Work:
    from benchmarks import language

    codes = RANDOM.integers(1, language.SHAPE.vocabulary, 128 * language.SHAPE.context + 1).astype(np.int32)
    return (language.ours, language.plain), (codes, 128)


def pictures(folder: Path) -> Work:
    from benchmarks import pictures as reading

    reading.make(folder / "pictures", 500, 256)
    return (reading.ours, reading.theirs), (folder / "pictures", folder)


WORKS = {"cnn": cnn, "lstm": lstm, "transformer": transformer, "gpt": gpt, "pictures": pictures}


def _peak() -> float:
    """Return the most memory that this process has had, in MiB; Linux counts in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measured(name: str, side: int) -> None:
    """Do the work, and print what the process had before it and at the peak."""
    with tempfile.TemporaryDirectory() as scratch:
        ways, given = WORKS[name](Path(scratch))
        before = _peak()
        ways[side](*given)
    print(json.dumps([before, _peak()]))


def main() -> None:
    environment = os.environ | {"SYLLABUS_DEVICE": "cpu"}
    for name in sys.argv[1:] or WORKS:
        found = []
        for side in (0, 1):
            words = [sys.executable, "-c", f"from benchmarks import peaks; peaks.measured({name!r}, {side})"]
            done = subprocess.run(words, env=environment, stdout=subprocess.PIPE, text=True, check=True)
            found.append(json.loads(done.stdout.splitlines()[-1]))
        (_, ours), (before, plain) = found
        told = f"ours {ours:6,.0f} MiB, plain {plain:6,.0f} MiB, ratio {ours / plain:.2f}"
        print(f"{name:<12} {told}; of which {before:,.0f} MiB before the work")


if __name__ == "__main__":
    main()
