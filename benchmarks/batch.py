"""`syllabus predict` on tables that grow tenfold, beside a plain loop: python -m benchmarks.batch PACKAGE TABLE

    python -m benchmarks.batch PACKAGE TABLE [--rows 100000 1000000 10000000]

TABLE, a Parquet file of rows that the package can answer, is written as CSV again and again, until there are so many.
The plain loop is what one would write by hand: Polars reads the CSV, ONNX Runtime runs the package's `model.onnx` on
one thread, 50,000 rows at a time, and the probabilities become Parquet. It cleans and checks nothing, refuses nothing,
names no unusual row, and begins anew after a kill. Each is a process of its own; told are seconds and peak memory,
imports included.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.scale import Spent, measure

WRITE = """
import sys, polars as pl
table, rows = pl.read_parquet(sys.argv[1]).drop("row", strict=False), int(sys.argv[3])
with open(sys.argv[2], "wb") as file:
    for start in range(0, rows, len(table)):
        table.head(rows - start).write_csv(file, include_header=not start)
"""
PLAIN = """
import sys, numpy as np, onnxruntime, polars as pl
graph, source, out = sys.argv[1:]
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
inputs = {one.name: "string" in one.type for one in session.get_inputs()}
kinds = {name: pl.String if text else pl.Float64 for name, text in inputs.items()}
rows = pl.scan_csv(source, schema_overrides=kinds).select(*inputs)
def answer(some):
    feeds = {
        name: some[name].fill_null("").to_numpy() if text else some[name].fill_null(np.nan).to_numpy()
        for name, text in inputs.items()
    }
    return pl.DataFrame(session.run(None, feeds)[0])
parts = [answer(some) for some in rows.collect(engine="streaming").iter_slices(50_000)]
pl.concat(parts).write_parquet(out)
"""


def main(words: list[str] | None = None) -> None:
    """Ask both of each size, and print what they took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package", type=Path)
    parser.add_argument("table", type=Path)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000, 10_000_000])
    asked = parser.parse_args(words)
    package = asked.package.resolve()
    print(f"{'rows':>12}{'':10}{'seconds':>9}{'CPU s':>9}{'MiB':>8}{'rows/s':>11}")
    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder) / "rows.csv", Path(folder) / "answers.parquet"
        for rows in asked.rows:
            subprocess.run(
                [sys.executable, "-c", WRITE, str(asked.table.resolve()), str(source), str(rows)], check=True
            )
            ours = measure(["-m", "syllabus.cli", "predict", str(package), str(source), str(out)], Path(folder))
            plain = measure(["-c", PLAIN, str(package / "model.onnx"), str(source), str(out)], Path(folder))
            _told(rows, "syllabus", ours)
            _told(rows, "by hand", plain)
            print(f"{'':12}{'ratio':10}{ours.seconds / plain.seconds:>9.2f}{ours.cpu / plain.cpu:>9.2f}", end="")
            print(f"{ours.memory / plain.memory:>8.2f}", flush=True)


def _told(rows: int, name: str, spent: Spent) -> None:
    print(
        f"{rows:>12,}  {name:8}{spent.seconds:>9.1f}{spent.cpu:>9.1f}{spent.memory:>8.0f}{rows / spent.seconds:>11,.0f}"
    )


if __name__ == "__main__":
    main()
