"""`pip install syllabus[serve]` brings nothing of the training stack, and answers as the full one does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest
from services import running
from serving import forecast_packages
from serving.forecast_packages import HOURLY, hourly
from serving.network_packages import CASES, made
from serving.packed import TABLE, packed, people

ROOT = Path(__file__).parents[2]
TRAINING = {
    "dvc", "fairlearn", "great-expectations", "gto", "onnx", "optuna", "pandas", "prefect", "pyarrow", "scikit-learn",
    "sqlalchemy", "torch",
}  # fmt: skip


@pytest.fixture(scope="module")
def slim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of an installation's commands."""
    return _installed(tmp_path_factory.mktemp("slim"), "serve")


def _installed(folder: Path, extras: str) -> Path:
    uv = str(Path(sys.executable).with_name("uv"))
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder / "venv"], check=True)
    links = {"UV_FIND_LINKS": os.environ["PIP_FIND_LINKS"]} if "PIP_FIND_LINKS" in os.environ else {}
    words = ["pip", "install", "--quiet", "--python", folder / "venv" / "bin" / "python"]
    words += ["--constraint", ROOT / "requirements.lock", f"{_copied(folder / 'source')}[{extras}]"]
    subprocess.run([uv, *words], check=True, env=os.environ | links)
    return folder / "venv" / "bin"


def _copied(folder: Path) -> Path:
    """Copy what is installed: two tests that install from the repository itself would write into each other's build."""
    folder.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    for name in ("syllabus", "stages", "flows"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def ran(folder: Path, *words: Any, within: Path) -> subprocess.CompletedProcess[str]:
    environment = {key: held for key, held in os.environ.items() if key != "PYTHONPATH"} | {
        "SHOP_URL": "sqlite:///x.db"
    }
    told = [folder / words[0], *words[1:]]
    return subprocess.run(told, cwd=within, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_the_training_stack_stays_out_of_a_slim_install(slim: Path, tmp_path: Path) -> None:
    listing = "from importlib import metadata; print(*(one.name.lower() for one in metadata.distributions()))"
    held = set(ran(slim, "python", "-c", listing, within=tmp_path).stdout.split())
    assert {"syllabus", "onnxruntime", "lightgbm"} <= held
    assert not held & TRAINING


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lightgbm", "mlp"])
def test_a_slim_install_serves(slim: Path, tmp_path: Path, name: str) -> None:
    package = packed(tmp_path / name, people(600), TABLE, name, onnx=True)
    row = {"age": 52.0, "town": "Bern", "paid": "31,5", "since": "03.04.2020"}
    with running(str(package), where=tmp_path, program=slim / "syllabus") as (_, url):
        asked = {"rows": [row], "reasons": True, "novelty": True}
        found = httpx.post(f"{url}/v1/predict", json=asked).json()["predictions"][0]
        page = httpx.get(url)
    assert found["reasons"][0]["method"] == {"lightgbm": "shap", "mlp": "withheld"}[name]
    assert 0 <= found["novelty"] <= 1
    assert page.status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize("name", ["linear", "tree", "lightgbm", "mlp"])
def test_a_slim_install_answers_the_same(slim: Path, tmp_path: Path, name: str) -> None:
    package = packed(tmp_path / name, people(900), TABLE, name, onnx=True)
    people(300, seed=4).write_csv(tmp_path / "in.csv")
    found = {}
    for kind, commands in {"slim": slim, "full": Path(sys.executable).parent}.items():
        done = ran(commands, "syllabus", "predict", package, "in.csv", f"{kind}.parquet", within=tmp_path)
        assert done.returncode == 0, done.stderr
        found[kind] = pl.read_parquet(tmp_path / f"{kind}.parquet")
    if name != "mlp":
        assert found["slim"].equals(found["full"]), "by the native model, to the bit"
    # The network answers by its graph, which was held against it when it was registered.
    apart = (found["slim"]["probability yes"] - found["full"]["probability yes"]).abs().max()
    assert apart < 1e-6
    assert (found["slim"]["predicted"] == found["full"]["predicted"]).all()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["linear", "lightgbm"])
def test_a_slim_install_answers_texts_the_same(slim: Path, tmp_path: Path, name: str) -> None:
    frame = people(400).with_columns(said=pl.format("{} from {}", "name", "town"))
    said = {"modality": "text", "target": "buys", "options": {"columns": ["said", "since"]}}
    package = packed(tmp_path / name, frame, said, name)
    frame.write_csv(tmp_path / "in.csv")
    for kind, commands in {"slim": slim, "full": Path(sys.executable).parent}.items():
        done = ran(commands, "syllabus", "predict", package, "in.csv", f"{kind}.parquet", within=tmp_path)
        assert done.returncode == 0, done.stderr
    assert pl.read_parquet(tmp_path / "slim.parquet").equals(pl.read_parquet(tmp_path / "full.parquet"))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lags", "seasonal_naive"])
def test_a_slim_install_forecasts_the_same(slim: Path, tmp_path: Path, name: str) -> None:
    package = forecast_packages.packed(tmp_path / name, hourly(300), HOURLY, name)
    example = json.loads((package / "example.json").read_text())
    (tmp_path / "in.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in example["rows"]))
    for kind, commands in {"slim": slim, "full": Path(sys.executable).parent}.items():
        done = ran(commands, "syllabus", "predict", package, "in.jsonl", f"{kind}.parquet", within=tmp_path)
        assert done.returncode == 0, done.stderr
    assert pl.read_parquet(tmp_path / "slim.parquet").equals(pl.read_parquet(tmp_path / "full.parquet"))
    with running(str(package), where=tmp_path, program=slim / "syllabus") as (_, url):
        found = httpx.post(f"{url}/v1/predict", json=example).json()["forecasts"]
    assert len(found[0]["steps"]) == 6


@pytest.mark.slow
def test_networks_answer_by_their_graphs_where_pictures_and_texts_are_read_but_nothing_is_trained(
    tmp_path: Path,
) -> None:
    reading = _installed(tmp_path / "reading", "serve,images,text")
    for case in CASES:
        package = made(case, tmp_path / case)
        found = {}
        for kind, commands in {"slim": reading, "full": Path(sys.executable).parent}.items():
            done = ran(
                commands, "syllabus", "predict", package, "asked.parquet", f"{kind}.parquet", within=tmp_path / case
            )
            assert done.returncode == 0, (case, done.stderr)
            found[kind] = pl.read_parquet(tmp_path / case / f"{kind}.parquet")
        assert found["slim"]["predicted"].equals(found["full"]["predicted"]), case
    for library in ("torch", "transformers", "onnx", "sklearn"):
        assert ran(reading, "python", "-c", f"import {library}", within=tmp_path).returncode


@pytest.mark.slow
def test_what_needs_more_than_a_slim_install_names_the_extra(slim: Path, tmp_path: Path) -> None:
    package = packed(tmp_path / "mlp", people(900), TABLE, "mlp")
    people(3).write_csv(tmp_path / "in.csv")
    (tmp_path / "params.yaml").write_text("seed: 1\n")
    (tmp_path / "dvc.yaml").write_text("artifacts: {m: {path: p, type: model}}\n")
    needs = {
        "check": "train",
        "lock": "train",
        "models": "train",
        "promote": "train",
        "new shop --data in.csv --target buys": "train",
        f"predict {package} in.csv out.csv": "deep",
        f"sign {package} signed --key key.pem": "sign",
        f"predict {package} in.csv out.csv --key key.pem": "sign",
        f"predict {package} env:SHOP_URL out.csv --table t": "train",
    }
    for command, extra in needs.items():
        done = ran(slim, "syllabus", *command.split(), within=tmp_path)
        assert done.returncode == 1, command
        assert f'not installed: pip install "syllabus[{extra}]"' in done.stderr
        assert done.stderr.count("\n") == 1, done.stderr
    for program in ("stages.monitor package out", "flows.pipeline", "flows.retrain", "flows.serve"):
        done = ran(slim, "python", "-m", *program.split(), within=tmp_path)
        assert done.returncode == 1, program
        assert done.stderr.endswith('not installed: pip install "syllabus[train]"\n'), done.stderr
        assert done.stderr.count("\n") == 1, done.stderr
    assert ran(slim, "syllabus", "--help", within=tmp_path).returncode == 0
