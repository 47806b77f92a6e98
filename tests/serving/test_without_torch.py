"""A network answers by its graph where there is no torch: files, and requests over HTTP."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import forecast_packages
import numpy as np
import polars as pl
import pytest
from forecast_packages import DAILY, daily
from serving.network_packages import ASKED, CASES, made
from serving.packed import native

from syllabus import export, models
from syllabus.cli import main
from syllabus.export import checking, weights

TESTS = Path(__file__).parents[1]
PROGRAM = TESTS / "serving" / "without_torch.py"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, dict[str, Any]]]:
    """Return by case its package, beside which its answers stand, and what it answered over HTTP."""
    folder = tmp_path_factory.mktemp("packages")
    packages, lines = {case: made(case, folder / case) for case in CASES}, []
    for case, package in packages.items():
        files = [folder / case / f"{name}.parquet" for name in ("asked", "out")]
        rows = [_plain(row) for row in pl.read_parquet(files[0]).to_dicts()]
        lines.append(json.dumps([*map(str, (package, *files)), {"rows": rows}]))
    return {case: (packages[case], one) for case, one in zip(CASES, _without_torch(lines), strict=True)}


def _without_torch(lines: list[str]) -> list[dict[str, Any]]:
    """Return what is answered over HTTP to each of some requests."""
    done = subprocess.run(
        [sys.executable, str(PROGRAM)],
        input="\n".join(lines),
        env={"PATH": "", "PYTHONPATH": f"{TESTS}:{TESTS.parent}", "SYLLABUS_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: base64.b64encode(cell).decode() if isinstance(cell, bytes) else cell for name, cell in row.items()}


@pytest.mark.parametrize("case", CASES)
def test_a_network_answers_where_there_is_no_torch(case: str, told: dict[str, tuple[Path, dict[str, Any]]]) -> None:
    package, over_http = told[case]
    assert over_http["runs"] == "onnxruntime"
    found = pl.read_parquet(package.parent / "out.parquet")
    probabilities = found.select(pl.col("^probability .*$")).to_numpy()
    table = pl.scan_parquet(package.parent / "table.parquet").filter(pl.col("row") <= ASKED).sort("row")
    off = checking.BEHIND if case == "mixed heard" else weights.IN_LAYERS
    kept = found["row"].is_in(table.select("row").collect()["row"].to_list()).to_numpy()
    np.testing.assert_allclose(probabilities[kept], native(package, table), rtol=0, atol=off)
    answers = [list(one["probabilities"].values()) for one in over_http["answers"]["predictions"]]
    np.testing.assert_allclose(answers, probabilities, rtol=0, atol=off)
    assert kept.sum() > ASKED / 2
    assert len(np.unique(probabilities.round(4), axis=0)) > 5


@pytest.mark.parametrize("case", CASES)
def test_a_model_gives_the_same_bytes_when_it_was_saved_and_loaded(
    case: str, told: dict[str, tuple[Path, dict[str, Any]]]
) -> None:
    package, _ = told[case]
    schema = pl.scan_parquet(package.parent / "test.parquet").collect_schema()
    assert export.written(models.load(package / "model"), schema) == (package / "model.onnx").read_bytes()
    assert {"file", "how", "difference", "changed"} <= json.loads((package / "onnx.json").read_text())["small"].keys()


def test_series_are_gone_on_from_where_there_is_no_torch(tmp_path: Path) -> None:
    package = forecast_packages.packed(tmp_path, daily(), DAILY, "lstm", onnx=True)
    told = json.loads((package / "onnx.json").read_text())
    assert told["difference"] < 1e-3, told
    daily().write_csv(tmp_path / "in.csv")
    example = json.loads((package / "example.json").read_text())
    files = [package, tmp_path / "in.csv", tmp_path / "slim.parquet"]
    (answered,) = _without_torch([json.dumps([*map(str, files), example])])
    main(["predict", str(package), str(tmp_path / "in.csv"), str(tmp_path / "full.parquet")])
    slim, full = (pl.read_parquet(tmp_path / f"{name}.parquet") for name in ("slim", "full"))
    assert slim["day"].equals(full["day"])
    numbers = ("predicted", "low", "high")
    np.testing.assert_allclose(slim.select(numbers).to_numpy(), full.select(numbers).to_numpy(), rtol=1e-5)
    assert answered["runs"] == "onnxruntime"
    assert "error" not in answered["answers"]
