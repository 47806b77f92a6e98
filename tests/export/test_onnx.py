"""A model as ONNX takes the raw columns and answers as the model itself, or there is none and the reason is told."""

from __future__ import annotations

import json
import pkgutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import easy
import numpy as np
import polars as pl
import pytest
from raw_tables import learned, model, table

from syllabus import architectures, export
from syllabus.examples import Examples
from syllabus.export import checking
from syllabus.export import fitted as fitted_modules
from syllabus.recalibration import Calibration
from syllabus.trust import graphs

SAID = tuple(module.name for module in pkgutil.iter_modules(fitted_modules.__path__))
KNOWN = tuple(name for name in SAID if architectures.load(name).READS <= easy.TABLES)
EXACT = tuple(name for name in KNOWN if "torch" not in getattr(architectures.load(name), "NEEDS", {}))
TEST = table(600, 3, test=True)
LOG = {"target_transform": "log"}
CASES = [
    *((name, target, {}) for name in KNOWN for target in ("two", "three", "number")),
    *((name, "number", LOG) for name in KNOWN),
    *((name, "three", {"class_weights": "balanced"}) for name in KNOWN),
    *((name, "two", {"most_categories": 5}) for name in KNOWN),
]


@pytest.mark.parametrize(("name", "target", "said"), CASES)
def test_onnx_of_raw_columns_answers_as_the_model(name: str, target: str, said: dict[str, Any], tmp_path: Path) -> None:
    own = learned(name, target, **said)
    found = export.exported(own, TEST.lazy(), asked=("roc_auc",) if target == "two" else ())
    assert found.facts.get("reason") is None
    answers = checking.answered(own, found.files[export.FILE], TEST.lazy())
    native = own.predict(TEST.lazy())
    assert answers.shape == native.shape
    assert answers.dtype == np.float64
    assert len(np.unique(native.round(6), axis=0)) > 5
    # A network computes in single precision, whose last digits depend on who adds up.
    near = {"rtol": 1e-9, "atol": 1e-12} if name in EXACT else {"rtol": 0, "atol": 1e-6 * abs(native).max()}
    np.testing.assert_allclose(answers, native, **near)
    assert (found.facts["rows"], found.facts["changed"]) == (600, 0)
    assert found.facts["difference"] == abs(answers - native).max()
    for file, content in found.files.items():
        (tmp_path / file).write_bytes(content)
        graphs.check(tmp_path / file)  # is not refused when a package is opened


def test_trees_in_single_precision_are_smaller_and_their_cost_is_told() -> None:
    found = export.exported(learned("lightgbm", "two"), TEST.lazy(), asked=("roc_auc", "log_loss"))
    small = found.facts["small"]
    assert small["bytes"] == len(found.files[small["file"]]) < 0.9 * found.facts["bytes"]
    assert 0 < small["difference"] < 1e-5
    assert {row["name"]: row["was"] for row in small["metrics"]}.keys() == {"roc_auc", "log_loss"}
    assert all(abs(row["value"] - row["was"]) < 1e-4 for row in small["metrics"])


@pytest.mark.parametrize("name", EXACT)
def test_numbers_of_single_precision_are_decided_alike_in_both(name: str) -> None:
    """Thresholds are rounded such that no number that single precision holds changes its side."""
    own = learned(name, "number")
    rounded = TEST.with_columns(pl.col(pl.Float64).cast(pl.Float32).cast(pl.Float64))
    small = checking.answered(own, export.written(own, TEST.schema, small=True), rounded.lazy())
    np.testing.assert_allclose(small, own.predict(rounded.lazy()), rtol=1e-4)


@pytest.mark.parametrize("name", KNOWN)
def test_the_same_model_is_the_same_onnx(name: str) -> None:
    first, second = (export.written(learned(name, "two"), TEST.schema) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    "gaps",
    [
        {"numeric": "median", "categorical": "most_frequent", "indicator": True},
        {"numeric": "mean", "columns": {"new\nline": {"constant": "nowhere"}, "code": {"constant": "3"}}},
    ],
)
@pytest.mark.parametrize("name", KNOWN)
def test_gaps_are_filled_in_the_graph(name: str, gaps: dict[str, Any]) -> None:
    own = model(name, "two", cleaning={"gaps": gaps})
    answers = checking.answered(own, export.written(own, TEST.schema), TEST.lazy())
    np.testing.assert_allclose(answers, own.predict(TEST.lazy()), atol=1e-12 if name in EXACT else 1e-6)


@pytest.mark.parametrize(
    "calibration",
    [
        Calibration("sigmoid", 9, slope=0.7, shift=0.3),
        Calibration("isotonic", 9, knots=(0.1, 0.4, 0.8), shares=(0.05, 0.5, 0.9)),
    ],
)
def test_probabilities_come_out_calibrated(calibration: Calibration) -> None:
    own = replace(learned("lightgbm", "two"), calibration=calibration)
    answers = checking.answered(own, export.written(own, TEST.schema), TEST.lazy())
    np.testing.assert_allclose(answers, own.predict(TEST.lazy()), atol=1e-12)
    assert abs(answers - learned("lightgbm", "two").predict(TEST.lazy())).max() > 0.01


def test_every_part_of_a_date_is_reckoned_in_the_graph() -> None:
    """A linear model of dates alone hides no part: each has a weight."""
    parts = ["year", "month", "day", "weekday", "hour", "minute", "age"]
    own = model("linear", "two", params={"numbers": "scaled"})
    arrays = own.examples(TEST.lazy()).columns["numeric"]
    assert {f"seen: {part}" for part in parts} <= {column.name for column in arrays}
    answers = checking.answered(own, export.written(own, TEST.schema), TEST.lazy())
    np.testing.assert_allclose(answers, own.predict(TEST.lazy()), atol=1e-12)


@pytest.mark.parametrize("name", EXACT)
def test_extreme_numbers_and_those_beside_a_threshold_go_the_same_way(name: str) -> None:
    own = learned(name, "three")
    draw = np.random.default_rng(5)
    ends = np.array([np.inf, -np.inf, np.nan, 1e300, -1e300, 1e-36, -1e-36, 5e-324, -0.0, 2.0**53 + 2, 1e19])
    rows = pl.concat([TEST] * 3)
    numbers = [column for column, kind in TEST.schema.items() if kind == pl.Float64]
    known = {column: np.repeat(TEST[column].drop_nulls().to_numpy(), 4)[: len(rows)] for column in numbers}
    beside = {
        column: draw.choice(np.r_[np.nextafter(held, 9), held, ends], len(rows)) for column, held in known.items()
    }
    odd = rows.with_columns(pl.Series(column, held) for column, held in beside.items()).lazy()
    answers = checking.answered(own, export.written(own, TEST.schema), odd)
    np.testing.assert_allclose(answers, own.predict(odd), rtol=1e-9, atol=1e-12)


def test_small_matrices_of_a_network_are_whole_numbers_and_rows_do_not_matter_to_each_other() -> None:
    own = learned("mlp", "two")
    small = export.exported(own, TEST.lazy(), asked=("roc_auc",))
    assert small.facts["small"]["how"].startswith("its matrices hold whole numbers of 8 bits")
    assert small.facts["small"]["metrics"][0]["name"] == "roc_auc"
    content = small.files[export.SMALL]
    alone = np.concatenate([checking.answered(own, content, TEST[row : row + 1].lazy()) for row in range(40)])
    np.testing.assert_allclose(alone, checking.answered(own, content, TEST.lazy())[:40], atol=1e-7)


def test_a_projects_own_architecture_says_itself_as_a_graph(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "architectures").mkdir()
    (tmp_path / "architectures/constant.py").write_text(
        "import numpy as np\n"
        "def answers(fitted, graph, arrays):\n"
        "    zeros = graph('Mul', graph.picked(arrays['categorical'], [0, 0]), graph.constant(0))\n"
        "    return graph('Add', graph.cast(zeros, graph.real), graph.number([0.25, 0.75]))\n"
    )
    monkeypatch.chdir(tmp_path)

    class Constant:
        def predict(self, examples: Examples) -> Any:
            return np.tile([0.25, 0.75], (len(examples), 1))

    own = replace(learned("tree", "two"), architecture="constant", fitted=Constant())
    found = export.exported(own, TEST.lazy())
    assert found.facts["difference"] == 0
    assert export.FILE in found.files


def test_the_file_is_valid_onnx_and_says_what_comes_in() -> None:
    import onnx

    made = onnx.load_from_string(export.written(learned("lightgbm", "three"), TEST.schema))
    onnx.checker.check_model(made, full_check=True)
    says = {one.name: one.doc_string for one in made.graph.input}
    assert says["new\nline"] == "a category, as text; empty where it is missing"
    assert says["seen"] == "seconds since 1970-01-01; NaN where it is missing"
    about = {one.key: one.value for one in made.metadata_props}
    assert json.loads(about["classes"]) == ["low", "mid", "top"]
