"""What the small residual network promises beyond the contract of all architectures."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import easy
import numpy as np
import pytest
import torch
from projects import ROOT
from ruamel.yaml import YAML

from syllabus import architectures, batches, params
from syllabus.architectures import cnn
from syllabus.deep.augmentation import Augmentation
from syllabus.deep.residual import Residual
from syllabus.errors import Unmet

QUICK = {"epochs": 2, "width": 8}


def network(shape: tuple[int, int, int], **options: Any) -> Residual:
    usual: dict[str, Any] = {"width": 8, "depth": 1, "dropout": 0.0}
    channels = torch.full((shape[2],), 10.0)
    return Residual(shape, 4, mean=channels, deviation=channels, **usual | options)


@pytest.mark.parametrize("shape", [(1, 1, 1), (5, 9, 3), (28, 28, 1), (64, 64, 3), (200, 31, 3)])
@pytest.mark.parametrize("depth", [1, 3])
def test_pictures_of_any_shape_get_scores(shape: tuple[int, int, int], depth: int) -> None:
    pictures = torch.randint(0, 256, (3, *shape), dtype=torch.uint8)
    assert network(shape, depth=depth)(pictures).shape == (3, 4)


def test_pictures_are_normalised_by_trains_mean_and_deviation_which_are_saved(tmp_path: Path) -> None:
    train, validation, _ = easy.problem("pictures, two classes", rows=200)
    fitted = easy.fitted(cnn, train, validation, **QUICK)
    pixels = train.arrays["image"].astype(np.float64)
    for held in (fitted, cnn.load(_saved(fitted, tmp_path))):
        assert held.network.mean.item() == pytest.approx(pixels.mean(), rel=1e-6)
        assert held.network.deviation.item() == pytest.approx(pixels.std(), rel=1e-6)
        seen = held.network.normal(torch.from_numpy(np.array(train.arrays["image"]))).numpy()
        assert seen.shape == (len(train), 1, 8, 8)
        assert (abs(seen.mean()), seen.std()) == pytest.approx((0, 1), abs=1e-4)


def test_pictures_that_are_read_in_batches_give_the_same_model(tmp_path: Path) -> None:
    parts = easy.problem("pictures, three classes", rows=240)
    plain = easy.files(easy.fitted(cnn, *parts[:2], **QUICK), tmp_path / "plain")

    def batched(images: Any) -> batches.Batched:
        return batches.Batched(("image",), len(images), lambda a, b: {"image": images[a:b]}, batch=13)

    train, validation, test = (replace(part, arrays=batched(part.arrays["image"])) for part in parts)
    fitted = easy.fitted(cnn, train, validation, **QUICK)
    assert easy.files(fitted, tmp_path / "batched") == plain
    assert fitted.predict(test).tobytes() == cnn.load(tmp_path / "plain").predict(parts[2]).tobytes()


def test_nothing_is_moved_where_no_change_is_asked_for() -> None:
    pictures = torch.rand(4, 3, 6, 9)
    assert Augmentation().apply(pictures, torch.Generator()) is pictures
    still = Augmentation(shift=1e-9).apply(pictures, torch.Generator())
    torch.testing.assert_close(still, pictures, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("how", ["horizontal", "both"])
def test_a_flip_mirrors_half_of_the_pictures(how: str) -> None:
    pictures = torch.rand(400, 1, 5, 7)
    moved = Augmentation(flip=how).apply(pictures, torch.Generator().manual_seed(1))
    mirrored = {
        axes: [
            torch.allclose(a, torch.flip(b, axes) if axes else b, atol=1e-4)
            for a, b in zip(moved, pictures, strict=True)
        ]
        for axes in ((), (2,), (1,), (1, 2))
    }
    counts = {axes: sum(held) for axes, held in mirrored.items()}
    assert sum(counts.values()) == 400
    expected = {(): 200, (2,): 200, (1,): 0, (1, 2): 0} if how == "horizontal" else dict.fromkeys(counts, 100)
    assert counts == pytest.approx(expected, abs=40)


def test_a_turn_keeps_shapes_also_where_a_picture_is_no_square() -> None:
    pictures = torch.zeros(200, 1, 21, 41)
    pictures[:, :, 10, 14:27] = 1.0  # a line of 13 pixels
    turned = Augmentation(rotate=90).apply(pictures, torch.Generator().manual_seed(2))
    lit = turned.sum(dim=(1, 2, 3))
    assert lit.min() > 10
    assert lit.max() < 16


def test_a_cut_blanks_a_square() -> None:
    pictures = torch.ones(100, 2, 20, 30)
    cut = Augmentation(cutout=0.5).apply(pictures, torch.Generator().manual_seed(3))
    blank = (cut == 0).sum(dim=(2, 3))
    assert (blank[:, 0] == blank[:, 1]).all()
    assert blank.max() == 100
    assert 20 <= blank.min() < 60


def test_without_torch_it_says_what_to_install_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "torch" else found(name))
    said = YAML(typ="safe").load((ROOT / "examples/digits/params.yaml").read_text())
    (tmp_path / "params.yaml").write_text(json.dumps(said, indent=1))
    sentence = r'cnn needs torch, which is not installed: pip install "syllabus\[deep\]"$'
    with pytest.raises(Unmet, match=rf"params\.yaml:\d+: candidates\.0: {sentence}"):
        params.read(tmp_path / "params.yaml")
    assert architectures.unfit(architectures.load("linear"), "linear") is None


def _saved(fitted: Any, folder: Path) -> Path:
    fitted.save(folder)
    return folder
