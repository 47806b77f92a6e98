"""A project whose stages take what they make from a library, by the data that they read: real models, made at once."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

from syllabus import frames
from tests.history import past_runs
from tests.history.past_runs import git

PARAMS = """\
seed: 1
about: {}
data:
  modality: tables
  source: people.csv
  target: buys
  columns: {who: ignore}
validation: {suite: suite.json}
split: {}
candidates: [tree]
architectures: {tree: {}}
tuning: {}
examination: {metric: roc_auc, threshold: 0.5, sensitive: []}
gates: {}
retraining: {sure: false}
"""
STAGES = {
    "ingest": ("people.csv", "artifacts/table.csv"),
    "split": ("artifacts/table.csv", "artifacts/split"),
    "evaluate": ("artifacts/split", "artifacts/evaluate/report.json"),
    "register": ("artifacts/evaluate/report.json", "artifacts/register"),
}
MAKE = """\
made={library}/$(md5sum people.csv | cut -c1-32)
case $1 in
  ingest) mkdir -p artifacts && cp people.csv artifacts/table.csv ;;
  *) rm -rf $2 && mkdir -p $(dirname $2) && cp -r $made/$2 $2 ;;
esac
if [ $1 = register ] && ! [ -d artifacts/register/package ]; then
  echo 'register: not registered, 1 of 1 gates failed' >&2; exit 1
fi
"""
MODELS = {"first": (600, 1), "better": (900, 2), "worse": (700, 1), "refused": (650, 1)}
"""The rows that each model is made of, and its depth. By log loss, the worse one is a little better, by chance."""


def made(folder: Path) -> Path:
    """Make the models, each under the hash of its data."""
    for name, (rows, depth) in MODELS.items():
        made = past_runs.begin(folder / name)
        past_runs.finish(made, rows=rows, depth=depth)
        register = made / "artifacts/register"
        frames.write_json({"registered": name != "refused"}, register / "decision.json")
        if name == "refused":
            shutil.rmtree(register / "package")
        digest = hashlib.md5((made / "people.csv").read_bytes()).hexdigest()
        shutil.move(made / "artifacts", folder / digest / "artifacts")
        shutil.move(made / "people.csv", folder / f"{name}.csv")
        shutil.rmtree(made)
    return folder


def begin(folder: Path, library: Path) -> Path:
    """Make a project that never ran, its data those of the first model, in Git."""
    from dvc.repo import Repo

    folder.mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "config", "user.name", "Ann")
    git(folder, "config", "user.email", "ann@example.org")
    with Repo.init(str(folder)):
        pass
    (folder / ".dvc/config").write_text("[core]\n    analytics = false\n")
    (folder / ".gitignore").write_text("/artifacts\n/.syllabus\n")
    (folder / "params.yaml").write_text(PARAMS)
    (folder / "make.sh").write_text(MAKE.format(library=library))
    stages = {
        name: {"cmd": f"sh make.sh {name} {out}", "deps": ["make.sh", read], "outs": [out]}
        for name, (read, out) in STAGES.items()
    }
    stages["ingest"]["params"] = ["data"]
    stages["register"]["outs"] = ["artifacts/register/decision.json", "artifacts/register/package"]
    model = {"people": {"path": "artifacts/register/package", "type": "model"}}
    (folder / "dvc.yaml").write_text(json.dumps({"stages": stages, "artifacts": model}))
    (folder / "suite.json").write_text(json.dumps({"name": "people", "expectations": []}))
    give(folder, library, "first")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "the project")
    return folder


def give(folder: Path, library: Path, name: str) -> None:
    """Replace the data by those of another model."""
    shutil.copy(library / f"{name}.csv", folder / "people.csv")
