"""Every picture that is not what it seems is dropped or converted as declared, counted, and never ends the run."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from PIL import Image

from syllabus import modalities
from syllabus.errors import Unmet
from syllabus.images import pictures
from syllabus.images.options import Options
from syllabus.settings import Cleaning, Data

COLOURS = np.random.default_rng(0).integers(0, 256, (40, 30, 3)).astype(np.uint8)


def file(image: Image.Image, kind: str, **options: Any) -> bytes:
    held = io.BytesIO()
    image.save(held, kind, **options)
    return held.getvalue()


def colours() -> Image.Image:
    return Image.fromarray(COLOURS)


def project(folder: Path, **odd: bytes) -> Path:
    """Write two classes of sound pictures, and the odd ones, by their names, beside the first."""
    random = np.random.default_rng(1)
    for name in ("cat", "dog"):
        (folder / "pets" / name).mkdir(parents=True)
        for number in range(4):
            pixels = random.integers(0, 256, (16, 16, 3)).astype(np.uint8)
            Image.fromarray(pixels).save(folder / "pets" / name / f"{number}.png")
    for name, content in odd.items():
        (folder / "pets" / "cat" / name.replace("__", ".")).write_bytes(content)
    return folder


def read(folder: Path, cleaning: dict[str, Any] | None = None, **options: Any) -> tuple[pl.DataFrame, dict[str, Any]]:
    data = Data(
        modality="images",
        source=str(folder / "pets"),
        target="animal",
        options={"size": [16, 16]} | options,
        cleaning=Cleaning(**cleaning or {}),
    )
    report = modalities.load("images").read(data, folder / "out" / "table.parquet")
    return pl.read_parquet(folder / "out" / "table.parquet"), report


def change(report: dict[str, Any], rule: str) -> dict[str, Any]:
    found = [one for one in report["changes"] if one["rule"] == rule]
    assert len(found) == 1, report["changes"]
    return found[0]


def bomb(width: int, height: int) -> bytes:
    """Return a PNG of so many white pixels, in a few hundred bytes for each thousand rows."""

    def chunk(kind: bytes, held: bytes) -> bytes:
        return struct.pack(">I", len(held)) + kind + held + struct.pack(">I", zlib.crc32(kind + held))

    squeezed, row = zlib.compressobj(9), b"\0" + b"\xff" * -(-width // 8)
    body = b"".join(squeezed.compress(row) for _ in range(height)) + squeezed.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def test_a_truncated_jpeg_is_dropped_and_told(tmp_path: Path) -> None:
    whole = file(colours(), "JPEG")
    table, report = read(project(tmp_path, half__jpg=whole[: len(whole) // 2]))
    told = change(report, "unreadable")
    assert told["rows"] == 1
    assert told["examples"][0]["before"] == "half.jpg"
    assert "truncated" in told["examples"][0]["after"]
    assert told["undo"] is None
    assert len(table) == report["rows"] == 8
    assert report["source"]["rows"] == 9
    assert told["examples"][0]["row"] not in table["row"]


def test_a_text_named_png_is_dropped_and_told(tmp_path: Path) -> None:
    table, report = read(project(tmp_path, note__png=b"this is no picture", empty__png=b""))
    told = change(report, "unreadable")
    assert told["rows"] == 2
    assert {one["after"] for one in told["examples"]} == {"no picture of a known format"}
    assert len(table) == 8


def test_a_bomb_is_dropped_before_it_is_decoded(tmp_path: Path) -> None:
    import resource

    content = bomb(30_000, 30_000)
    assert len(content) < 200_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    table, report = read(project(tmp_path, bomb__png=content))
    told = change(report, "too_large")
    assert told["examples"][0]["after"] == "30,000 × 30,000 pixels"
    assert told["undo"] == "`options: {most_pixels: …}`"
    assert len(table) == 8
    # Its pixels would take 900 million bytes.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400_000


def test_a_larger_picture_than_is_allowed_is_kept_where_more_is_allowed(tmp_path: Path) -> None:
    content = bomb(2000, 1000)
    assert len(read(project(tmp_path / "less", wide__png=content), most_pixels=1_999_999)[0]) == 8
    table, _ = read(project(tmp_path / "more", wide__png=content), most_pixels=2_000_000)
    assert table.filter(pl.col("width") == 2000)["mode"].to_list() == ["1"]


@pytest.mark.parametrize("how", ["first", "drop"])
def test_an_animated_picture_is_read_as_declared(tmp_path: Path, how: str) -> None:
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "blue", "green")]
    moving = file(frames[0], "GIF", save_all=True, append_images=frames[1:])
    table, report = read(project(tmp_path, moving__gif=moving), animated=how)
    told = change(report, "animated")
    assert told["rows"] == 1
    if how == "drop":
        assert len(table) == 8
        assert told["undo"] == "`options: {animated: first}`"
        return
    held = table.filter(pl.col("format") == "GIF")["pixels"][0]
    assert held == bytes([255, 0, 0]) * 256
    assert (told["examples"][0]["before"], told["examples"][0]["after"]) == ("3 frames", "the first")


@pytest.mark.parametrize("how", ["convert", "drop"])
def test_colours_of_print_are_read_as_declared(tmp_path: Path, how: str) -> None:
    ink = file(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG")
    table, report = read(project(tmp_path, ink__jpg=ink), cmyk=how)
    assert change(report, "cmyk")["rows"] == 1
    assert len(table) == (8 if how == "drop" else 9)
    if how == "convert":
        red = np.frombuffer(table.filter(pl.col("mode") == "CMYK")["pixels"][0], np.uint8).reshape(-1, 3).mean(axis=0)
        assert red[0] > 200
        assert red[1] < 60


@pytest.mark.parametrize("how", ["convert", "drop"])
def test_sixteen_bits_are_read_as_declared(tmp_path: Path, how: str) -> None:
    deep = file(Image.fromarray(np.full((16, 16), 200 * 256, np.uint16)), "PNG")
    table, report = read(project(tmp_path, deep__png=deep), deep=how, colours="grey")
    assert change(report, "deep")["rows"] == 1
    assert len(table) == (8 if how == "drop" else 9)
    if how == "convert":
        assert table.filter(pl.col("mode").str.starts_with("I"))["pixels"][0] == bytes([200]) * 256


def test_what_can_be_seen_through_is_put_on_white(tmp_path: Path) -> None:
    glass = file(Image.new("RGBA", (16, 16), (0, 0, 0, 0)), "PNG")
    table, report = read(project(tmp_path, glass__png=glass))
    assert change(report, "transparent")["rows"] == 1
    assert table.filter(pl.col("mode") == "RGBA")["pixels"][0] == bytes([255]) * 768


def test_a_picture_is_turned_upright(tmp_path: Path) -> None:
    lying = Image.new("RGB", (32, 16), "black")
    lying.paste("white", (0, 0, 8, 16))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter to the right
    table, report = read(project(tmp_path, turned__png=file(lying, "PNG", exif=exif)), size=[32, 16])
    assert change(report, "orientation")["rows"] == 1
    held = table.filter(pl.col("width") == 32)
    pixels = np.frombuffer(held["pixels"][0], np.uint8).reshape(32, 16, 3)
    assert pixels[:8].min() == 255
    assert pixels[8:].max() == 0


@pytest.mark.parametrize("shape", ["pad", "crop", "stretch"])
def test_every_picture_gets_the_declared_size(tmp_path: Path, shape: str) -> None:
    wide = Image.new("RGB", (64, 16), "white")
    table, report = read(project(tmp_path, wide__png=file(wide, "PNG")), fit=shape)
    assert {len(held) for held in table["pixels"]} == {16 * 16 * 3}
    assert change(report, "size")["examples"][0]["before"] == "64 × 16"
    pixels = np.frombuffer(table.filter(pl.col("width") == 64)["pixels"][0], np.uint8)
    assert (pixels.min() == 0) == (shape == "pad")


def test_a_class_of_one_picture_is_learned_and_never_only_examined(tmp_path: Path) -> None:
    folder = project(tmp_path)
    (folder / "pets" / "emu").mkdir()
    (folder / "pets" / "emu" / "only.png").write_bytes(file(colours(), "PNG"))
    for name in ("cat", "dog"):
        for number in range(4, 24):
            pixels = np.random.default_rng(number).integers(0, 256, (16, 16, 3)).astype(np.uint8)
            Image.fromarray(pixels if name == "cat" else pixels[::-1]).save(folder / "pets" / name / f"{number}.png")
    table, _ = read(folder)
    data = Data(modality="images", source=str(folder / "pets"), target="animal", options={"size": [16, 16]})
    from syllabus.settings import Split

    placed = modalities.load("images").split(table.lazy(), data, Split(), seed=1)
    only = table.filter(pl.col("animal") == "emu")["row"][0]
    assert placed.filter(pl.col("row") == only)["part"].to_list() == ["train"]


def test_refusing_names_the_file_and_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(
        Unmet, match=r"row \d+: note\.png is no picture that can be learned from: no picture of a known"
    ):
        read(project(tmp_path, note__png=b"text"), broken="refuse")


def test_a_folder_without_any_picture_is_one_sentence(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        (tmp_path / "pets" / name / "x.png").write_text("text")
    with pytest.raises(Unmet, match=r"no picture can be learned from: the first is x\.png"):
        read(tmp_path)


def test_a_folder_of_one_class_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "pets" / "cat").mkdir(parents=True)
    (tmp_path / "pets" / "stray.png").write_text("text")
    with pytest.raises(
        Unmet, match=r"a folder for each class, at least two; it holds 1 folder and files such as stray"
    ):
        read(tmp_path)


@pytest.mark.parametrize("place", range(0, 1000, 37))
def test_damage_anywhere_is_read_or_dropped_and_nothing_else(place: int) -> None:
    options = Options(size=(16, 16))
    for kind in ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "PPM"):
        content = bytearray(file(colours(), kind))
        at = place * len(content) // 1000
        content[at : at + 4] = b"\xff\x00\x80\x7f"
        with pictures.pillow():
            for held in (bytes(content), bytes(content[:at])):
                found = opened(held, options)
                if isinstance(found, pictures.Dropped):
                    assert found.rule in ("unreadable", "too_large")
                    assert "object at 0x" not in found.why
                else:
                    assert found.pixels.shape == (16, 16, 3)


def opened(held: bytes, options: Options) -> pictures.Picture | pictures.Dropped:
    try:
        return pictures.opened(held, options)
    except pictures.Dropped as dropped:
        return dropped
