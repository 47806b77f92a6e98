"""What speaks for an answer, held against the definition of Shapley values, and against what is plain to see."""

from __future__ import annotations

import base64
import io
from itertools import combinations, permutations
from math import factorial
from pathlib import Path
from typing import Any

import easy
import numpy as np
import polars as pl
import pytest
from buyers import predict
from PIL import Image
from problems import taken
from services import client, told
from serving.packed import packed

from syllabus.architectures import tree
from syllabus.serving.reasons import tree as exact

SIGNS = {"yes": "splendid", "no": "dreadful"}


def known_only(nodes: dict[str, Any], row: Any, known: set[int], node: int = 0) -> Any:
    """Return what a tree answers where some columns are known: of the others both ways, weighted."""
    left, right = nodes["left"][node], nodes["right"][node]
    if left < 0:
        return nodes["answers"][node]
    column = nodes["feature"][node]
    if column in known:
        value = row[column]
        goes = nodes["missing_left"][node] if np.isnan(value) else value <= nodes["threshold"][node]
        return known_only(nodes, row, known, left if goes else right)
    each = [known_only(nodes, row, known, child) * nodes["weight"][child] for child in (left, right)]
    return sum(each) / nodes["weight"][node]


def by_definition(nodes: dict[str, Any], row: Any) -> Any:
    """Return the mean of what a column adds over all orders in which columns become known."""
    columns = range(len(row))
    worth = {
        known: known_only(nodes, row, set(known))
        for count in range(len(row) + 1)
        for known in combinations(columns, count)
    }
    told = 0.0
    for order in permutations(columns):
        answers = np.array([worth[tuple(sorted(order[:count]))] for count in range(len(row) + 1)])
        told = told + np.diff(answers, axis=0)[np.argsort(order)]
    return told / factorial(len(row))


@pytest.mark.parametrize(
    "kind", ["mixed columns, two classes", "numbers alone, three classes", "mixed columns, a number"]
)
def test_reasons_of_a_tree_are_shapley_values(kind: str) -> None:
    train, validation, test = easy.problem(kind, rows=400)
    fitted: Any = easy.fitted(tree, train, validation, max_depth=5)
    some = taken(test, np.arange(3))
    given, matrix = fitted.predict(some), fitted.axes.matrix(some)
    places = given.argmax(axis=1) if given.ndim == 2 else None
    found = exact.weights(fitted, some, places)
    for at, row in enumerate(matrix):
        expected = by_definition(fitted.nodes, row)
        np.testing.assert_allclose(found[at], expected if places is None else expected[:, places[at]], atol=1e-9)


def test_a_trees_reasons_stand_beside_its_answer(tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    frame = pl.DataFrame({"matters": draw.random(400), "idle": draw.random(400)})
    frame = frame.with_columns(buys=pl.when(pl.col("matters") > 0.5).then(pl.lit("yes")).otherwise(pl.lit("no")))
    made = packed(tmp_path, frame, {"modality": "tables", "target": "buys"}, "tree")
    with client(made) as asking:
        (found,) = predict(asking, {"matters": 0.9, "idle": 0.9}, reasons=True).json()["predictions"]
    first = found["reasons"][0]
    assert (found["predicted"], first["column"], first["method"]) == ("yes", "matters", "shap")
    assert first["weight"] == pytest.approx(0.5, abs=0.1)


def test_words_speak_for_the_class_of_a_text(tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    plain = ["a", "the", "house", "sea", "walks", "under", "old", "moon"]
    said = [str(one) for one in draw.choice(["yes", "no"], 300)]
    texts = [" ".join([*draw.choice(plain, 6), SIGNS[one], *draw.choice(plain, 6)]) for one in said]
    made = packed(tmp_path, pl.DataFrame({"words": texts, "good": said}), {
        "modality": "text", "target": "good", "options": {"columns": ["words"]}, "cleaning": {"duplicates": "keep"},
    })  # fmt: skip
    long = " ".join(f"{word}{number}" for number in range(20) for word in plain)
    with client(made) as asking:
        rows = [{"words": "The old house was dreadful and stood under the moon"}, {"words": f"{long} splendid {long}"}]
        short, passage = predict(asking, *rows, reasons=True).json()["predictions"]
        much = {"words": "the old moon " * 5_000}
        assert told(predict(asking, much, much, reasons=True)) == (
            422,
            "reasons: they are told of at most 100,000 letters at a time; these rows have 130,000",
        )
        assert predict(asking, much, much).status_code == 200
    assert (short["predicted"], short["reasons"][0]["column"], short["reasons"][0]["part"]) == (
        "no",
        "words",
        "dreadful",
    )
    assert short["reasons"][0]["weight"] > 0.2
    assert "splendid" in passage["reasons"][0]["part"].split()


def test_a_field_speaks_for_the_class_of_a_picture(tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    said, at = draw.choice(["spot", "none"], 300), draw.integers(0, 9, 300)
    pixels = draw.integers(60, 80, (300, 12, 12), np.uint8)
    for picture, one, field in zip(pixels, said, at, strict=True):
        down, across = 4 * (field // 3), 4 * (field % 3)
        picture[down : down + 4, across : across + 4] = 240 if one == "spot" else 70
    frame = pl.DataFrame({"image": [one.tobytes() for one in pixels], "seen": said})
    made = packed(tmp_path, frame, {
        "modality": "images", "target": "seen", "cleaning": {"duplicates": "keep"}, "options": {"raw": [12, 12, 1]},
    }, "cnn", parquet=True)  # fmt: skip
    shown = np.full((12, 12), 70, np.uint8)
    shown[8:, 8:] = 240
    with client(made) as asking:
        (found,) = predict(asking, {"image": png(shown)}, reasons=True).json()["predictions"]
    first = found["reasons"][0]
    assert (found["predicted"], first["column"], first["part"]) == ("spot", "image", "lower right")


def png(pixels: Any) -> str:
    held = io.BytesIO()
    Image.fromarray(pixels).save(held, "PNG")
    return base64.b64encode(held.getvalue()).decode()
