"""Every stage on tables that grow tenfold: python -m benchmarks.scale [--rows 100000 1000000 10000000] [--memory 2GB]

A table of 20 columns of mixed types is written as CSV; `syllabus new` makes a project of the smallest one, and each
stage runs on every size in a process of its own. Printed: seconds and peak memory of each stage, imports included, and
what ten times the rows take of each. Ingest, validate and split are held to the limit that `memory_limit` declares.
"""

from __future__ import annotations

import argparse
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML

LIMITED = ("ingest", "validate", "split")
STAGES = {
    "ingest": "ingest {o}/ingest",
    "validate": "validate {o}/ingest {o}/validate",
    "split": "split {o}/ingest {o}/validate {o}/split",
    "train lightgbm": "train lightgbm {o}/split {o}/train/lightgbm",
    "train linear": "train linear {o}/split {o}/train/linear",
    "train tree": "train tree {o}/split {o}/train/tree",
    "tune lightgbm": "tune lightgbm {o}/split {o}/train/lightgbm studies {o}/tune/lightgbm",
    "tune linear": "tune linear {o}/split {o}/train/linear studies {o}/tune/linear",
    "tune tree": "tune tree {o}/split {o}/train/tree studies {o}/tune/tree",
    "evaluate": "evaluate {o}/split {o}/train {o}/tune {o}/evaluate",
}
CANDIDATES: dict[str, tuple[dict[str, int], int]] = {
    "lightgbm": ({"num_iterations": 50}, 2),
    "linear": ({}, 1),
    "tree": ({}, 1),
}
"""What competes: its parameters and trials."""
TABLE = """
SELECT
    n AS "order",
    round(exp(3 + 1.2 * z1), 2) AS amount, round(20 + 8 * z2, 3) AS weight, round(5 * abs(z3), 4) AS distance,
    CASE WHEN h % 10 = 0 THEN NULL ELSE round(100 * z4, 1) END AS balance,
    (18 + h % 70)::INT AS age, (h // 7 % 30)::INT AS visits, (h // 11 % 5)::INT AS children,
    round(z1 * z2, 5) AS ratio, round(z3 + z4, 6) AS score,
    'town ' || lpad((h // 13 % 500)::VARCHAR, 3, '0') AS town,
    ['red', 'green', 'blue', 'black', 'white'][1 + h // 17 % 5] AS colour,
    'product ' || lpad((h // 19 % 50)::VARCHAR, 2, '0') AS product,
    CASE WHEN h // 23 % 20 = 0 THEN '?' ELSE ['card', 'cash', 'transfer'][1 + h // 29 % 3] END AS payment,
    CASE WHEN h // 31 % 2 = 0 THEN 'yes' ELSE 'no' END AS member,
    DATE '2019-01-01' + (h // 37 % 1800)::INT AS opened,
    TIMESTAMP '2024-01-01' + INTERVAL (h // 41 % 31000000) SECOND AS ordered,
    'C-' || lpad((h // 43 % 10000)::VARCHAR, 4, '0') AS code,
    (h // 47 % 1000) / 10.0 AS percent,
    CASE WHEN z1 + 0.5 * z2 * (h // 31 % 2) + 0.7 * sin(z4) + 0.3 * (h // 17 % 5) + 1.2 * z5 > 1.5
         THEN 'late' ELSE 'paid' END AS outcome
FROM (
    SELECT n, hash(n) // 2 AS h,
        {normals}
    FROM range({rows}) AS numbers(n)
)
"""
"""Twenty columns; the last is to be predicted from some of the others, and cannot be known in full."""


@dataclass(frozen=True)
class Spent:
    """What a stage took: seconds, seconds of CPU (other work stretches them less), and its peak memory in MiB."""

    seconds: float
    cpu: float
    memory: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000, 10_000_000])
    parser.add_argument("--memory", default="2GB", help="the limit that is declared (default: 2GB)")
    parser.add_argument("--stages", nargs="+", default=list(STAGES), help="only stages whose names begin so")
    parser.add_argument("--candidates", nargs="+", default=list(CANDIDATES), help="only these architectures")
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.write:
        write(options.write, options.rows[0])
        return
    left = set(CANDIDATES) - set(options.candidates)
    asked = [stage for stage in STAGES if stage.startswith(tuple(options.stages)) and stage.split()[-1] not in left]
    found: dict[int, dict[str, Spent]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for rows in sorted(options.rows):
            source = Path(folder) / f"{rows}.csv"
            run("-m", "benchmarks.scale", "--write", str(source), "--rows", str(rows))
            if not found:
                made = ["new", f"{folder}/project", "--data", str(source), "--target", "outcome", "--track", "none"]
                run("-m", "syllabus.cli", *made)
            project = prepared(Path(folder), source, options.memory, options.candidates)
            print(f"\n{rows:,} rows, {source.stat().st_size / 1e6:,.0f} MB of CSV", flush=True)
            found[rows] = {}
            for stage in asked:
                found[rows][stage] = spent = measure(
                    ["-m", *f"stages.{STAGES[stage]}".format(o="artifacts").split()], project
                )
                print(f"  {stage:<16}{spent.seconds:8.1f} s {spent.cpu:8.1f} CPU s {spent.memory:8.0f} MiB", flush=True)
            source.unlink()
    growth(found)


def write(path: Path, rows: int) -> None:
    """Write the table of so many rows as CSV; the first rows are the same at every size."""
    import duckdb

    # The sum of four even numbers is as good as normal here.
    even = "(hash(n * 31 + {k}) // 1024 % 100000) / 100000.0"
    normal = " + ".join(even.replace("{k}", f"{{k}} + {i}") for i in range(4))
    normals = ", ".join(
        "({}) * 1.732 - 3.464 AS z{}".format(normal.replace("{k}", str(100 * z)), z) for z in range(1, 6)
    )
    query = TABLE.format(rows=rows, normals=normals).replace("hash(n) // 2 AS h", "(hash(n) // 2)::BIGINT AS h")
    with duckdb.connect() as database:
        database.execute(f"COPY ({query}) TO '{path}' (HEADER, DELIMITER ',')")


def prepared(folder: Path, source: Path, memory: str, candidates: list[str]) -> Path:
    """Point the project at a table, with the limit and few trials; what was made of another one goes."""
    project = folder / "project"
    settings, yaml = project / "params.yaml", YAML()
    said = yaml.load(settings)
    said["data"]["source"] = str(source)
    said["memory_limit"] = memory
    said["candidates"] = candidates
    said["architectures"] = {name: CANDIDATES[name][0] for name in candidates}
    said["tuning"] = {"trials": {name: CANDIDATES[name][1] for name in candidates}}
    yaml.dump(said, settings)
    shutil.rmtree(project / "artifacts", ignore_errors=True)
    return project


def run(*words: str) -> None:
    subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL)


def measure(words: list[str], project: Path) -> Spent:
    """Run Python with these words in a project.

    Raises:
        SystemExit: it failed.
    """
    began = time.perf_counter()
    # Linux counts the peak from that of the parent on: this process must stay small.
    process = subprocess.Popen([sys.executable, *words], cwd=project, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(words)}: exit {process.returncode}\n{said.decode()[-2000:]}")
    return Spent(time.perf_counter() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def growth(found: dict[int, dict[str, Spent]]) -> None:
    """Print what ten times the rows take of each stage."""
    sizes = sorted(found)
    for fewer, more in itertools.pairwise(sizes):
        print(f"\nfrom {fewer:,} to {more:,} rows, {more / fewer:g} times:")
        for stage, spent in found[more].items():
            before = found[fewer][stage]
            times = [getattr(spent, unit) / getattr(before, unit) for unit in ("seconds", "cpu", "memory")]
            print(
                "  {:<16}{:6.1f} times the seconds, {:5.1f} the CPU seconds, {:5.1f} the memory".format(stage, *times)
            )


if __name__ == "__main__":
    main()
