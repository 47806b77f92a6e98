"""The services asked by their own OpenAPI documents: thousands of requests, right ones and wrong ones."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import forecast_packages
import numpy as np
import packed
import polars as pl
import pytest
from mixed import mixed_rows
from ratings import shelf
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


UNSAID = {"written", "texts", "pictures", "mixed", "ratings", "series", "days"}
"""JSON Schema has no words for dates in a way of writing of one's own, for which bytes are a picture, for texts that
cleaning takes as missing, where one is needed, and for rows whose moments follow each other."""


def package(kind: str, folder: Path) -> Path:
    if kind == "language":
        return packed.language(folder)
    if kind == "texts":
        said = {"modality": "text", "target": "buys", "options": {"columns": ["town", "name"]}}
        return packed.packed(folder, packed.people(300), said | {"cleaning": {"duplicates": "keep"}}, onnx=True)
    if kind == "ratings":
        said = {"modality": "ratings", "target": "stars", "task": "rating"}
        options = {"user": "reader", "item": "book", "range": [1, 5]}
        return packed.packed(folder, pl.DataFrame(shelf.rows()), said | {"options": options}, "factorization")
    if kind == "pictures":
        image, seen = np.random.default_rng(0).integers(0, 255, (200, 36), np.uint8), ["a", "b"] * 100
        frame = pl.DataFrame({"image": [one.tobytes() for one in image], "seen": seen})
        said = {"modality": "images", "target": "seen", "options": {"raw": [6, 6, 1]}}
        return packed.packed(folder, frame, said | {"cleaning": {"duplicates": "keep"}}, "cnn", parquet=True)
    if kind == "mixed":
        return packed.packed(folder, mixed_rows.rows(), mixed_rows.SAID["data"], "linear", parquet=True)
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


KINDS = [
    "classes", "native", "numbers", "written", "texts", "pictures", "mixed", "ratings", "series", "days", "language",
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_no_request_breaks_it_no_wrong_one_is_taken_and_no_right_one_refused(kind: str, tmp_path: Path) -> None:
    command = shutil.which("schemathesis", path=str(Path(sys.executable).parent))
    assert command is not None
    with running(str(package(kind, tmp_path)), "--most-rows", "50", "--most-tokens", "20", "--at-once", "1000") as (
        _,
        url,
    ):
        words = ["run", f"{url}/openapi.json", "--checks", "all", "--max-examples", "150", "--no-color", "--seed", "7"]
        words += ["--exclude-checks", "positive_data_acceptance"] if kind in UNSAID else []
        told = subprocess.run([command, *words], cwd=tmp_path, capture_output=True, text=True)
    said = "\n".join(line[:400] for line in told.stdout.splitlines())
    assert told.returncode == 0, said[-6000:]
    (count,) = COUNTED.findall(told.stdout)
    assert int(count.replace(",", "")) > 1000
