"""Small projects on disk: the root project's stages on data that a test makes."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PARAMS = """\
seed: 3
about: {}
data:
  modality: tables
  source: data/people.csv
  target: buys
  cleaning: {missing: ["?"]}
validation:
  suite: expectations/people.json
candidates: [linear, tree]
architectures:
  linear: {}
  tree:
    max_depth: 4
split: {}
tuning:
  trials: 3
examination:
  metric: roc_auc
  threshold: 0.5
  sensitive: [sex]
  slices: [town]
gates:
  at_least: {roc_auc: 0.6}
  fit: [good, underfit, overfit, shifted]
"""
SUITE = """\
{
  "name": "people",
  "expectations": [
    {"type": "expect_column_to_exist", "kwargs": {"column": "buys"}, "severity": "critical",
     "meta": {"notes": "There is nothing to learn without it."}},
    {"type": "expect_column_values_to_be_between", "kwargs": {"column": "age", "min_value": 0, "max_value": 120},
     "severity": "warning", "meta": {"notes": "Nobody is older."}}
  ]
}
"""


def make(folder: Path, rows: int = 600, seed: int = 0) -> Path:
    """Write a project whose code is this repository's, linked, so that DVC sees it where `dvc.yaml` names it."""
    for name in ("stages", "syllabus", "requirements.lock", "dvc.yaml", ".dvcignore"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    (folder / "params.yaml").write_text(PARAMS)
    (folder / "expectations").mkdir()
    (folder / "expectations" / "people.json").write_text(SUITE)
    (folder / "data").mkdir()
    (folder / "data" / "people.csv").write_text(people(rows, seed))
    return folder


def people(rows: int, seed: int = 0) -> str:
    """Return a CSV in which age and town say something about who buys."""
    draw = random.Random(seed)
    lines = ["age,town,sex,income,buys"]
    for _ in range(rows):
        age, town, sex = draw.randint(18, 90), draw.choice(["Ayr", "Bath", "Cork"]), draw.choice(["f", "m"])
        income = "?" if draw.random() < 0.1 else str(draw.randint(10, 90))
        buys = draw.random() < 0.1 + 0.5 * (age > 50) + 0.3 * (town == "Cork")
        lines.append(f"{age},{town},{sex},{income},{'yes' if buys else 'no'}")
    return "\n".join(lines) + "\n"


HOMES = """\
seed: 3
about: {}
data:
  modality: tables
  source: data/homes.csv
  target: price
  task: regression
  target_transform: log
validation:
  suite: expectations/homes.json
candidates: [linear, tree]
architectures:
  linear: {}
  tree:
    max_depth: 6
split: {}
tuning:
  trials: 3
examination:
  metric: mae
  sensitive: [side]
  slices: [town]
  smallest_group: 20
gates:
  at_least: {r2: 0.5, coverage: 0.75}
  at_most: {mae: 100000}
  fairness: {measure: mae_ratio, at_most: 3}
  better_than_baseline_by: 1
  fit: [good, underfit, overfit, shifted]
"""
PLOTS = """\
plots:
  - The winner's loss:
      x: {artifacts/evaluate/plots/curve.csv: iteration}
      y: {artifacts/evaluate/plots/curve.csv: [train, validation]}
  - Actual by predicted on test:
      x: {artifacts/evaluate/plots/predicted.csv: predicted}
      y: {artifacts/evaluate/plots/predicted.csv: actual}
      template: scatter
  - Residuals on test:
      x: {artifacts/evaluate/plots/residuals.csv: predicted}
      y: {artifacts/evaluate/plots/residuals.csv: residual}
      template: scatter
  - Coverage of the intervals on test:
      x: {artifacts/evaluate/plots/coverage.csv: predicted}
      y: {artifacts/evaluate/plots/coverage.csv: [coverage, level]}
"""
"""What `dvc plots show` draws of a regression."""


def make_regression(folder: Path, rows: int = 600, seed: int = 0) -> Path:
    """Write a project that predicts a number: the root's `dvc.yaml` less the threshold, with a regression's plots."""
    make(folder, rows=10)
    pipeline = (folder / "dvc.yaml").read_text().replace("        - examination.threshold\n", "")
    (folder / "dvc.yaml").write_text(pipeline[: pipeline.index("\nplots:\n") + 1] + PLOTS)
    (folder / "params.yaml").write_text(HOMES)
    suite = SUITE.replace('"buys"', '"price"').replace('"people"', '"homes"').replace('"age"', '"rooms"')
    (folder / "expectations" / "homes.json").write_text(suite)
    (folder / "data" / "homes.csv").write_text(homes(rows, seed))
    return folder


def homes(rows: int, seed: int = 0) -> str:
    """Return a CSV in which rooms and town say much of a price that has a long tail."""
    draw = random.Random(seed)
    lines = ["rooms,town,side,garden,price"]
    for _ in range(rows):
        rooms, town, side = draw.randint(1, 9), draw.choice(["Ayr", "Bath", "Cork"]), draw.choice(["east", "west"])
        garden = "" if draw.random() < 0.1 else str(draw.randint(0, 900))
        price = 50_000 * 1.25**rooms * (1.6 if town == "Bath" else 1.0) * draw.lognormvariate(0, 0.2)
        lines.append(f"{rooms},{town},{side},{garden},{price:.0f}")
    return "\n".join(lines) + "\n"


def run(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command of this environment in the project, with the project's copy of the code."""
    return subprocess.run(
        words, cwd=folder, env=variables(folder) | environment, capture_output=True, text=True, check=False
    )


def variables(folder: Path) -> dict[str, str]:
    """Return the environment in which a project's commands find this environment's programs and its own code."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    settings = {"PATH": path, "PYTHONPATH": str(folder), "OMP_WAIT_POLICY": "PASSIVE", "DVC_NO_ANALYTICS": "1"}
    return os.environ | settings


def commit(folder: Path, message: str = "as it is") -> None:
    """Make the folder a Git and DVC repository if it is none, and commit all of it."""
    if not (folder / ".git").exists():
        assert run(folder, "git", "init", "-q", "-b", "main").returncode == 0
        (folder / ".gitignore").write_text("/artifacts/\n/.syllabus/\n__pycache__/\n")
        done = run(folder, "dvc", "init", "-q")
        assert done.returncode == 0, done.stderr
    identity = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
    assert run(folder, "git", "add", "-A").returncode == 0
    done = run(folder, "git", *identity, "commit", "-q", "--allow-empty", "-m", message)
    assert done.returncode == 0, done.stderr
