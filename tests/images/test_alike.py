"""Pictures that stand in a source twice, exactly or nearly, are found by their hashes and never stand in two parts."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from PIL import Image

from syllabus import modalities, parts
from syllabus.frames import ROW
from syllabus.images import hashes
from syllabus.settings import Cleaning, Data, Split


def scene(seed: int) -> Image.Image:
    """Return a picture with large shapes, as photographs have them."""
    random = np.random.default_rng(seed)
    small = Image.fromarray(random.integers(0, 256, (6, 6, 3)).astype(np.uint8))
    return small.resize((64, 64), Image.Resampling.BICUBIC)


def again(image: Image.Image) -> Image.Image:
    """Return the picture as it comes back from a sender: smaller, and as a JPEG."""
    held = io.BytesIO()
    image.resize((48, 48)).save(held, "JPEG", quality=70)
    return Image.open(held)


def ingested(folder: Path, images: list[Image.Image], labels: list[str], **cleaning: Any) -> tuple[Data, Any, Any]:
    rows = []
    for image, label in zip(images, labels, strict=True):
        held = io.BytesIO()
        image.save(held, "PNG")
        rows.append({"image": held.getvalue(), "label": label})
    folder.mkdir(exist_ok=True)
    pl.DataFrame(rows).write_parquet(folder / "pictures.parquet")
    source = str(folder / "pictures.parquet")
    data = Data(modality="images", source=source, target="label", cleaning=Cleaning(**cleaning))
    report = modalities.load("images").read(data, folder / "out" / "table.parquet")
    return data, pl.read_parquet(folder / "out" / "table.parquet"), report


def test_a_picture_sent_again_has_nearly_the_same_hash_and_another_has_not() -> None:
    for seed in range(30):
        one, other = (np.asarray(image.resize((64, 64)), np.uint8) for image in (scene(seed), again(scene(seed))))
        far = [np.asarray(scene(seed + 100 + number), np.uint8) for number in range(5)]
        bits = [np.unpackbits(np.frombuffer(bytes.fromhex(hashes.perceptual(p)), np.uint8)) for p in (one, other, *far)]
        assert (bits[0] != bits[1]).sum() <= 6
        assert min((bits[0] != each).sum() for each in bits[2:]) > 16


def test_sets_are_those_that_comparing_all_pairs_would_find() -> None:
    random = np.random.default_rng(4)
    first = random.integers(0, 2, (60, 128)).astype(np.uint8)
    flipped = first[random.integers(0, 60, 100)]
    for row in flipped:
        row[random.choice(128, random.integers(0, 5), replace=False)] ^= 1
    bits = np.concatenate([first, flipped])
    told = [np.packbits(row).tobytes().hex() for row in bits]
    expected = np.arange(len(bits))
    for later in range(len(bits)):
        for earlier in range(later):
            near = (bits[later] != bits[earlier]).sum() <= 3
            if near and expected[earlier] == earlier and expected[later] == later:
                expected[later] = earlier
    found = hashes.alike(told, np.zeros((len(bits), 2)), 3)
    assert (found == expected).all()
    assert (found[60:] != np.arange(60, 160)).sum() > 50


def test_many_blank_pictures_take_no_time() -> None:
    told = ["0" * 32] * 20_000
    found = hashes.alike(told, np.zeros((len(told), 2)), 2)
    assert len(set(found.tolist())) < 1000


def test_the_same_pixels_in_another_file_are_a_duplicate_and_can_be_kept(tmp_path: Path) -> None:
    images, labels = [scene(n) for n in range(6)], ["a", "b"] * 3
    images, labels = [*images, images[0], images[1]], [*labels, "a", "a"]
    _, table, report = ingested(tmp_path / "drop", images, labels)
    dropped = [one for one in report["changes"] if one["rule"] == "duplicates"]
    assert [one["rows"] for one in dropped] == [1]
    assert dropped[0]["examples"] == [{ROW: 7}]
    assert "keep_rows: [7]" in dropped[0]["undo"]
    flagged = {one["kind"]: one for one in report["flags"]}
    assert flagged["contradictions"]["examples"][0]["rows"] == [2, 8]
    assert ingested(tmp_path / "keep", images, labels, keep_rows=(7,))[1].height == 8
    assert table.height == 7
    _, left, _ = ingested(tmp_path / "contradict", images, labels, contradictions="drop")
    assert set(left[ROW]) == {1, 3, 4, 5, 6}


def test_near_duplicates_are_flagged_or_dropped(tmp_path: Path) -> None:
    images = [scene(n) for n in range(6)]
    images += [again(images[2])]
    labels = ["a", "b", "a", "b", "a", "b", "a"]
    _, table, report = ingested(tmp_path / "flag", images, labels)
    assert [one["rows"] for one in report["flags"] if one["kind"] == "look_alike"] == [1]
    assert report["compared"] == {"equal": ["sha256"], "nearly": ["alike"]}
    assert table.height == 7
    _, table, report = ingested(tmp_path / "drop", images, labels, near_duplicates="drop")
    assert 7 not in table[ROW]
    assert report["flags"] == []


@pytest.mark.parametrize("method", ["stratified", "random"])
def test_what_looks_alike_stays_in_one_part_and_one_fold(tmp_path: Path, method: str) -> None:
    images = [scene(n) for n in range(60)]
    images += [again(image) for image in images]
    data, table, _ = ingested(tmp_path, images, ["a", "b"] * 60)
    modality = modalities.load("images")
    split = Split(method=method)
    placed = modality.split(table.lazy(), data, split, seed=3)
    assert placed[ROW].to_list() == table[ROW].to_list()
    together = (
        table.select(ROW, "alike").join(placed, on=ROW).group_by("alike").agg(pl.col("part").n_unique(), pl.len())
    )
    assert together["len"].max() > 1
    assert together["part"].max() == 1
    codes = modality.folds(table, data, split, 5, seed=3)
    folded = (
        table.select("alike").with_columns(pl.Series("fold", codes)).group_by("alike").agg(pl.col("fold").n_unique())
    )
    assert folded["fold"].max() == 1
    taken = {name: parts.part(table.lazy(), placed, name) for name in ("train", "validation", "test")}
    told = parts.report(taken, "label", (), "classification", {"equal": ["sha256"], "nearly": ["alike"]})
    assert told["test rows nearly in train"] == told["test rows also in train"] == 0


def test_a_leak_between_parts_is_told(tmp_path: Path) -> None:
    _, table, _ = ingested(tmp_path, [scene(1), scene(2), scene(1), scene(3)], ["a", "b", "a", "b"], duplicates="keep")
    taken = {"train": table[:2].lazy(), "validation": table[:2].lazy(), "test": table[2:].lazy()}
    told = parts.report(taken, "label", (), "classification", {"equal": ["sha256"], "nearly": ["alike"]})
    assert told["test rows also in train"] == 1
    assert told["test rows nearly in train"] == 1


@pytest.mark.parametrize("folded", [False, True])
def test_classes_stand_in_the_declared_shares_where_one_class_has_large_sets(folded: bool) -> None:
    random = np.random.default_rng(6)
    labels = np.repeat(["one", "two"], 1000)
    sets = np.where(labels == "one", random.integers(0, 150, 2000), np.arange(1000, 3000))
    table = pl.DataFrame({ROW: np.arange(1, 2001), "label": labels, "alike": sets})
    data = Data(modality="images", source="p", target="label")
    modality = modalities.load("images")
    if folded:
        placed = table.with_columns(pl.Series("part", modality.folds(table, data, Split(), 5, seed=2)))
        shares = dict.fromkeys(range(5), 0.2)
    else:
        placed = table.join(modality.split(table.lazy(), data, Split(), seed=2), on=ROW)
        shares = {"train": 0.8, "validation": 0.1, "test": 0.1}
    for label in ("one", "two"):
        few = placed.filter(pl.col("label") == label)
        for part, share in shares.items():
            assert len(few.filter(pl.col("part") == part)) / len(few) == pytest.approx(share, abs=0.012)
