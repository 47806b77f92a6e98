"""The services asked by their own OpenAPI documents: thousands of requests, right ones and wrong ones."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import forecast_packages
import packed
import polars as pl
import pytest
from services import running

COUNTED = re.compile(r"(\d[\d,]*) generated")
PLAIN: dict[str, Any] = {"modality": "tables", "target": "buys", "columns": {"since": "date", "name": "ignore"}}
NUMBERS = PLAIN | {"target": "paid", "task": "regression"}
GROUPS = {
    "threshold": 0.3,
    "positive": "yes",
    "across": "town",
    "groups": {"Bern": 0.4},
    "by": None,
    "says": "declared",
}


def package(kind: str, folder: Path) -> Path:
    if kind == "language":
        return packed.language(folder)
    if kind == "series":
        return forecast_packages.packed(folder, forecast_packages.hourly(300), forecast_packages.HOURLY)
    if kind == "days":
        return forecast_packages.packed(folder, forecast_packages.daily(), forecast_packages.DAILY)
    if kind == "written":  # dates and numbers as texts of their own
        return packed.packed(folder, packed.people(300), packed.TABLE, onnx=True)
    frame = packed.people(300).with_columns(
        pl.col("age", "paid").str.replace(",", ".").cast(pl.Float64, strict=False),
        pl.col("since").str.to_date("%d.%m.%Y"),
    )
    said = NUMBERS if kind == "numbers" else PLAIN
    beside = {} if kind == "numbers" else {"threshold": GROUPS}
    return packed.packed(folder, frame, said, onnx=kind != "native", parquet=True, **beside)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["classes", "native", "numbers", "written", "language", "series", "days"])
def test_no_request_breaks_it_no_wrong_one_is_taken_and_no_right_one_refused(kind: str, tmp_path: Path) -> None:
    command = shutil.which("schemathesis", path=str(Path(sys.executable).parent))
    assert command is not None
    with running(str(package(kind, tmp_path)), "--most-rows", "50", "--most-tokens", "20", "--at-once", "1000") as (
        _,
        url,
    ):
        words = ["run", f"{url}/openapi.json", "--checks", "all", "--max-examples", "150", "--no-color", "--seed", "7"]
        # JSON Schema has no words for the dates that exist in a way of writing of one's own, nor for rows whose moments
        # follow each other.
        words += ["--exclude-checks", "positive_data_acceptance"] if kind in ("written", "series", "days") else []
        told = subprocess.run([command, *words], cwd=tmp_path, capture_output=True, text=True)
    said = "\n".join(line[:400] for line in told.stdout.splitlines())
    assert told.returncode == 0, said[-6000:]
    (count,) = COUNTED.findall(told.stdout)
    assert int(count.replace(",", "")) > 1000
