"""Our tuning against the usual loop: python -m benchmarks.tuning [--seconds 45] [--runs 1].

The usual loop is an Optuna objective that reads the table, and cross-validates LightGBM five times through the
scikit-learn interface, without pruning. It searches the same parameters as ours, and learning rate and number of trees
besides, since nothing stops it early. Both get the same generated table (50,000 × 30 to learn from, 10,000 more as the
test), the same threads and the same seconds, each in a process of its own, one after the other.

Printed: trials a second, of wall clock and of processor time, from the first reading of the table to the best model
refitted, imports not counted; and what that model scores on test.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROWS, TEST = 50_000, 10_000


def main() -> None:
    """Run both sides and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=45.0, help="for each side's search")
    parser.add_argument("--runs", type=int, default=1, help="how often, each with a table and a seed of its own")
    parser.add_argument("--side", choices=["ours", "usual"], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        side = {"ours": ours, "usual": usual}[options.side]
        print(json.dumps(side(options.folder, options.seconds, options.seed)))
        return
    ratios: dict[str, list[float]] = {"seconds": [], "cpu": []}
    gains = []
    for seed in range(options.runs):
        with tempfile.TemporaryDirectory() as folder:
            write_tables(Path(folder), seed)
            found = {side: measure(side, Path(folder), options.seconds, seed) for side in ("usual", "ours")}
        for side, one in found.items():
            rate, busy = one["trials"] / one["seconds"], one["trials"] / one["cpu"]
            print(f"{side:>6}: {one['trials']} trials, {one['pruned']} pruned; {rate:.2f} a second, ", end="")
            print(f"{busy:.2f} a processor second; ROC AUC {one['test']:.4f} on test")
        usual_, ours_ = found["usual"], found["ours"]
        for clock, ratio in ratios.items():
            ratio.append(ours_["trials"] / ours_[clock] / (usual_["trials"] / usual_[clock]))
        gains.append(ours_["test"] - usual_["test"])
        print(f" ratio: {ratios['seconds'][-1]:.1f}, {ratios['cpu'][-1]:.1f}; {gains[-1]:+.4f} on test", flush=True)
    if options.runs > 1:
        wall, cpu, gain = map(statistics.median, (ratios["seconds"], ratios["cpu"], gains))
        print(f"median: {wall:.1f}, {cpu:.1f}; {gain:+.4f} on test")


def measure(side: str, folder: Path, seconds: float, seed: int) -> dict[str, Any]:
    """Run one side in its own process."""
    words = ["--side", side, "--folder", str(folder), "--seconds", str(seconds), "--seed", str(seed)]
    # Threads that wait spin by default, which on a busy machine would slow the usual loop far below its worth.
    environment = os.environ | {"OMP_WAIT_POLICY": "PASSIVE"}
    command = [sys.executable, "-m", "benchmarks.tuning", *words]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def ours(folder: Path, seconds: float, seed: int) -> dict[str, Any]:
    """Tune as the stage does."""
    import lightgbm  # noqa: F401 (imports are not counted, on either side)
    import optuna.importance  # noqa: F401
    from sklearn.metrics import roc_auc_score

    from syllabus import frames, training, tuning
    from syllabus.scoring import scorer
    from syllabus.settings import Data, Tuning

    began, busy = time.perf_counter(), time.process_time()
    prepared = training.prepare(Data(modality="tables", source="table", target="target", positive="yes"), folder)
    declared, curve = training.fit("lightgbm", {}, prepared, seed=seed)
    budget = Tuning(trials=100_000, seconds=seconds - (time.perf_counter() - began))
    score = scorer("roc_auc", 0.5, prepared.validation)
    found = tuning.tune(declared, curve, prepared, budget, score, seed=seed, studies=folder / "studies")
    spent = {"seconds": time.perf_counter() - began, "cpu": time.process_time() - busy}
    test = frames.scan(folder / "test.parquet")
    truth = found.model.examples(test).labels
    trials = found.report()["trials"]
    return spent | {
        "trials": len(found.trials),
        "pruned": trials["pruned"],
        "test": roc_auc_score(truth, found.model.predict(test)[:, 1]),
    }


def usual(folder: Path, seconds: float, seed: int) -> dict[str, Any]:
    """Tune as most tutorials do."""
    import optuna
    import pandas as pd
    from lightgbm import LGBMClassifier
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold, cross_val_score

    def table(*parts: str) -> tuple[pd.DataFrame, pd.Series]:
        frame = pd.concat([pd.read_parquet(folder / f"{part}.parquet") for part in parts]).drop(columns="row")
        texts = [name for name in frame if name.startswith("place")]
        return frame.drop(columns="target").astype(dict.fromkeys(texts, kinds)), frame["target"] == "yes"

    def objective(trial: optuna.Trial) -> float:
        params = {
            "learning_rate": trial.suggest_float("learning_rate", 0.01, 0.3, log=True),
            "n_estimators": trial.suggest_int("n_estimators", 50, 500, log=True),
            "num_leaves": trial.suggest_int("num_leaves", 8, 256, log=True),
            "min_child_samples": trial.suggest_int("min_child_samples", 5, 200, log=True),
            "colsample_bytree": trial.suggest_float("colsample_bytree", 0.3, 1.0),
            "subsample": trial.suggest_float("subsample", 0.5, 1.0),
            "reg_alpha": trial.suggest_float("reg_alpha", 1e-4, 10.0, log=True),
            "reg_lambda": trial.suggest_float("reg_lambda", 1e-4, 10.0, log=True),
            "cat_smooth": trial.suggest_float("cat_smooth", 1.0, 100.0, log=True),
        }
        model = LGBMClassifier(**params, **fixed)
        return float(cross_val_score(model, *table(*known), cv=folds, scoring="roc_auc").mean())

    known = ("train", "validation")
    fixed: dict[str, Any] = {"subsample_freq": 1, "random_state": seed, "verbosity": -1}
    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    kinds = pd.CategoricalDtype([f"v{level}" for level in range(LEVELS[-1])])
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    began, busy = time.perf_counter(), time.process_time()
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    study.optimize(objective, timeout=seconds)
    best = LGBMClassifier(**study.best_params, **fixed).fit(*table(*known))
    spent = {"seconds": time.perf_counter() - began, "cpu": time.process_time() - busy}
    columns, truth = table("test")
    return spent | {
        "trials": len(study.trials),
        "pruned": 0,
        "test": roc_auc_score(truth, best.predict_proba(columns)[:, 1]),
    }


LEVELS = (2, 3, 5, 8, 12, 20, 30, 60, 120, 250)


def write_tables(folder: Path, seed: int) -> None:
    """Write 20 columns of numbers and 10 of texts, most of which say something, and a target that keeps its noise.

    The signal bends, jumps, and depends on pairs of columns; the largest texts have levels with few rows, which a
    model that is not held back learns by heart.
    """
    import numpy as np
    import polars as pl

    generator = np.random.default_rng(seed)
    rows = ROWS + TEST
    numbers = generator.normal(size=(20, rows))
    numbers[5:10] = np.exp(numbers[5:10])
    levels = [np.minimum(generator.exponential(size / 4, rows), size - 1).astype(int) for size in LEVELS]
    effects = [generator.normal(scale=0.5, size=size) for size in LEVELS]
    a, b, c, d, e, f, g, h = numbers[[0, 1, 2, 3, 5, 6, 10, 11]]
    signal = np.sin(2 * a) + 0.8 * a * b + np.where(c > 0.5, d, -0.5 * d) + 0.6 * np.log1p(e) * np.sign(b)
    signal += 0.5 * np.abs(g) - 0.4 * (f > 2) * h
    signal += sum(effects[k][levels[k]] for k in (1, 3, 5, 7, 8, 9))
    signal += 0.5 * effects[6][levels[6]] * numbers[12]
    chance = 1 / (1 + np.exp(-(signal - signal.mean() - 1)))
    target = np.where(generator.random(rows) < chance, "yes", "no")
    numbers[generator.random(numbers.shape) < 0.03] = np.nan
    columns: dict[str, Any] = {"row": np.arange(rows), "target": target}
    columns |= {f"number_{k}": column for k, column in enumerate(numbers)}
    columns |= {f"place_{k}": np.char.add("v", level.astype(str)) for k, level in enumerate(levels)}
    table = pl.DataFrame(columns, nan_to_null=True)
    for part, start, length in (("train", 0, 45_000), ("validation", 45_000, 5_000), ("test", ROWS, TEST)):
        table.slice(start, length).write_parquet(folder / f"{part}.parquet")


if __name__ == "__main__":
    main()
