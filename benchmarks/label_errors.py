"""How many wrong labels are found: python -m benchmarks.label_errors FILE TARGET [--flipped 0.05] [--seeds 3].

A share of the labels is exchanged for another class, by chance; in a regression, a share of the numbers is exchanged
for that of another row. Printed: of the rows that are suspected, how many were exchanged (precision), the same of the
hundred worst, how many of the exchanged ones are suspected (recall), and the seconds that it takes. Labels that were
wrong before count as false alarms.

With `--cleanlab PYTHON`, the Python of an environment that has cleanlab, its `find_label_issues` is asked of the same
probabilities: both ways that it has of confident learning.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from syllabus import frames, label_errors
from syllabus.examples import Examples
from syllabus.modalities import tables
from syllabus.settings import Data

CLEANLAB = """
import sys, numpy, cleanlab.filter
labels, probabilities = numpy.load(sys.argv[1] + "/labels.npy"), numpy.load(sys.argv[1] + "/probabilities.npy")
for by in ("prune_by_noise_rate", "both", "confident_learning"):
    found = cleanlab.filter.find_label_issues(labels, probabilities, filter_by=by, n_jobs=1,
        return_indices_ranked_by="self_confidence")
    print(by, *found)
"""


def main() -> None:
    """Exchange labels, and print what is found of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file")
    parser.add_argument("target")
    parser.add_argument("--task", default="classification")
    parser.add_argument("--ignore", nargs="*", default=[], help="columns that are not learned from")
    parser.add_argument("--text", nargs="*", default=[], help="columns of free text")
    parser.add_argument("--flipped", type=float, default=0.05)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--cleanlab", metavar="PYTHON")
    asked = parser.parse_args()
    plain = {"modality": "tables", "source": asked.file, "target": asked.target, "task": asked.task}
    roles = dict.fromkeys(asked.ignore, "ignore") | dict.fromkeys(asked.text, "text")
    data = Data.model_validate_json(json.dumps(plain | {"columns": roles}))
    with tempfile.TemporaryDirectory() as folder:
        tables.read(data, Path(folder) / "table.parquet")
        table = frames.scan(Path(folder) / "table.parquet")
        examples = tables.examples(table, tables.learn(table, data))
        label_errors.LISTED = len(examples)
        for seed in range(asked.seeds):
            _exchange(examples, Path(asked.file).stem, asked.flipped, seed, asked.cleanlab)


def _exchange(examples: Examples, name: str, share: float, seed: int, cleanlab: str | None) -> None:
    """Exchange a share of the labels, and print what is found of them."""
    random = np.random.default_rng(seed)
    wrong = random.permutation(len(examples))[: round(share * len(examples))]
    labels = examples.labels.copy()
    if examples.task.classes:
        classes = len(examples.task.classes)
        labels[wrong] = (labels[wrong] + random.integers(1, classes, len(wrong))) % classes
    else:
        labels[wrong] = random.permutation(labels)[: len(wrong)]
    start = time.perf_counter()
    given = Examples(examples.task, examples.arrays, labels, examples.columns)
    found = label_errors.suspects(given, seed=seed)
    seconds = time.perf_counter() - start
    listed = np.array([one["at"] for one in found["listed"]], dtype=int)
    looked = len(wrong) * found["looked"] / len(examples)
    print(
        f"{name}: {len(listed)} of {found['looked']} rows suspected, {len(wrong)} of {len(examples)} exchanged: "
        f"{_quality(listed, wrong, looked)}, gain {found['gain']:.3f}, {seconds:.1f} s",
        flush=True,
    )
    if cleanlab and examples.task.classes:
        probabilities = label_errors.out_of_fold(given, seed=seed)
        ours = label_errors.doubted(probabilities, labels)
        print(f"  ours, the same probabilities: {len(ours)}, {_quality(ours, wrong, len(wrong))}")
        for way, theirs in _cleanlab(cleanlab, labels, probabilities).items():
            print(f"  cleanlab, {way}: {len(theirs)}, {_quality(theirs, wrong, len(wrong))}", flush=True)


def _quality(listed: NDArray[np.int64], wrong: NDArray[np.int64], looked: float) -> str:
    if not len(listed):
        return "none to look at"
    right = np.isin(listed, wrong)
    return (
        f"precision {right.mean():.2f}, of the first hundred {right[:100].mean():.2f}, "
        f"recall {right.sum() / looked:.2f}"
    )


def _cleanlab(
    python: str, labels: NDArray[np.int64], probabilities: NDArray[np.float64]
) -> dict[str, NDArray[np.int64]]:
    """Return what cleanlab suspects by each of its ways, the least probable label first."""
    with tempfile.TemporaryDirectory() as folder:
        np.save(f"{folder}/labels.npy", labels, allow_pickle=False)
        np.save(f"{folder}/probabilities.npy", probabilities, allow_pickle=False)
        said = subprocess.run([python, "-c", CLEANLAB, folder], check=True, capture_output=True, text=True).stdout
    lines = [line.split() for line in said.splitlines()]
    return {name: np.array(places, dtype=int) for name, *places in lines}


if __name__ == "__main__":
    main()
