"""A project of Git and DVC with runs that came to their end: what `dvc repro` leaves, made in this process."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl

from syllabus import architectures, examination, frames, models, scoring, training, why
from syllabus.modalities import tables
from syllabus.models import Model
from syllabus.registry import package
from syllabus.settings import Data

DATA = {"modality": "tables", "source": "people.csv", "target": "buys", "columns": {"who": "ignore"}}
OUTPUTS = {
    "ingest": [],
    "split": ["artifacts/split"],
    "evaluate": ["artifacts/evaluate/report.json"],
    "register": ["artifacts/register/package"],
}
DECLARED = {
    "stages": {stage: {"cmd": stage, "outs": outs} for stage, outs in OUTPUTS.items()},
    "artifacts": {"people": {"path": OUTPUTS["register"][0], "type": "model"}},
}


def begin(folder: Path, *, inside: bool = False) -> Path:
    """Make the repositories and what does not change from run to run; Git's may be the one around."""
    from dvc.repo import Repo

    folder.mkdir(parents=True)
    around = folder.parent if inside else folder
    git(around, "init", "-q", "-b", "main")
    git(around, "config", "user.name", "Ann")
    git(around, "config", "user.email", "ann@example.org")
    with Repo.init(str(folder), subdir=inside):
        pass
    (folder / ".dvc" / "config").write_text("[core]\n    analytics = false\n")
    (folder / "dvc.yaml").write_text(json.dumps(DECLARED))
    (folder / ".gitignore").write_text("/artifacts\n")
    return folder


def git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True).stdout


def people(rows: int) -> pl.DataFrame:
    """Return a table as ingest leaves it; the first rows are the same however many there are."""
    numbers = range(1, rows + 1)
    age = [18 + 37 * number % 71 for number in numbers]
    town = [f"town {number * number % 7}" for number in numbers]
    chance = [(a > 50) * 5 + (t > "town 3") * 3 for a, t in zip(age, town, strict=True)]
    buys = ["yes" if (number * 7919) % 11 < c + 1 else "no" for number, c in zip(numbers, chance, strict=True)]
    columns = {"age": age, "town": town, "who": [f"person {number}" for number in numbers], "buys": buys}
    return pl.DataFrame({"row": pl.Series(numbers, dtype=pl.UInt64)} | columns)


def finish(folder: Path, *, rows: int = 600, depth: int = 3, seed: int = 1, code: str = "1") -> None:
    """Split, fit, examine and pack; write `dvc.lock` and DVC's cache; commit."""
    shutil.rmtree(folder / "artifacts", ignore_errors=True)
    table, parts = people(rows), folder / "artifacts/split"
    table.drop("row").write_csv(folder / "people.csv")
    parts.mkdir(parents=True)
    place = table["row"].hash(seed) % 10
    for part, chosen in {"train": place < 7, "validation": place == 7, "test": place > 7}.items():
        table.filter(chosen).write_parquet(parts / f"{part}.parquet")
    settings = {
        "data": DATA,
        "seed": seed,
        "examination": {"metric": "roc_auc"},
        "architectures": {"tree": {"max_depth": depth}},
        "gates": {"at_least": {"roc_auc": 0.5}, "at_most": {"log_loss": 1.0}},
    }
    (folder / "params.yaml").write_text(json.dumps(settings))
    model = fitted(parts, depth)
    test = models.examples("tables", model.encoding, parts, "test")
    found = examination.examine(scoring.predictions(model, test, 0.5), primary="roc_auc", resamples=100)
    winner = {"name": "tree (declared)", "candidate": "tree", "variant": "declared", "params": {"max_depth": depth}}
    frames.write_json({"winner": winner, "test": found.report()}, folder / OUTPUTS["evaluate"][0])
    lineage = {
        "data": {"path": "people.csv", "bytes": 1, "sha256": frames.sha256(folder / "people.csv"), "rows": rows},
        "parts": {part: frames.sha256(parts / f"{part}.parquet") for part in ("train", "validation", "test")},
        "suite": {"path": "suite.json", "sha256": "same"},
        "lock file": "same",
        "parameters": {"winner": winner, "seed": seed},
        "code": {"syllabus.models": code},
    }
    data, train = Data.model_validate_json(json.dumps(DATA)), frames.scan(parts / "train.parquet")
    package.write(
        folder / OUTPUTS["register"][0],
        model,
        signature=tables.signature(train, model.encoding),
        card="# Card\n",
        lineage=lineage,
        decision={"gates": []},
        data=data,
        example=tables.example(train, model.encoding, data),
    )
    record(folder, settings)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", "a run")


def fitted(parts: Path, depth: int) -> Model:
    known = training.prepare(Data.model_validate_json(json.dumps(DATA)), parts)
    tree: Any = architectures.load("tree")
    params = tree.Params(max_depth=depth)
    fit = tree.fit(params, known.train, known.validation, seed=0, report=lambda *_: None)
    return Model("tables", "tree", params.model_dump(), known.encoding, fit)


def record(folder: Path, settings: dict[str, Any]) -> None:
    """Write `dvc.lock`, and every output to DVC's cache."""
    read = {"ingest": ["data", "seed"], "evaluate": ["examination", "architectures"], "register": ["gates"]}
    stages = {
        stage: {
            "cmd": stage,
            "deps": [entry(folder, "people.csv")] if stage == "ingest" else [],
            "params": {"params.yaml": {key: settings[key] for key in read[stage]}} if stage in read else {},
            "outs": [kept(folder, out) for out in outs],
        }
        for stage, outs in OUTPUTS.items()
    }
    (folder / "dvc.lock").write_text(json.dumps({"schema": "2.0", "stages": stages}))


def entry(folder: Path, path: str) -> dict[str, Any]:
    found = folder / path
    if found.is_dir():
        return {"path": path, "hash": "md5", "md5": why.md5_of_folder(found), "nfiles": 1, "size": 1}
    held = found.read_bytes()
    return {"path": path, "hash": "md5", "md5": hashlib.md5(held).hexdigest(), "size": len(held)}


def kept(folder: Path, path: str) -> dict[str, Any]:
    told, found = entry(folder, path), folder / path
    listed = []
    for file in sorted(found.rglob("*")) if found.is_dir() else [found]:
        if file.is_file():
            held = file.read_bytes()
            keep(folder, held)
            listed.append({"md5": hashlib.md5(held).hexdigest(), "relpath": file.relative_to(found).as_posix()})
    if found.is_dir():
        listed.sort(key=lambda one: one["relpath"])
        keep(folder, json.dumps(listed, sort_keys=True).encode(), ".dir")
    return told


def keep(folder: Path, held: bytes, ending: str = "") -> None:
    digest = hashlib.md5(held).hexdigest() + ending
    file = cached(folder, digest)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(held)


def cached(folder: Path, digest: str) -> Path:
    return folder / ".dvc/cache/files/md5" / digest[:2] / digest[2:]


def dvc(folder: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "dvc", *words], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def remote(folder: Path, url: str, *settings: str) -> None:
    dvc(folder, "remote", "add", "--default", "store", url)
    for setting in settings:
        dvc(folder, "remote", "modify", "store", *setting.split("=", 1))
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "a remote")


def published(folder: Path) -> Path:
    """Push a project with its tags to a new origin; return that."""
    origin = folder.parent / "origin.git"
    git(folder.parent, "init", "-q", "--bare", "-b", "main", str(origin))
    git(folder, "remote", "add", "origin", str(origin))
    git(folder, "push", "-q", "origin", "main", "--tags")
    return origin


def clone(origin: Path, name: str) -> Path:
    folder = origin.parent / name
    git(origin.parent, "clone", "-q", str(origin), str(folder))
    git(folder, "config", "user.name", name)
    git(folder, "config", "user.email", f"{name}@example.org")
    return folder
