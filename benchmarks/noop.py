"""A `dvc repro` with nothing to do, against a bare DVC project of as many stages that does nothing.

    python -m benchmarks.noop [--runs 5]

It uses the root project of a scratch clone, run once to its end.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks import timing
from benchmarks.projects import bare, clone


def main() -> None:
    """Print both sides and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as scratch:
        root = clone(Path(scratch) / "root")
        timing.command(["dvc", "repro"], root)
        plain = bare(Path(scratch) / "bare", stages=7)
        timing.command(["dvc", "repro"], plain)
        ours, theirs = timing.pair(
            lambda: timing.command(["dvc", "repro"], root), lambda: timing.command(["dvc", "repro"], plain), runs
        )
    print(f"dvc repro, nothing to do    {timing.median(ours)}")
    print(f"bare project, seven stages  {timing.median(theirs)}")
    print(f"{timing.ratios(ours, theirs)} (goal: 1.1)")


if __name__ == "__main__":
    main()
