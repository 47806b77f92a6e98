"""Networks that were trained elsewhere: as features of pictures and texts, and with layers that learn on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import easy
import numpy as np
import polars as pl
import pretrained_networks
import pytest
import torch

from syllabus import frozen, label_errors, modalities, models, training
from syllabus.architectures import backbone, encoder
from syllabus.deep import pretrained, sight
from syllabus.errors import Unmet
from syllabus.registry import package
from syllabus.settings import Data


@pytest.fixture(scope="module")
def eye(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pretrained_networks.of_pictures(tmp_path_factory.mktemp("networks") / "eye")


@pytest.fixture(scope="module")
def ear(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pretrained_networks.of_texts(tmp_path_factory.mktemp("networks") / "ear")


def pictures(folder: Path, **options: Any) -> tuple[training.Prepared, Data]:
    """Return easy pictures as train and validation parts, and the settings that read them."""
    held = easy.problem("pictures, three classes", rows=800)
    for part, some in zip(("train", "validation", "test"), held, strict=True):
        pixels = [one.tobytes() for one in some.arrays["image"]]
        labels = [some.task.classes[code] for code in some.labels]
        table = pl.DataFrame({"row": range(1, len(some) + 1), "pixels": pixels, "label": labels})
        table.write_parquet(folder / f"{part}.parquet")
    data = Data(modality="images", source="none", target="label", options={"raw": [8, 8, 1]} | options)
    return training.prepare(data, folder), data


def texts(folder: Path, **options: Any) -> training.Prepared:
    """Return easy texts as train and validation parts."""
    for part, some in zip(("train", "validation"), easy.problem("texts, three classes")[:2], strict=True):
        labels = [some.task.classes[code] for code in some.labels]
        said = some.arrays["text"].tolist()
        pl.DataFrame({"row": range(1, len(some) + 1), "plain": said, "label": labels}).rename(
            {"plain": modalities.load("text").TEXT}
        ).write_parquet(folder / f"{part}.parquet")
    return training.prepare(Data(modality="text", source="none", target="label", options=options), folder)


@pytest.mark.parametrize("name", ["linear", "lightgbm"])
def test_models_of_numbers_learn_from_what_a_network_sees(name: str, eye: Path, tmp_path: Path) -> None:
    prepared, _ = pictures(tmp_path, features=str(eye))
    model, _ = training.fit(name, {}, prepared, seed=3)
    test = model.examples(pl.scan_parquet(tmp_path / "test.parquet"))
    right = (model.answers(test).argmax(axis=1) == test.labels).mean()
    assert right > 0.6  # a third by chance
    model.save(tmp_path / "model")
    loaded = models.load(tmp_path / "model")
    again = loaded.predict(pl.scan_parquet(tmp_path / "test.parquet"))
    assert again.tobytes() == model.answers(test).tobytes()


def test_without_such_a_network_they_are_told_so(tmp_path: Path) -> None:
    prepared, _ = pictures(tmp_path)
    with pytest.raises(Unmet, match="linear reads categorical, numeric, which images does not give"):
        training.fit("linear", {}, prepared, seed=3)


def test_labels_of_pictures_are_doubted_where_a_network_looks_at_them(eye: Path, tmp_path: Path) -> None:
    for features, looked in ((str(eye), True), (None, False)):
        prepared, _ = pictures(tmp_path, **({"features": features} if features else {}))
        model = models.Model("images", "cnn", {}, prepared.encoding, None)  # type: ignore[arg-type]  # nothing is asked of it
        assert (label_errors.report(tmp_path, model, seed=1) is not None) is looked


def test_another_network_in_the_same_folder_is_refused(eye: Path, tmp_path: Path) -> None:
    other = pretrained_networks.of_pictures(tmp_path / "network")
    prepared, _ = pictures(tmp_path, features=str(other))
    model, _ = training.fit("linear", {}, prepared, seed=3)
    model.save(tmp_path / "model")
    weights = (other / "model.safetensors").read_bytes()
    (other / "model.safetensors").write_bytes(weights[:-1] + bytes([weights[-1] ^ 1]))
    frozen._eye.cache_clear()  # as in another process
    with pytest.raises(Unmet, match="is not the network that this model was trained with"):
        models.load(tmp_path / "model").predict(pl.scan_parquet(tmp_path / "test.parquet"))


def test_a_package_brings_the_network_that_its_encoding_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network = pretrained_networks.of_pictures(tmp_path / "network")
    prepared, _ = pictures(tmp_path, features=str(network))
    model, _ = training.fit("linear", {}, prepared, seed=3)
    table = pl.scan_parquet(tmp_path / "test.parquet")
    answers = model.predict(table)
    package.write(tmp_path / "package", model, signature=[], card="", lineage={}, decision={})
    network.rename(tmp_path / "gone")
    frozen._eye.cache_clear()  # as in another process
    monkeypatch.chdir(tmp_path / "package")
    assert models.load(tmp_path / "package" / "model").predict(table).tobytes() == answers.tobytes()


@pytest.mark.parametrize("file", pretrained.FILES)
def test_whatever_changes_of_a_network_is_another_network(file: str, ear: Path, tmp_path: Path) -> None:
    for name in pretrained.FILES:
        (tmp_path / name).write_bytes((ear / name).read_bytes() if (ear / name).is_file() else b"{}")
    before = pretrained.digest(tmp_path)
    (tmp_path / file).write_bytes((tmp_path / file).read_bytes() + b" ")
    assert pretrained.digest(tmp_path) != before


def test_ingest_tells_which_network_looks_so_that_another_makes_all_run_anew(eye: Path, tmp_path: Path) -> None:
    pictures(tmp_path)
    pl.read_parquet(tmp_path / "train.parquet").drop("row").rename({"pixels": "image"}).write_parquet(
        tmp_path / "s.parquet"
    )
    told = []
    for features in ({}, {"features": str(eye)}):
        options = {"raw": [8, 8, 1]} | features
        data = Data(modality="images", source=str(tmp_path / "s.parquet"), target="label", options=options)
        told.append(modalities.load("images").read(data, tmp_path / "table.parquet")["source"])
    assert told[1] == told[0] | {"network": pretrained.digest(eye)}


def test_texts_become_numbers_beside_those_of_their_words(ear: Path, tmp_path: Path) -> None:
    plain, rich = (texts(tmp_path, **more).train for more in ({}, {"embeddings": str(ear)}))
    more = rich.arrays["numeric"][:, plain.arrays["numeric"].shape[1] :]
    assert more.shape == (len(plain), pretrained_networks.WIDTH)
    assert (rich.arrays["numeric"][:, : plain.arrays["numeric"].shape[1]] == plain.arrays["numeric"]).all()
    assert len(rich.columns["numeric"]) == rich.arrays["numeric"].shape[1]
    # The same as what the architecture hears.
    heard = encoder.fit(encoder.Params(pretrained=str(ear), epochs=1), rich, rich, seed=1, report=lambda *_: None)
    assert heard.said(heard.tokens(rich)).arrays["said"] == pytest.approx(more.astype(np.float32))
    model, _ = training.fit("lightgbm", {"num_iterations": 5}, texts(tmp_path, embeddings=str(ear)), seed=3)
    model.save(tmp_path / "model")
    table = pl.scan_parquet(tmp_path / "validation.parquet")
    assert models.load(tmp_path / "model").predict(table).tobytes() == model.predict(table).tobytes()


@pytest.mark.parametrize("kind", ["pictures, two classes", "pictures, a number"])
def test_the_last_layers_for_pictures_learn_on(kind: str, eye: Path, tmp_path: Path) -> None:
    train, validation, test = easy.problem(kind, rows=400)
    asked = {"pretrained": str(eye), "unfrozen": 3, "epochs": 4, "pace": 1.0, "flip": "both", "shift": 0.1}
    fitted = easy.fitted(backbone, train, validation, **asked)
    before = pretrained.opened(eye).state_dict()
    changed = [name for name, held in fitted.eye.network.state_dict().items() if not torch.equal(held, before[name])]
    assert changed
    assert all("num_batches_tracked" not in name and "running" not in name for name in changed)
    assert all(name.startswith("encoder.stages.1") for name in changed)
    files = easy.files(fitted, tmp_path / "once")
    assert "body.safetensors" in files  # no package has it
    loaded = backbone.load(tmp_path / "once")
    assert loaded.predict(test).tobytes() == fitted.predict(test).tobytes()
    assert easy.files(loaded, tmp_path / "twice") == files


def test_the_last_layers_for_texts_learn_on(ear: Path, tmp_path: Path) -> None:
    train, validation, test = easy.problem("texts, two classes")
    asked = {"pretrained": str(ear), "epochs": 3, "pace": 1.0, "dropout": 0.2}
    tuned = easy.fitted(encoder, train, validation, unfrozen=1, **asked)
    before = pretrained.opened(ear).state_dict()
    changed = {name for name, held in tuned.body.network.state_dict().items() if not torch.equal(held, before[name])}
    assert changed
    assert all(name.startswith("encoder.layer.1.") for name in changed)
    files = easy.files(tuned, tmp_path / "once")
    loaded = encoder.load(tmp_path / "once")
    assert loaded.predict(test).tobytes() == tuned.predict(test).tobytes()
    assert easy.files(loaded, tmp_path / "twice") == files
    frozen = easy.fitted(encoder, train, validation, unfrozen=0, **asked)
    assert frozen.predict(test).tobytes() != tuned.predict(test).tobytes()


@pytest.mark.parametrize("kind", ["ViT", "ConvNext", "Dinov2"])
def test_the_last_layers_that_have_a_say_learn_whatever_the_network(kind: str, tmp_path: Path) -> None:
    import transformers

    sizes: dict[str, dict[str, Any]] = {
        "ConvNext": {"hidden_sizes": [8, 16], "depths": [1, 1], "num_stages": 2},
        "Dinov2": {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "image_size": 28},
        "ViT": {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
        | {"image_size": 32, "patch_size": 8},
    }
    torch.manual_seed(1)
    config = getattr(transformers, f"{kind}Config")(**sizes[kind])
    getattr(transformers, f"{kind}Model")(config).save_pretrained(tmp_path / "network")
    train, validation, test = easy.problem("pictures, two classes", rows=80)
    for unfrozen in (1, 4):
        asked = {
            "pretrained": str(tmp_path / "network"),
            "unfrozen": unfrozen,
            "epochs": 1,
            "side": 28 if kind == "Dinov2" else 32,
        }
        fitted = easy.fitted(backbone, train, validation, **asked)
        easy.files(fitted, tmp_path / f"{unfrozen}")
        assert backbone.load(tmp_path / f"{unfrozen}").predict(test).tobytes() == fitted.predict(test).tobytes()


def test_a_network_is_shown_pictures_as_its_files_say(tmp_path: Path) -> None:
    cases = [
        ({}, None, sight.Seen(224, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))),
        ({"image_size": 96}, None, sight.Seen(96, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))),
        (
            {"pretrained_cfg": {"mean": [0.5] * 3, "std": [0.1] * 3, "input_size": [3, 160, 160]}},
            None,
            sight.Seen(160, (0.5,) * 3, (0.1,) * 3),
        ),
        ({}, {"image_mean": [0.0] * 3, "image_std": [1.0] * 3, "size": {"shortest_edge": 48}}, None),
    ]
    for config, how, wanted in cases:
        (tmp_path / "config.json").write_text(json.dumps(config))
        if how:
            (tmp_path / "preprocessor_config.json").write_text(json.dumps(how))
        assert sight.seen(tmp_path) == (wanted or sight.Seen(48, (0.0,) * 3, (1.0,) * 3))


def test_a_folder_that_is_no_network_is_told_in_a_sentence(eye: Path, tmp_path: Path) -> None:
    train, validation, _ = easy.problem("pictures, two classes", rows=40)
    with pytest.raises(Unmet, match=r"pretrained network nowhere is neither a folder nor an installed package with"):
        easy.fitted(backbone, train, validation, pretrained="nowhere")
    with pytest.raises(Unmet, match=r"lacks config\.json, model\.safetensors; that of a pretrained network has all"):
        easy.fitted(backbone, train, validation, pretrained=str(tmp_path))
    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).write_bytes((eye / name).read_bytes())
    (tmp_path / "model.safetensors").write_bytes((eye / "model.safetensors").read_bytes()[:-500])
    with pytest.raises(Unmet, match=r"holds no network that transformers can load"):
        easy.fitted(backbone, train, validation, pretrained=str(tmp_path))
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(Unmet, match=r"config\.json is no JSON"):
        easy.fitted(backbone, train, validation, pretrained=str(tmp_path))


def test_a_network_for_texts_reads_no_pictures(ear: Path) -> None:
    train, validation, _ = easy.problem("pictures, two classes", rows=40)
    with pytest.raises(Unmet, match=r"holds no network that reads pictures of 224 by 224"):
        easy.fitted(backbone, train, validation, pretrained=str(ear))
