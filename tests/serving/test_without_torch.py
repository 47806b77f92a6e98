"""A network answers by its graph where there is no torch: files, and requests over HTTP."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from pretrained_networks import of_texts
from problems import PICTURES, TEXTS, pictures, texts
from serving.packed import native, packed

TESTS = Path(__file__).parents[1]
PROGRAM = TESTS / "serving" / "without_torch.py"


def bars(rows: int = 200) -> pl.DataFrame:
    """Return pictures of bars as bare pixels, and which way each goes."""
    train, _, _ = pictures(PICTURES["pictures, three classes"], rows, seed=1)
    held = {"image": [one.tobytes() for one in train.arrays["image"]], "way": [f"way {one}" for one in train.labels]}
    return pl.DataFrame(held)


def sentences(rows: int = 160) -> pl.DataFrame:
    """Return sentences, and of which sort each is."""
    train, _, _ = texts(TEXTS["texts, three classes"], rows, seed=1)
    held = train.arrays["text"].tolist()
    return pl.DataFrame(
        {"said": [f"{one} {at}" for at, one in enumerate(held)], "way": [f"way {one}" for one in train.labels]}
    )


SHOWN: dict[str, Any] = {"modality": "images", "target": "way", "options": {"raw": [8, 8, 1]}}
SAID: dict[str, Any] = {"modality": "text", "target": "way", "options": {"columns": ["said"]}}
FEW = {"vocabulary": 300, "width": 32, "epochs": 3}
CASES: dict[str, tuple[Any, dict[str, Any], dict[str, Any]]] = {
    "cnn": (bars, SHOWN, {"epochs": 5}),
    "transformer": (sentences, SAID, FEW),
    "encoder": (sentences, SAID, {"unfrozen": 1, "epochs": 8}),
}


@pytest.mark.parametrize("name", CASES)
def test_a_network_answers_where_there_is_no_torch(name: str, tmp_path: Path) -> None:
    rows, said, chosen = CASES[name]
    if name == "encoder":
        chosen = chosen | {"pretrained": str(of_texts(tmp_path / "bert"))}
    package = packed(tmp_path, rows(), said, name, onnx=True, parquet=True, chosen=chosen)
    assert "reason" not in json.loads((package / "onnx.json").read_text())
    asked = rows()[:20].drop(said["target"])
    asked.write_parquet(tmp_path / "asked.parquet")
    plain = [
        {name: base64.b64encode(cell).decode() if isinstance(cell, bytes) else cell for name, cell in row.items()}
        for row in asked.to_dicts()
    ]
    words = [package, tmp_path / "asked.parquet", tmp_path / "out.parquet", json.dumps({"rows": plain})]
    done = subprocess.run(
        [sys.executable, str(PROGRAM), *map(str, words)],
        env={"PATH": "", "PYTHONPATH": f"{TESTS}:{TESTS.parent}", "SYLLABUS_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["runs"] == "onnxruntime"
    found = pl.read_parquet(tmp_path / "out.parquet")
    table = pl.scan_parquet(tmp_path / "table.parquet").filter(pl.col("row") <= 20).sort("row")
    kept = found.filter(pl.col("row").is_in(table.select("row").collect()["row"].to_list()))
    given = kept.select(pl.col("^probability .*$")).to_numpy()
    np.testing.assert_allclose(given, native(package, table), atol=1e-5)
    over_http = [list(one["probabilities"].values()) for one in told["answers"]["predictions"]]
    np.testing.assert_allclose(over_http, found.select(pl.col("^probability .*$")).to_numpy(), atol=1e-6)
    assert found["predicted"].n_unique() > 1
