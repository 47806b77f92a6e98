"""Pictures come from class folders, from a table of bytes, of bare pixels, or of paths; settings are told by line."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from jsonschema import Draft202012Validator
from PIL import Image
from projects import ROOT
from ruamel.yaml import YAML

from syllabus import batches, modalities, params, schema
from syllabus.errors import Unmet
from syllabus.settings import Cleaning, Data

PIXELS = np.random.default_rng(5).integers(0, 256, (12, 9, 7, 3)).astype(np.uint8)
LABELS = ["odd" if number % 2 else " even " for number in range(12)]


def png(pixels: Any) -> bytes:
    held = io.BytesIO()
    Image.fromarray(pixels).save(held, "PNG")
    return held.getvalue()


def read(where: Path, source: str, target: str = "label", **options: Any) -> tuple[pl.DataFrame, dict[str, Any]]:
    usual = {"size": [9, 7]} | options
    data = Data(modality="images", source=source, target=target, options=usual, cleaning=Cleaning(strip=True))
    modality = modalities.load("images")
    report = modality.read(data, where / "out" / "table.parquet")
    table = pl.read_parquet(where / "out" / "table.parquet")
    assert set(table.columns) == {"row", *modality.columns(data)}
    return table, report


def held(table: pl.DataFrame) -> np.ndarray[Any, Any]:
    pixels = np.frombuffer(b"".join(table.sort("row")["pixels"].to_list()), np.uint8)
    return pixels.reshape(len(table), 9, 7, -1)


def test_folders_by_class(tmp_path: Path) -> None:
    for number, (pixels, label) in enumerate(zip(PIXELS, LABELS, strict=True)):
        path = tmp_path / "pictures" / label.strip() / f"deeper/{number:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(pixels))
    (tmp_path / "pictures" / "odd" / ".DS_Store").write_text("hidden files are no pictures")
    table, report = read(tmp_path, str(tmp_path / "pictures"), target="sort")
    assert table["sort"].to_list() == ["even"] * 6 + ["odd"] * 6
    assert table["path"][0] == "even/deeper/00.png"
    assert (held(table) == PIXELS[[*range(0, 12, 2), *range(1, 12, 2)]]).all()
    assert report["changes"] == []
    before = report["source"]["sha256"]
    (tmp_path / "pictures" / "odd" / "deeper" / "01.png").write_bytes(png(PIXELS[1][::-1]))
    assert read(tmp_path, str(tmp_path / "pictures"), target="sort")[1]["source"]["sha256"] != before


def test_a_table_of_bytes_keeps_its_other_columns_and_cleans_them(tmp_path: Path) -> None:
    rows = {"image": [png(one) for one in PIXELS], "label": LABELS, "title": [f"t{n}" for n in range(12)]}
    pl.DataFrame(rows).write_parquet(tmp_path / "p.parquet")
    table, report = read(tmp_path, str(tmp_path / "p.parquet"))
    assert (held(table) == PIXELS).all()
    assert set(table["label"]) == {"odd", "even"}
    assert table["title"].to_list() == rows["title"]
    assert [one["rule"] for one in report["changes"]] == ["strip"]


def test_bare_pixels_of_a_declared_shape(tmp_path: Path) -> None:
    rows = {"raw": [one.tobytes() for one in PIXELS[:-1]] + [b"short"], "label": LABELS}
    pl.DataFrame(rows).write_parquet(tmp_path / "p.parquet")
    table, report = read(tmp_path, str(tmp_path / "p.parquet"), picture="raw", raw=[9, 7, 3], size=None)
    assert (held(table) == PIXELS[:-1]).all()
    assert [(one["rule"], one["rows"]) for one in report["changes"]] == [("strip", 6), ("unreadable", 1)]
    assert report["changes"][1]["examples"][0]["after"] == "not 9 × 7 × 3 bytes"
    grey, _ = read(tmp_path, str(tmp_path / "p.parquet"), picture="raw", raw=[9, 7, 3], colours="grey")
    assert held(grey).shape == (11, 9, 7, 1)


def test_a_csv_of_paths(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    (tmp_path / "secret.png").write_bytes(png(PIXELS[0]))
    for number, one in enumerate(PIXELS[:-2]):
        (tmp_path / "pictures" / f"{number}.png").write_bytes(png(one))
    names = [*(f"{number}.png" for number in range(10)), "../secret.png", "gone.png"]
    lines = [f"{name},{label}" for name, label in zip(names, LABELS, strict=True)]
    (tmp_path / "list.csv").write_text("\n".join(["file,label", *lines]) + "\n")
    table, report = read(tmp_path, str(tmp_path / "list.csv"), picture="file", folder=str(tmp_path / "pictures"))
    assert table["path"].to_list() == names[:10]
    assert (held(table) == PIXELS[:10]).all()
    told = [one for one in report["changes"] if one["rule"] == "unreadable"]
    assert told[0]["rows"] == 2
    assert {one["after"] for one in told[0]["examples"]} == {"no such file"}
    before = report["source"]["sha256"]
    (tmp_path / "pictures" / "3.png").write_bytes(png(PIXELS[11]))
    changed = read(tmp_path, str(tmp_path / "list.csv"), picture="file", folder=str(tmp_path / "pictures"))[1]
    assert changed["source"]["sha256"] != before


def test_a_table_without_pictures_is_one_sentence(tmp_path: Path) -> None:
    pl.DataFrame({"image": [png(PIXELS[0])], "label": ["a"]}).write_parquet(tmp_path / "p.parquet")
    with pytest.raises(Unmet, match=r"data\.options\.picture: imgae is not a column of .*; did you mean image\?"):
        read(tmp_path, str(tmp_path / "p.parquet"), picture="imgae")
    (tmp_path / "list.csv").write_text("image,label\na.png,a\n")
    with pytest.raises(
        Unmet, match=r"column image of .* holds String, and a picture is given as bytes, or as its path"
    ):
        read(tmp_path, str(tmp_path / "list.csv"))


def test_a_column_that_ingest_would_add_is_one_sentence(tmp_path: Path) -> None:
    pl.DataFrame({"image": [png(PIXELS[0])], "label": ["a"], "width": [1]}).write_parquet(tmp_path / "p.parquet")
    with pytest.raises(Unmet, match="its column width has the name of one that ingest adds; rename it"):
        read(tmp_path, str(tmp_path / "p.parquet"))


def test_pictures_are_read_in_batches_and_give_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pl.DataFrame({"image": [png(one) for one in PIXELS], "label": LABELS}).write_parquet(tmp_path / "p.parquet")
    table, _ = read(tmp_path, str(tmp_path / "p.parquet"))
    data = Data(modality="images", source="p", target="label", options={"size": [9, 7]})
    modality = modalities.load("images")
    learned = modality.learn(table.lazy(), data)
    monkeypatch.setattr(modality, "HELD", 5 * 9 * 7 * 3)
    examples = modality.examples(table.lazy(), learned)
    assert isinstance(examples.arrays, batches.Batched)
    assert [len(some["image"]) for some in examples.batches()] == [5, 5, 2]
    assert (np.concatenate([some["image"] for some in examples.batches()]) == PIXELS).all()
    assert (examples.arrays["image"] == PIXELS).all()


def project(folder: Path, **data: Any) -> Path:
    said = YAML(typ="safe").load((ROOT / "examples/digits/params.yaml").read_text())
    said["data"] |= data
    (folder / "params.yaml").write_text(json.dumps(said, indent=1))
    return folder / "params.yaml"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"options": {"raww": [28, 28, 1]}}, r":\d+: data\.options\.raww: unknown key raww; did you mean raw\?"),
        ({"options": {"raw": [28, 28, 2]}}, r":\d+: data\.options\.raw\.2: received 2; Valid: 1, 3"),
        ({"options": {"size": [0, 8]}}, r":\d+: data\.options\.size\.0: input should be greater than or equal to 1"),
        ({"options": {"fit": "padd"}}, r":\d+: data\.options\.fit: received 'padd'; did you mean pad\?"),
        ({"texts": {"label": {"words": 3}}}, r":\d+: data\.texts: says nothing of images"),
        ({"cleaning": {"gaps": {"numeric": "mean"}}}, r":\d+: data\.cleaning\.gaps: says nothing of images"),
        ({"modality": "tables", "options": {"raw": [1, 1, 1]}}, r":\d+: data\.options\.raw: unknown key raw"),
        ({"modality": "imags"}, r":\d+: data\.modality: unknown modality imags; did you mean images\?"),
    ],
)
def test_what_is_wrong_in_the_options_is_told_with_its_line(tmp_path: Path, data: dict[str, Any], said: str) -> None:
    with pytest.raises(Unmet, match=said):
        params.read(project(tmp_path, **data))


def test_a_folder_of_pictures_that_no_stage_follows_is_told(tmp_path: Path) -> None:
    path = project(tmp_path, options={"folder": "data/pictures", "picture": "file"})
    (tmp_path / "dvc.yaml").write_text("stages:\n  ingest:\n    deps:\n      - data/list.csv\n")
    with pytest.raises(Unmet, match=r":\d+: data\.options: no stage in dvc\.yaml depends on data/pictures"):
        params.read(path)
    (tmp_path / "dvc.yaml").write_text("stages:\n  ingest:\n    deps:\n      - data/pictures/\n")
    assert params.read(path).data.options["folder"] == "data/pictures"


def test_the_schema_knows_the_options_of_each_modality(tmp_path: Path) -> None:
    known = Draft202012Validator(schema.schema(ROOT))
    said = json.loads(project(tmp_path).read_text())
    assert list(known.iter_errors(said)) == []
    said["data"]["options"]["fit"] = "padd"
    assert "padd" in str(next(known.iter_errors(said)))
    said["data"] |= {"modality": "tables", "options": {}}
    assert list(known.iter_errors(said)) == []


def test_without_pillow_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pl.DataFrame({"image": [png(one) for one in PIXELS], "label": LABELS}).write_parquet(tmp_path / "p.parquet")
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(Unmet, match=r'not installed: pip install "syllabus\[images\]"$'):
        read(tmp_path, str(tmp_path / "p.parquet"))
    assert not (tmp_path / "out" / "table.scratch").exists()


def test_the_picture_is_not_the_target(tmp_path: Path) -> None:
    pl.DataFrame({"image": [png(pixels) for pixels in PIXELS], "label": LABELS}).write_parquet(tmp_path / "a.parquet")
    with pytest.raises(Unmet, match=r"picture: image is the target, which would tell itself: name another column"):
        read(tmp_path, str(tmp_path / "a.parquet"), target="image")


def test_the_target_of_folders_is_not_named_as_the_column_of_their_files(tmp_path: Path) -> None:
    for number, pixels in enumerate(PIXELS):
        path = tmp_path / "pictures" / "ab"[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(pixels))
    with pytest.raises(Unmet, match=r"data\.target: path is what the column of the files' names is called"):
        read(tmp_path, str(tmp_path / "pictures"), target="path")
