"""How many wrong labels are found: python -m benchmarks.label_errors FILE TARGET [--flipped 0.05] [--seeds 3].

A share of the labels is exchanged for another class, by chance; in a regression, a share of the numbers is exchanged
for that of another row. Printed: of the rows that are suspected, how many were exchanged (precision), the same of the
hundred worst, how many of the exchanged ones are suspected (recall), and the seconds that it takes. Labels that were
wrong before count as false alarms.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

import numpy as np

from syllabus import frames, label_errors
from syllabus.modalities import tables
from syllabus.settings import Data


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
        random = np.random.default_rng(seed)
        wrong = random.permutation(len(examples))[: round(asked.flipped * len(examples))]
        labels = examples.labels.copy()
        if examples.task.classes:
            classes = len(examples.task.classes)
            labels[wrong] = (labels[wrong] + random.integers(1, classes, len(wrong))) % classes
        else:
            labels[wrong] = random.permutation(labels)[: len(wrong)]
        start = time.perf_counter()
        given = label_errors.Examples(examples.task, examples.arrays, labels, examples.columns)
        found = label_errors.suspects(given, seed=seed)
        seconds = time.perf_counter() - start
        listed = [one["at"] for one in found["listed"]]
        right = np.isin(listed, wrong)
        looked = len(wrong) * found["looked"] / len(examples)
        print(
            f"{Path(asked.file).stem}: {len(listed)} of {found['looked']} rows suspected, {len(wrong)} of "
            f"{len(examples)} exchanged: precision {right.mean():.2f}, of the first hundred {right[:100].mean():.2f}, "
            f"recall {right.sum() / looked:.2f}, {seconds:.1f} s"
        )


if __name__ == "__main__":
    main()
