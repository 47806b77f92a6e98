"""What every architecture answers on data that is legal and seldom."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import easy
import numpy as np
import problems
import pytest
from contracts.kinds import NAMES, READS, usual

from syllabus import architectures
from syllabus.examples import Examples

OF_ALL = ["twenty rows", "a class that validation lacks", "one row to validate on"]
OF_TABLES = [
    "one in a hundred is positive",
    "a thousand categories",
    "no number is ever there",
    "nothing to learn from",
    "enormous and infinite numbers",
    "one column",
]
OF_PICTURES = ["one pixel", "blank pictures", "very wide pictures", "one in a hundred is positive"]
OF_MIXED = [*OF_PICTURES, "no column", "empty texts beside"]
OF_TEXTS = ["empty texts", "one letter, and ten thousand", "no letter that train has", "one in a hundred is positive"]


def odd_kinds(reads: frozenset[str]) -> list[str]:
    """Return what is seldom for an architecture that reads these arrays."""
    if reads == easy.ALL_PARTS:
        return OF_ALL + OF_MIXED
    return OF_ALL + (OF_TABLES if reads <= easy.TABLES else OF_TEXTS if reads <= easy.WORDS else OF_PICTURES)


# Series, documents and ratings have their own, in tests/series, tests/corpora and tests/ratings.
LABELLED = [name for name in NAMES if not READS[name] & {"past", "user"} and READS[name] not in easy.DOCUMENTS]
ODD = [(name, kind) for name in LABELLED for kind in odd_kinds(READS[name])]


def odd(name: str, kind: str) -> tuple[Examples, Examples, Examples]:
    """Return what is legal and seldom."""
    usually = usual(name, only="three classes")
    if kind == "twenty rows":
        train, validation, test = easy.problem(usually, rows=20 if READS[name] <= easy.TABLES else 80)
        return train, validation, test
    train, validation, test = easy.problem(usually)
    if kind == "a class that validation lacks":
        return train, problems.taken(validation, validation.labels != 1), test
    if kind == "one row to validate on":
        return problems.taken(train, slice(100)), problems.taken(validation, [0]), test
    made = odd_columns if READS[name] <= easy.TABLES else odd_texts if READS[name] <= easy.WORDS else odd_pictures
    whole = odd_mixtures(kind) if READS[name] == easy.ALL_PARTS else made(kind)
    few = len(whole) // 6
    parts = slice(4 * few), slice(4 * few, 5 * few), slice(5 * few, None)
    train, validation, test = (problems.taken(whole, part) for part in parts)
    return train, validation, test


def odd_pictures(kind: str) -> Examples:
    """Return pictures that are legal and seldom."""
    random = np.random.default_rng(1)
    side = {"one pixel": (1, 1, 1), "very wide pictures": (3, 70, 3)}.get(kind, (8, 8, 1))
    images = random.integers(0, 256, (120, *side)).astype(np.uint8)
    target = images[:, 0, 0, 0] > 127
    if kind == "blank pictures":
        images[:] = 7
    if kind == "one in a hundred is positive":
        target = np.arange(120) % 20 == 0
    return problems.seen(images, target, 2)


def odd_mixtures(kind: str) -> Examples:
    """Return pictures that are legal and seldom with a text and columns, or usual ones with seldom ones of these."""
    whole = problems.beside(odd_pictures(kind), np.random.default_rng(2))
    arrays, columns = dict(whole.arrays), dict(whole.columns)
    if kind == "no column":
        arrays |= {name: arrays[name][:, :0] for name in ("numeric", "categorical")}
        columns = {"numeric": (), "categorical": ()}
    if kind == "empty texts beside":
        arrays["text"] = np.array([""] * len(whole), dtype=np.dtypes.StringDType())
    return replace(whole, arrays=arrays, columns=columns)


def odd_texts(kind: str) -> Examples:
    """Return texts that are legal and seldom."""
    random = np.random.default_rng(1)
    said, target = [f"{word} and so" for word in random.choice(["good", "bad"], 120)], np.arange(120) % 2
    match kind:
        case "empty texts":
            said = ["" if at % 3 else one for at, one in enumerate(said)]
        case "one letter, and ten thousand":
            said = ["a" if at % 2 else "b " * 5000 for at in range(120)]
        case "no letter that train has":
            said = [one if at < 80 else "שלום עולם 😀\u202e\x00" for at, one in enumerate(said)]
        case "one in a hundred is positive":
            target = np.arange(120) % 20 == 0
    return problems.read(said, target, 2)


def odd_columns(kind: str) -> Examples:
    """Return columns that are legal and seldom."""
    generator = np.random.default_rng(1)
    numeric, categorical, target = generator.normal(size=(900, 2)), generator.integers(0, 6, (900, 1)), None
    categories = 6
    match kind:
        case "one in a hundred is positive":
            target = np.arange(900) % 100 == 0
        case "a thousand categories":
            categories = 1000
            categorical = generator.integers(0, 1000, (900, 1))
            target = categorical[:, 0] % 2
        case "no number is ever there":
            numeric[:] = np.nan
            target = categorical[:, 0] % 2
        case "nothing to learn from":
            numeric, categorical = np.full((900, 2), np.nan), np.full((900, 1), -1)
            target = generator.integers(0, 2, 900)
        case "enormous and infinite numbers":
            numeric[:, 0] *= 1e300
            numeric[::7, 1], numeric[::11, 1] = np.inf, -np.inf
            target = numeric[:, 0] > 0
        case "one column":
            numeric, categorical = numeric[:, :1], categorical[:, :0]
            target = numeric[:, 0] > 0
    return problems.table(numeric, categorical, target, 2, categories)


@pytest.mark.parametrize(("name", "kind"), ODD)
def test_it_answers_on_what_is_seldom(architecture: Any, name: str, kind: str, tmp_path: Path) -> None:
    train, validation, test = odd(name, kind)
    points: list[tuple[int, float, float]] = []
    params = easy.params(architecture)
    model = architecture.fit(params, train, validation, seed=5, report=lambda *point: points.append(point))
    answered = model.predict(test)
    assert points
    assert np.isfinite(np.array(points)).all()
    assert np.isfinite(answered).all()
    np.testing.assert_allclose(answered.sum(axis=1), 1, atol=1e-9)
    easy.files(model, tmp_path)
    assert architecture.load(tmp_path).predict(test).tobytes() == answered.tobytes()


@pytest.mark.parametrize("target", ["always the same", "tiny", "enormous", "one far off"])
def test_it_predicts_numbers_that_are_seldom(name: str, project: Path, target: str, tmp_path: Path) -> None:
    architecture = architectures.load(name, project)
    if "regression" not in architecture.TASKS:
        pytest.skip("says that it learns no numbers")
    parts = easy.problem(usual(name, only="a number"))
    changed = {
        "always the same": lambda labels: np.full_like(labels, 7.0),
        "tiny": lambda labels: labels * 1e-9,
        "enormous": lambda labels: labels * 1e12,
        "one far off": lambda labels: np.where(np.arange(len(labels)) == 3, 1e9, labels),
    }[target]
    train, validation, test = (replace(part, target=changed(part.labels)) for part in parts)
    points: list[tuple[int, float, float]] = []
    model = architecture.fit(
        easy.params(architecture), train, validation, seed=5, report=lambda *point: points.append(point)
    )
    answered = model.predict(test)
    assert np.isfinite(np.array(points)).all()
    assert np.isfinite(answered).all()
    if target in ("tiny", "enormous"):
        assert ((answered - test.labels) ** 2).mean() < 0.5 * test.labels.var()
    easy.files(model, tmp_path)
    assert architecture.load(tmp_path).predict(test).tobytes() == answered.tobytes()
