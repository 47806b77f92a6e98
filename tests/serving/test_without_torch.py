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
from mixed.mixed_rows import SAID as MIXED
from mixed.mixed_rows import SMALL, rows
from pretrained_networks import of_texts
from problems import PICTURES, TEXTS, pictures, texts
from serving.packed import native, packed

from syllabus import export, models
from syllabus.export import checking, weights

TESTS = Path(__file__).parents[1]
PROGRAM = TESTS / "serving" / "without_torch.py"
ASKED = 20
SHOWN: dict[str, Any] = {"modality": "images", "target": "way", "options": {"raw": [8, 8, 1]}}
SAID: dict[str, Any] = {"modality": "text", "target": "way", "options": {"columns": ["said"]}}


def bars() -> pl.DataFrame:
    """Return pictures of bars as bare pixels, and which way each goes."""
    train, _, _ = pictures(PICTURES["pictures, three classes"], 160, seed=1)
    held = {"image": [one.tobytes() for one in train.arrays["image"]], "way": [f"way {one}" for one in train.labels]}
    return pl.DataFrame(held)


def sentences() -> pl.DataFrame:
    """Return sentences, and of which sort each is."""
    train, _, _ = texts(TEXTS["texts, three classes"], 160, seed=1)
    said = [f"{one} {at}" for at, one in enumerate(train.arrays["text"].tolist())]
    return pl.DataFrame({"said": said, "way": [f"way {one}" for one in train.labels]})


def several() -> pl.DataFrame:
    """Return rows of several parts, of which each is missing in some."""
    at = pl.int_range(pl.len())
    holes = {"size": 7, "kind": 5, "title": 11, "image": 13}
    return rows().with_columns(pl.when(at % every != 3).then(name).alias(name) for name, every in holes.items())


PARTS = SMALL | {"parts": ["image", "text", "words", "columns"]}
HEARD: dict[str, Any] = {"text": {"columns": ["title"], "embeddings": "NETWORK", "words": 0, "themes": 0}}
CASES: dict[str, tuple[str, Any, dict[str, Any], dict[str, Any]]] = {
    "pictures": ("cnn", bars, SHOWN, {"epochs": 3}),
    "texts": ("transformer", sentences, SAID, {"vocabulary": 300, "width": 32, "epochs": 2}),
    "texts heard": ("encoder", sentences, SAID, {"unfrozen": 1, "epochs": 6, "pretrained": "NETWORK"}),
    "mixed": ("fusion", several, MIXED["data"], PARTS),
    "mixed heard": ("fusion", several, MIXED["data"] | {"options": MIXED["data"]["options"] | HEARD}, PARTS),
    "mixed as numbers": ("mlp", several, MIXED["data"], {}),
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, dict[str, Any]]]:
    """Return by case its package, beside which its answers stand, and what it answered over HTTP."""
    folder = tmp_path_factory.mktemp("packages")
    network = str(of_texts(folder / "bert"))
    packages, lines = {}, []
    for case, (name, made, *settings) in CASES.items():
        said, chosen = (json.loads(json.dumps(one).replace("NETWORK", network)) for one in settings)
        packages[case] = packed(folder / case, made(), said, name, onnx=True, parquet=True, chosen=chosen)
        asked = made()[:ASKED].drop(said["target"])
        asked.write_parquet(folder / case / "asked.parquet")
        words = [packages[case], folder / case / "asked.parquet", folder / case / "out.parquet"]
        lines.append(json.dumps([*map(str, words), {"rows": [_plain(row) for row in asked.to_dicts()]}]))
    done = subprocess.run(
        [sys.executable, str(PROGRAM)],
        input="\n".join(lines),
        env={"PATH": "", "PYTHONPATH": f"{TESTS}:{TESTS.parent}", "SYLLABUS_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return {case: (packages[case], one) for case, one in zip(CASES, found, strict=True)}


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
