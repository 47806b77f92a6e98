"""Packages of networks that read pictures, texts and rows of both, each with its graph, and rows to ask them about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
from mixed.mixed_rows import SAID as MIXED
from mixed.mixed_rows import SMALL, rows
from pretrained_networks import of_texts
from problems import PICTURES, TEXTS, pictures, texts
from serving.packed import packed

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


def made(case: str, folder: Path) -> Path:
    """Write a package, and `asked.parquet` beside it."""
    name, rows_of, *settings = CASES[case]
    network = folder / "bert"
    if "NETWORK" in json.dumps(settings):
        of_texts(network)
    said, chosen = (json.loads(json.dumps(one).replace("NETWORK", str(network))) for one in settings)
    package = packed(folder, rows_of(), said, name, onnx=True, parquet=True, chosen=chosen)
    rows_of()[:ASKED].drop(said["target"]).write_parquet(folder / "asked.parquet")
    return package
