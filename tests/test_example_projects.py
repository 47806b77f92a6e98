"""The example projects: made by `syllabus new`, reviewed by hand, and true to what their READMEs say."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from projects import ROOT, commit, run
from ruamel.yaml import YAML

from syllabus.cli import main

EXAMPLES = ROOT / "examples"
NAMES = sorted(path.parent.name for path in EXAMPLES.glob("*/params.yaml"))
FLOORS = {
    "fraud": {"roc_auc": 0.9, "pr_auc": 0.75},
    "housing": {"r2": 0.85, "coverage": 0.85},
    "flights": {"roc_auc": 0.6},
    "digits": {"accuracy": 0.98},
    "ratings": {"ndcg_at_10": 0.5, "recall_at_10": 0.65},
    "clipart": {"accuracy": 0.68, "f1": 0.6},
    "ridership": {"coverage": 0.85},
    "packages": {"f1": 0.7, "accuracy": 0.77},
    "spam": {"accuracy": 0.94, "roc_auc": 0.98},
    "shakespeare": {"token_accuracy": 0.25},
    "hiring": {"roc_auc": 0.6, "recall": 0.3},
}
CEILINGS = {"shakespeare": {"bits_per_byte": 2.0}, "ratings": {"rmse": 1.24}}
"""What is better when lower."""
KNOWN_LATER = {"arr_delay", "arr_time", "air_time", "dep_delay", "dep_time"}
"""What is known of a flight only when it is on its way."""


def settings(name: str) -> dict[str, Any]:
    said: dict[str, Any] = YAML(typ="safe").load((EXAMPLES / name / "params.yaml").read_text())
    return said


def test_each_has_a_floor() -> None:
    assert sorted(FLOORS) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_check_accepts_it(name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(EXAMPLES / name)
    assert main(["check"]) in (None, 0)
    assert "Run it: dvc repro" in capsys.readouterr().out


@pytest.mark.parametrize("name", NAMES)
def test_its_data_is_small_and_comes_with_its_licence(name: str) -> None:
    source = EXAMPLES / name / settings(name)["data"]["source"]
    assert source.stat().st_size < 2.2e6
    assert "icence" in (source.parent / "NOTICE.md").read_text()
    if "target" in settings(name)["data"]:
        assert settings(name)["data"]["target"] in pl.read_parquet_schema(source)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["fraud", "housing"])
def test_it_follows_the_pipeline_that_new_writes(name: str, tmp_path: Path) -> None:
    """Its `dvc.yaml` is what the template makes today: an example that lags behind would mislead."""
    data = settings(name)["data"]
    folder = tmp_path / name
    done = run(
        tmp_path,
        "syllabus", "new", str(folder), "--data", str(EXAMPLES / name / data["source"]), "--target", data["target"],
        "--track", "git",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    here = YAML(typ="safe").load((EXAMPLES / name / "dvc.yaml").read_text())
    made = YAML(typ="safe").load((folder / "dvc.yaml").read_text())
    for stage in [one.get("do", one) for one in here["stages"].values()]:
        stage["deps"] = [dep for dep in stage["deps"] if not dep.startswith("../../")]
    assert here == made


@pytest.mark.parametrize("name", NAMES)
def test_it_is_made_with_the_versions_of_the_repository(name: str) -> None:
    assert (EXAMPLES / name / "requirements.lock").read_text() == (ROOT / "requirements.lock").read_text()


def test_the_flights_are_what_their_script_makes() -> None:
    flights = pl.read_parquet(EXAMPLES / "flights/data/flights.parquet")
    assert flights.height == 224_518
    assert flights["date"].dt.month().n_unique() == 12
    late = flights.filter(pl.col("late").is_not_null())
    assert ((late["arr_delay"] > 15) == (late["late"] == "yes")).all()
    assert flights.filter(pl.col("late").is_null())["arr_delay"].null_count() == flights["late"].null_count()


def shortened(name: str, folder: Path) -> Path:
    """Copy an example and the code that it stands beside, with few trials."""
    for room in ("stages", "syllabus"):
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    there = folder / "examples" / name
    left = shutil.ignore_patterns("artifacts", ".dvc", ".syllabus", "dvc.lock")
    shutil.copytree(EXAMPLES / name, there, ignore=left)
    yaml = YAML()
    said = yaml.load(there / "params.yaml")
    said["tuning"]["trials"] = 1
    said["candidates"] = said["candidates"][:1]
    yaml.dump(said, there / "params.yaml")
    commit(there)
    return there


ASKED = ("images", "mixed", "ratings", "tables", "text")
"""The modalities whose packages hold an example of a request, which gets as many answers as it has rows."""


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_it_ends_in_a_registered_model_and_a_second_run_does_nothing(name: str, tmp_path: Path) -> None:
    there = shortened(name, tmp_path)
    done = run(there, "dvc", "repro", PYTHONPATH=str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    measured = json.loads((there / "artifacts/evaluate/metrics.json").read_text())["test"]
    for metric, floor in FLOORS[name].items():
        assert measured[metric] > floor
    for metric, ceiling in CEILINGS.get(name, {}).items():
        assert measured[metric] < ceiling
    decision = json.loads((there / "artifacts/register/decision.json").read_text())
    assert decision["registered"], decision
    learned = (there / "artifacts/evaluate/winner/model.json").read_text()
    ignored = {column for column, role in settings(name)["data"].get("columns", {}).items() if role == "ignore"}
    assert not {column for column in ignored if f'"{column}"' in learned}
    if settings(name)["data"]["modality"] in ASKED:
        rows = json.loads((there / "artifacts/register/package/example.json").read_text())["rows"]
        (tmp_path / "asked.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
        package = there / "artifacts/register/package"
        asked = run(tmp_path, "syllabus", "predict", str(package), "asked.jsonl", "answers.csv")
        assert asked.stdout.startswith(f"{len(rows)} rows answered"), asked.stderr
        assert "could not be answered" not in asked.stdout
    again = run(there, "dvc", "repro", PYTHONPATH=str(tmp_path))
    assert again.returncode == 0, again.stderr
    assert "Running stage" not in again.stdout


def test_no_flight_is_told_late_by_what_comes_after_it() -> None:
    columns = settings("flights")["data"]["columns"]
    assert {column for column, role in columns.items() if role == "ignore"} == {*KNOWN_LATER, "flight", "tailnum"}
