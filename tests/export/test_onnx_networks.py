"""A network for pictures or texts as ONNX takes pixels or tokens, and answers as the model itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pretrained_networks import of_texts
from problems import PICTURES, TEXTS
from raw_arrays import QUICK, learned

from syllabus import export
from syllabus.export import checking
from syllabus.export.columns import images
from syllabus.export.graph import Graph, Inexpressible
from syllabus.frozen import Frozen
from syllabus.recalibration import Calibration
from syllabus.trust import graphs

CASES = [
    *(("cnn", kind) for kind in PICTURES),
    *((name, kind) for name in ("transformer", "encoder") for kind in TEXTS),
]
THREE = [case for case in CASES if "three" in case[1]]


@pytest.fixture(autouse=True, scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let encoders be made of a small network."""
    QUICK["encoder"]["pretrained"] = str(of_texts(tmp_path_factory.mktemp("pretrained") / "bert"))
    yield
    del QUICK["encoder"]["pretrained"]


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_a_network_as_onnx_answers_as_the_model(name: str, kind: str, tmp_path: Path) -> None:
    own, rows, test = learned(name, kind)
    found = export.exported(own, rows.lazy())
    assert found.facts.get("reason") is None
    answers = checking.answered(own, found.files[export.FILE], rows.lazy())
    native = own.answers(test)
    assert answers.shape == native.shape
    assert answers.dtype == np.float64
    assert len(np.unique(native.round(6), axis=0)) > 5
    np.testing.assert_allclose(answers, native, rtol=0, atol=1e-5 * abs(native).max())
    assert (found.facts["rows"], found.facts["changed"]) == (len(rows), 0)
    for file, content in found.files.items():
        (tmp_path / file).write_bytes(content)
        graphs.check(tmp_path / file)  # is not refused when a package is opened
    assert export.written(own, rows.schema) == found.files[export.FILE], "the same model gives the same bytes"


@pytest.mark.parametrize(("name", "kind"), THREE)
def test_a_small_network_has_its_matrices_in_8_bits_and_its_cost_is_told(name: str, kind: str) -> None:
    own, rows, _ = learned(name, kind)
    small = export.exported(own, rows.lazy(), asked=("accuracy", "log_loss")).facts["small"]
    assert small["bytes"] < 0.5 * len(export.written(own, rows.schema))
    assert 0 < small["difference"] < 0.1
    told = {row["name"]: (row["was"], row["value"]) for row in small["metrics"]}
    assert told.keys() == {"accuracy", "log_loss"}
    assert told["log_loss"][0] != told["log_loss"][1]


@pytest.mark.parametrize("small", [False, True])
@pytest.mark.parametrize(("name", "kind"), THREE)
def test_rows_do_not_matter_to_each_other(name: str, kind: str, small: bool) -> None:
    own, rows, _ = learned(name, kind)
    content = export.written(own, rows.schema, small=small)
    whole = checking.answered(own, content, rows.lazy())
    alone = np.concatenate([checking.answered(own, content, rows[at : at + 1].lazy()) for at in range(0, 60, 7)])
    np.testing.assert_allclose(alone, whole[:60:7], rtol=0, atol=1e-6)


def test_a_calibration_stands_behind_the_network() -> None:
    own, rows, test = learned("cnn", CASES[0][1])
    moved = replace(own, calibration=Calibration("sigmoid", 9, slope=0.7, shift=0.3))
    answers = checking.answered(moved, export.written(moved, rows.schema), rows.lazy())
    np.testing.assert_allclose(answers, moved.answers(test), atol=1e-5)
    assert abs(answers - own.answers(test)).max() > 0.01


def test_a_pretrained_encoder_that_is_built_otherwise_has_no_graph_and_the_reason_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own, rows, _ = learned("encoder", "texts, two classes")
    monkeypatch.setattr(own.fitted.body.network.config, "hidden_act", "relu")
    found = export.exported(own, rows.lazy())
    assert found.facts == {"reason": "the pretrained network has hidden_act relu, which has no graph"}
    assert not found.files


def test_what_a_pretrained_network_sees_in_pictures_has_no_graph_and_the_reason_is_told() -> None:
    own, rows, _ = learned("cnn", "pictures, two classes")
    seen = replace(own.encoding, eye=Frozen("some-eyes", "digest", 8))
    with pytest.raises(Inexpressible, match="it reads what a pretrained network sees in the pictures"):
        images.arrays(seen, rows.schema, Graph())["numeric"]
