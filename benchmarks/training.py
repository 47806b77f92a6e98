"""Training against bare LightGBM: python -m benchmarks.training [--rows 1000000] [--trees 100] [--runs 3]

Ours reads the parts' Parquet into LightGBM's bins in batches and grows trees with a curve of train and validation. The
other side is `lightgbm.train` with the same parameters on the same arrays, which are in its memory before its clock
starts: once with the curve of both parts that ours draws (train at every fifth tree), and once with validation alone.
Each runs in a process of its own. Printed: seconds and seconds of CPU of the fit (bins and trees), and the peak memory.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import scale

STAGES = ("ingest", "validate", "split")
SEED = 1


def main() -> None:
    """Print all sides and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--trees", type=int, default=100)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--side", choices=["arrays", "ours", "bare", "validation"], help=argparse.SUPPRESS)
    parser.add_argument("--project", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.side:
        print(json.dumps({"arrays": arrays, "ours": ours, "bare": bare, "validation": bare}[asked.side](asked)))
        return
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "table.csv"
        scale.run("-m", "benchmarks.scale", "--write", str(source), "--rows", str(asked.rows))
        made = ["new", f"{folder}/project", "--data", str(source), "--target", "outcome", "--track", "none"]
        scale.run("-m", "syllabus.cli", *made)
        asked.project = scale.prepared(Path(folder), source, "8GB", list(scale.CANDIDATES))
        for stage in STAGES:
            scale.measure(["-m", *f"stages.{scale.STAGES[stage]}".format(o="artifacts").split()], asked.project)
        side("arrays", asked)
        sides = ("ours", "bare", "validation")
        found: dict[str, list[dict[str, Any]]] = {name: [] for name in sides}
        for _ in range(asked.runs):
            for name in sides:
                found[name].append(side(name, asked))
    print(f"{asked.rows:,} rows, {asked.trees} trees; the median of {asked.runs} runs in turn")
    losses = {name: runs[0]["loss"] for name, runs in found.items()}
    for name, runs in found.items():
        told = "  ".join(
            f"{statistics.median(run[unit] for run in runs):8.1f} {unit}" for unit in ("s", "CPU s", "MiB")
        )
        print(f"  {name:<12}{told}   loss on validation {losses[name]:.6f}")
    for name in sides[1:]:
        for unit in ("s", "CPU s", "MiB"):
            ratio = statistics.median(a[unit] / b[unit] for a, b in zip(found["ours"], found[name], strict=True))
            print(f"  ours takes {ratio:.2f} of the {unit} of {name}")


def side(name: str, asked: argparse.Namespace) -> dict[str, Any]:
    # Threads that wait spin by default: beside other work that slows either side at random.
    quiet = os.environ | {"OMP_WAIT_POLICY": "PASSIVE"}
    words = ["--side", name, "--project", str(asked.project), "--trees", str(asked.trees)]
    command = [sys.executable, "-m", "benchmarks.training", *words]
    done = subprocess.run(command, env=quiet, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def prepared(project: Path) -> Any:
    """Return train and validation as `stages.train` has them."""
    from syllabus import params, training

    return training.prepare(params.read(project / "params.yaml").data, project / "artifacts/split")


def arrays(asked: argparse.Namespace) -> dict[str, Any]:
    """Keep what ours learns from as plain arrays for the other side."""
    import numpy as np

    from syllabus.architectures import lightgbm

    ready = prepared(asked.project)
    for name, examples in (("train", ready.train), ("validation", ready.validation)):
        np.save(asked.project / f"{name}.npy", np.vstack([lightgbm._matrix(some) for some in examples.batches()]))
        np.save(asked.project / f"{name}-target.npy", examples.labels)
    first, more = (len(ready.train.columns[kind]) for kind in ("numeric", "categorical"))
    (asked.project / "codes.json").write_text(json.dumps(list(range(first, first + more))))
    return {}


def ours(asked: argparse.Namespace) -> dict[str, Any]:
    """Fit as `stages.train` does."""
    from syllabus import training

    ready = prepared(asked.project)
    learned = {"num_iterations": asked.trees, "early_stopping_rounds": asked.trees}
    wall, cpu = time.perf_counter(), time.process_time()
    _, curve = training.fit("lightgbm", learned, ready, seed=SEED)
    return spent(wall, cpu, min(point[2] for point in curve.points))


def bare(asked: argparse.Namespace) -> dict[str, Any]:
    """What a user of LightGBM writes."""
    import lightgbm
    import numpy as np

    from syllabus.architectures import lightgbm as architecture

    names = ("train", "train-target", "validation", "validation-target")
    read = {name: np.load(asked.project / f"{name}.npy") for name in names}
    codes = json.loads((asked.project / "codes.json").read_text())
    said = {name: value for name, value in architecture.Params() if name not in architecture.OURS}
    said |= {"objective": "binary", "metric": "binary_logloss", "verbosity": -1, "seed": SEED, "bagging_freq": 1}
    said |= {"deterministic": True, "force_row_wise": True, "num_threads": 0, "metric_freq": 1}
    seen: dict[str, Any] = {}
    wall, cpu = time.perf_counter(), time.process_time()
    train = lightgbm.Dataset(read["train"], read["train-target"], categorical_feature=codes)
    validation = train.create_valid(read["validation"], read["validation-target"])
    if asked.side == "validation":
        lightgbm.train(said, train, asked.trees, [validation], callbacks=[lightgbm.record_evaluation(seen)])
        losses = next(iter(seen.values()))["binary_logloss"]
    else:
        booster, losses = lightgbm.Booster(said, train), []
        booster.add_valid(validation, "validation")
        for tree in range(1, asked.trees + 1):
            booster.update()
            if tree % 5 == 1:
                booster.eval_train()
            losses.append(booster.eval_valid()[0][2])
    return spent(wall, cpu, min(losses))


def spent(wall: float, cpu: float, loss: float) -> dict[str, Any]:
    # Linux counts in KiB, and from the peak of the parent on: the parent must stay small.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"s": time.perf_counter() - wall, "CPU s": time.process_time() - cpu, "MiB": peak, "loss": loss}


if __name__ == "__main__":
    main()
