"""A recurrent network as ONNX takes what it reads of each step, and answers the quantiles that the model does."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import easy
import numpy as np
import pytest
from problems import SERIES

from syllabus import architectures, export
from syllabus.export import arrays, checking
from syllabus.models import Model
from syllabus.trust import graphs


@pytest.mark.parametrize("small", [False, True])
@pytest.mark.parametrize(("kind", "cell"), [*((kind, "lstm") for kind in SERIES), (next(iter(SERIES)), "gru")])
def test_quantiles_come_out_as_the_model_tells_them(kind: str, cell: str, small: bool, tmp_path: Path) -> None:
    train, validation, test = easy.problem(kind)
    architecture: Any = architectures.load("lstm")
    fitted = easy.fitted(architecture, train, validation, kind=cell, epochs=2, width=16, layers=2)
    own = Model("series", "lstm", {}, SimpleNamespace(task=train.task), fitted)
    content = export.written(own, {}, small=small)
    session = checking.session(content)
    names = [one.name for one in session.get_inputs()]
    found = arrays.answered(lambda given: session.run(None, dict(given))[0], own, test, names)
    native = fitted.predict(test)
    assert found.shape == native.shape
    assert (np.diff(found, axis=2) >= 0).all()
    np.testing.assert_allclose(found, native, rtol=0, atol=(0.05 if small else 1e-5) * abs(native).max())
    (tmp_path / "model.onnx").write_bytes(content)
    graphs.check(tmp_path / "model.onnx")
