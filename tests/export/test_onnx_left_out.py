"""A model that ONNX cannot say, or says otherwise, is registered without it, and the reason is told."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from raw_tables import learned, model, table

from syllabus import export
from syllabus.examples import Examples, Task
from syllabus.export import checking
from syllabus.export.graph import Inexpressible
from syllabus.features import Encoding
from syllabus.features.categories import Categories
from syllabus.models import Model

TEST = table(600, 3, test=True)


def test_what_is_hardly_smaller_is_left_out_and_told() -> None:
    found = export.exported(learned("tree", "two"), TEST.lazy())
    assert found.facts["small"] == {"reason": "it would be hardly smaller"}
    assert set(found.files) == {export.FILE}


class Odd:
    """An architecture that nobody says as a graph, or a model that answers otherwise."""

    def __init__(self, answers: Any) -> None:
        self.answers = answers

    def __getattr__(self, name: str) -> Any:
        return getattr(self.answers, name)

    def predict(self, examples: Examples) -> Any:
        moved: Any = self.answers.predict(examples)[:, ::-1]
        return moved


def test_what_answers_otherwise_is_left_out_and_told() -> None:
    own = learned("tree", "two")
    found = export.exported(replace(own, fitted=Odd(own.fitted)), TEST.lazy())
    assert not found.files
    assert found.facts["reason"].startswith("it answers otherwise than the model on the 600 rows of test, by up to ")


def test_what_decides_one_row_otherwise_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    own = learned("linear", "two")
    native = own.predict(TEST.lazy())
    threshold = float(native[7, 1])
    moved = native + np.array([1e-9, -1e-9])
    monkeypatch.setattr(checking, "answered", lambda *_: moved)
    found = export.exported(own, TEST.lazy(), thresholds=(0.5, threshold))
    assert found.facts == {"reason": "it decides 1 of 600 rows of test otherwise than the model"}


def test_what_onnx_runtime_does_not_run_is_left_out_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "written", lambda *_, **__: b"no graph")
    found = export.exported(learned("tree", "two"), TEST.lazy())
    assert found.facts["reason"].startswith("ONNX Runtime does not run it: ")


def test_a_smaller_file_whose_answers_are_no_numbers_is_left_out_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    own = learned("lightgbm", "two")
    content, ours = export.written(own, TEST.schema), checking.answered

    def answered(model: Model, held: bytes, *rows: Any) -> Any:
        return ours(model, held, *rows) * (1.0 if held == content else np.nan)

    monkeypatch.setattr(checking, "answered", answered)
    found = export.exported(own, TEST.lazy())
    assert set(found.files) == {export.FILE}
    assert found.facts["small"] == {"reason": "its answers are not all numbers on the 600 rows of test"}


def test_an_architecture_without_a_graph_has_no_onnx_and_imports_none() -> None:
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, polars as pl\n"
            "from syllabus import export\nfrom syllabus.models import Model\n"
            "found = export.exported(Model('tables', 'neighbours', {}, None, None), pl.LazyFrame())\n"
            "print(found.facts['reason'], sorted({'onnx', 'onnxruntime', 'lightgbm', 'sklearn'} & set(sys.modules)))",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == "no graph is known of neighbours []\n"


def test_a_time_zone_has_no_graph() -> None:
    own = learned("tree", "two")
    there = {**TEST.schema, "seen": pl.Datetime("us", "Europe/Berlin")}
    with pytest.raises(Inexpressible, match="seen is told in the time of Europe/Berlin"):
        export.written(own, there)


def test_free_text_a_nameless_column_and_the_empty_category_have_no_graph() -> None:
    task, own = Task("classification", ("no", "yes")), learned("tree", "two")

    def reason(*columns: str, **categories: Categories) -> str:
        encoding = Encoding("y", task, columns, categories)
        said: str = export.exported(replace(own, encoding=encoding), TEST.lazy()).facts["reason"]
        return said

    assert reason("") == "a column has no name, and ONNX takes a nameless input for a missing one"
    assert reason(town=Categories(("", "x"))).startswith("town has the empty text as a category")
    roles = {"new\nline": "text", "three": "ignore", "number": "ignore", "asked": "numeric"}
    own = model("tree", "two", dates=False, columns=roles)
    found = export.exported(own, TEST.lazy())
    assert found.facts == {"reason": "new\nline is free text, and ONNX does not cut texts into words"}


@pytest.mark.parametrize(
    ("was", "now", "reason"),
    [
        (
            r"(?<=decision_type=)[\d ]+",
            lambda told: re.sub(r"\b(8|10)\b", "6", told[0]),
            "LightGBM took zero for missing",
        ),
        (r"is_linear=0", "is_linear=1", "LightGBM's trees with linear leaves have no graph"),
        (r"objective=binary sigmoid:1", "objective=poisson", "LightGBM's objective poisson has no graph"),
    ],
)
def test_boosted_trees_of_another_kind_have_no_graph(was: str, now: Any, reason: str) -> None:
    own = learned("lightgbm", "two")
    text, times = re.subn(was, now, own.fitted.text)
    assert times
    found = export.exported(replace(own, fitted=replace(own.fitted, text=text)), TEST.lazy())
    assert found.facts["reason"].startswith(reason)
