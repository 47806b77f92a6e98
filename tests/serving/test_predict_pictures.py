"""`syllabus predict` on pictures: a folder, a pattern or a table of them; each answered as the model does, or told why not."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from PIL import Image
from serving.packed import packed

from syllabus import frames, models
from syllabus.cli import main
from syllabus.images import asking
from syllabus.serving import batch

SAID = {"modality": "images", "target": "label", "options": {"size": [8, 8], "colours": "grey"}}


def picture(bright: bool, seed: int) -> bytes:
    draw = np.random.default_rng(seed)
    pixels = draw.integers(150, 256, (9, 12)) if bright else draw.integers(0, 100, (9, 12))
    held = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(held, "PNG")
    return held.getvalue()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    frame = pl.DataFrame(
        {
            "image": [picture(seed % 2 == 0, seed) for seed in range(200)],
            "label": ["bright" if seed % 2 == 0 else "dark" for seed in range(200)],
        }
    )
    return packed(tmp_path_factory.mktemp("pictures"), frame, SAID, "cnn", parquet=True)


@pytest.fixture
def shown(tmp_path: Path) -> Path:
    """Return a folder of five pictures, one of them broken, and what is no picture."""
    folder = tmp_path / "shown"
    (folder / "more").mkdir(parents=True)
    for name, bright, seed in (("a.png", True, 1000), ("b.png", False, 1001), ("more/c.PNG", True, 1002)):
        (folder / name).write_bytes(picture(bright, seed))
    (folder / "broken.png").write_bytes(picture(True, 1003)[:60])
    (folder / "note.txt").write_text("no picture")
    (folder / ".hidden.png").write_bytes(b"")
    return folder


def predict(package: Path, source: Any, out: Path, *words: str) -> pl.DataFrame:
    main(["predict", str(package), str(source), str(out), *words])
    return pl.read_parquet(out)


def test_a_folder_of_pictures_is_answered_by_file(made: Path, shown: Path, tmp_path: Path) -> None:
    found = predict(made, shown, tmp_path / "out.parquet")
    assert dict(found.select("file", "predicted").iter_rows()) == {
        "a.png": "bright",
        "b.png": "dark",
        "more/c.PNG": "bright",
    }
    wrong = pl.read_parquet(tmp_path / "out.rejects.parquet")
    assert wrong["file"].to_list() == ["broken.png", "note.txt"]
    assert wrong["reason"].str.starts_with("image: ").all()
    assert sorted([*found["row"], *wrong["row"]]) == [1, 2, 3, 4, 5]


def test_a_pattern_and_one_file_are_answered_as_the_folder(made: Path, shown: Path, tmp_path: Path) -> None:
    whole = predict(made, shown, tmp_path / "out.parquet")
    some = predict(made, f"{shown}/[ab].png", tmp_path / "some.parquet")
    assert some["file"].to_list() == [f"{shown}/a.png", f"{shown}/b.png"]
    one = predict(made, shown / "a.png", tmp_path / "one.parquet")
    for name in ("probability bright", "probability dark"):
        assert some[name].to_list() == whole[name].to_list()[:2]
        assert one[name].to_list() == whole[name].to_list()[:1]


def test_a_table_of_pictures_is_answered_as_the_model_does(made: Path, tmp_path: Path) -> None:
    found = predict(made, made.parent / "learned.parquet", tmp_path / "out.parquet", "--keep", "label")
    assert "image" not in found.columns
    assert (found["label"] == found["predicted"]).mean() > 0.9
    table = frames.scan(made.parent / "table.parquet").sort("row")
    given = models.load(made / "model").predict(table)
    rows = table.select("row").collect()["row"]
    classes = models.load(made / "model").encoding.task.classes
    same = found.filter(pl.col("row").is_in(rows.to_list())).select(f"probability {name}" for name in classes)
    assert np.array_equal(same.to_numpy(), given)


def test_names_of_files_in_a_table_are_not_opened(made: Path, shown: Path, tmp_path: Path) -> None:
    pl.DataFrame({"image": [str(shown / "a.png")]}).write_parquet(tmp_path / "names.parquet")
    assert predict(made, tmp_path / "names.parquet", tmp_path / "out.parquet").is_empty()
    wrong = pl.read_parquet(tmp_path / "out.rejects.parquet")
    told = "image: a text that is no base64; a picture is given by its bytes, as text in base64"
    assert wrong["reason"].to_list() == [told]


def test_pictures_go_on_where_a_run_was_cut_off(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for seed in range(10):
        (folder / f"{seed}.png").write_bytes(picture(seed % 2 == 0, seed))
    from syllabus.modalities import images

    monkeypatch.setattr(images, "PIECE", 3)
    whole = predict(made, folder, tmp_path / "whole.parquet")
    answered, pieces = batch._answered, iter(range(100))

    def cut_off(*words: Any) -> None:
        if next(pieces) == 2:
            raise KeyboardInterrupt
        answered(*words)

    monkeypatch.setattr(batch, "_answered", cut_off)
    with pytest.raises(KeyboardInterrupt):
        predict(made, folder, tmp_path / "out.parquet")
    capsys.readouterr()
    assert predict(made, folder, tmp_path / "out.parquet").equals(whole)
    assert "6 of 10 by an earlier run" in capsys.readouterr().out


def test_what_holds_no_picture_is_one_sentence(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    pl.DataFrame({"picture": [b""]}).write_parquet(tmp_path / "other.parquet")
    said = {
        tmp_path / "empty": "the folder holds no file",
        tmp_path / "none.png": "no such file",
        f"{tmp_path}/*.png": "no file matches",
        tmp_path / "other.parquet": "has no column image, which the model reads",
        tmp_path / "none": "no such file",
    }
    for source, sentence in said.items():
        with pytest.raises(SystemExit):
            main(["predict", str(made), str(source), str(tmp_path / "out.parquet")])
        told = capsys.readouterr().err
        assert sentence in told
        assert told.count("\n") == 1


def test_a_package_of_pictures_is_asked_after_its_folder_is_gone(made: Path, shown: Path, tmp_path: Path) -> None:
    package = shutil.copytree(made, tmp_path / "elsewhere")
    assert json.loads((package / "data.json").read_text())["source"]
    assert len(predict(package, shown, tmp_path / "out.parquet")) == 3
    assert asking.FILE in predict(package, shown, tmp_path / "out.parquet").columns


def test_answers_do_not_go_into_the_folder_that_is_read(
    made: Path, shown: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["predict", str(made), str(shown), str(shown / "more" / "out.csv")])
    assert f"out.csv: lies within {shown}, whose files are read" in capsys.readouterr().err
    assert [path.name for path in (shown / "more").iterdir()] == ["c.PNG"]
