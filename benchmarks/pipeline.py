"""The cold pipeline against a plain script that does the same fits without DVC, Prefect and Great Expectations.

    python -m benchmarks.pipeline [--runs 1]

Both start from a fresh clone with no results. The script is this file, called with `--plain`: one process, the same
data, the same candidates, the same trials, the same examination; no cache, no validation, no report.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks import timing
from benchmarks.projects import ROOT, clone


def main() -> None:
    """Print both sides and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--plain", type=Path, metavar="FOLDER", help="be the plain script, with results in FOLDER")
    asked = parser.parse_args()
    if asked.plain:
        plain(asked.plain)
        return
    with tempfile.TemporaryDirectory() as scratch:
        root, results = clone(Path(scratch) / "root"), Path(scratch) / "plain"

        def pipeline() -> timing.Spent:
            # Without its results, its cache and DVC's memory of earlier runs.
            for left in (root / "artifacts", root / ".dvc/cache", root / ".dvc/tmp"):
                shutil.rmtree(left, ignore_errors=True)
            return timing.command(["dvc", "repro"], root)

        def script() -> timing.Spent:
            shutil.rmtree(results, ignore_errors=True)
            words = [sys.executable, "-m", "benchmarks.pipeline", "--plain", str(results)]
            return timing.command(words, ROOT, OMP_WAIT_POLICY="PASSIVE")

        ours, theirs = timing.pair(pipeline, script, asked.runs)
    print(f"dvc repro, cold   {timing.median(ours)}")
    print(f"a plain script    {timing.median(theirs)}")
    print(f"{timing.ratios(ours, theirs)} (goal: 1.5)")


def plain(folder: Path) -> None:
    """Do the root project's fits in one process."""
    from syllabus import contest, frames, modalities, params, parts, scoring, training, tuning

    os.chdir(ROOT)
    settings = params.read(Path("params.yaml"))
    modality = modalities.load(settings.data.modality)
    folder.mkdir(parents=True)
    modality.read(settings.data, folder / "table.parquet")
    table = frames.scan(folder / "table.parquet")
    placed = modality.split(table, settings.data, settings.split, seed=settings.seed)
    parts.write(table, placed, folder)
    prepared = training.prepare(settings.data, folder)
    asked = settings.examination
    score = scoring.scorer(asked.metric, asked.threshold, prepared.validation)
    entries: list[contest.Entry] = []
    for name in settings.candidates:
        model, curve = training.fit(name, settings.architectures[name], prepared, seed=settings.seed)
        found = tuning.tune(
            model, curve, prepared, settings.tuning, score, seed=settings.seed, studies=folder / "studies"
        )
        entries.append(contest.Entry(name, "declared", model, curve))
        if found.improved:
            entries.append(contest.Entry(name, "tuned", found.model, found.curve))
    result = contest.hold(entries, folder, asked, seed=settings.seed)
    print(result.winner.name, result.test.values[asked.metric])


if __name__ == "__main__":
    main()
