"""How long each stage takes to start: its module imported, nothing done.

    python -m benchmarks.startup [--runs 5]

The ratio is to a bare `python -c pass`. A stage called without its arguments starts, checks them and ends.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Print a line a stage."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    empty = _median(["-c", "pass"], runs)
    print(f"{'python -c pass':<28} {empty:5.2f} s")
    for module in sorted((ROOT / "stages").glob("[!_]*.py")):
        seconds = _median(["-m", f"stages.{module.stem}"], runs)
        print(f"{f'python -m stages.{module.stem}':<28} {seconds:5.2f} s, {seconds / empty:5.1f} times (goal: 1 s)")


def _median(words: list[str], runs: int) -> float:
    taken = []
    for _ in range(runs + 1):
        began = time.perf_counter()
        subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, check=False)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken[1:])


if __name__ == "__main__":
    main()
