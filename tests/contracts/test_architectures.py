"""What every architecture promises: those of the library, by discovery, and one that a project brings along."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import easy
import numpy as np
import optuna
import pytest
from pydantic import ValidationError

from syllabus import architectures
from syllabus.errors import Unmet
from syllabus.examples import Examples
from syllabus.losses import loss

NAMES = [*architectures.names(), "mine"]
MIXED = ["mixed columns, two classes", "mixed columns, three classes", "mixed columns, a number"]
every_kind = pytest.mark.parametrize("kind", easy.KINDS)
mixed = pytest.mark.parametrize("kind", MIXED)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / "architectures").mkdir()
    (folder / "architectures" / "mine.py").write_text(easy.OWN)
    return folder


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def architecture(name: str, project: Path, request: pytest.FixtureRequest) -> Any:
    loaded = architectures.load(name, project)
    kind = request.node.callspec.params.get("kind", "")
    if kind.endswith("a number") and "regression" not in loaded.TASKS:
        pytest.skip("says that it learns no numbers")
    return loaded


Solved = tuple[Any, Examples, Examples, Examples]


@pytest.fixture(scope="module")
def solve(project: Path) -> Callable[[str, str], Solved]:
    """Return what gives the model of an architecture on a problem, with train, validation and test; fitted once."""

    @cache
    def solve(name: str, kind: str) -> Solved:
        train, validation, test = easy.problem(kind)
        return easy.fitted(architectures.load(name, project), train, validation), train, validation, test

    return solve


@pytest.fixture
def solved(architecture: Any, name: str, kind: str, solve: Callable[[str, str], Solved]) -> Solved:
    assert architecture.TASKS
    return solve(name, kind)


def test_it_is_complete(architecture: Any) -> None:
    assert architectures.lacking(architecture) == []


@every_kind
def test_it_beats_the_prior(solved: Solved) -> None:
    model, train, _, test = solved
    if train.task.kind == "regression":
        prior = np.full(len(test), train.labels.mean())
    else:
        prior = np.tile(np.bincount(train.labels) / len(train), (len(test), 1))
    assert easy.loss(test, model.predict(test)) < 0.9 * easy.loss(test, prior)


@every_kind
def test_it_answers_with_probabilities_or_values(solved: Solved) -> None:
    model, _, _, test = solved
    answered = model.predict(test)
    if test.task.kind == "regression":
        assert answered.shape == (len(test),)
        assert answered.dtype == np.float64
        return
    assert answered.shape == (len(test), len(test.task.classes))
    assert answered.dtype == np.float64
    assert answered.min() >= 0
    np.testing.assert_allclose(answered.sum(axis=1), 1, atol=1e-9)


@every_kind
def test_what_is_saved_and_loaded_answers_the_same_to_the_bit(
    architecture: Any, solved: Solved, tmp_path: Path
) -> None:
    model, _, _, test = solved
    written = easy.files(model, tmp_path / "once")
    loaded = architecture.load(tmp_path / "once")
    assert loaded.predict(test).tobytes() == model.predict(test).tobytes()
    assert easy.files(loaded, tmp_path / "twice") == written


@mixed
def test_the_answer_on_a_row_does_not_depend_on_the_rows_beside_it(solved: Solved) -> None:
    model, _, _, test = solved
    together, alone = model.predict(test), [model.predict(easy.taken(test, [row])) for row in range(20)]
    assert np.concatenate(alone).tobytes() == together[:20].tobytes()


def test_the_same_seed_gives_the_same_files(architecture: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    written = []
    for threads in ("1", "2", "3", "1"):
        monkeypatch.setenv("SYLLABUS_THREADS", threads)
        train, validation, _ = easy.problem(MIXED[0], rows=21_000)
        model = easy.fitted(architecture, train, validation, **architecture.SEARCH)
        written.append(easy.files(model, tmp_path / str(len(written))))
    assert written == [written[0]] * 4


@mixed
def test_another_process_gives_the_same_files(
    name: str, project: Path, kind: str, solved: Solved, tmp_path: Path
) -> None:
    here = easy.files(solved[0], tmp_path / "here")
    process(project, name, kind, tmp_path / "there", SYLLABUS_THREADS="2", PYTHONHASHSEED="11")
    assert {path.name: path.read_bytes() for path in (tmp_path / "there").iterdir()} == here


@mixed
def test_fits_side_by_side_end_as_one_alone(architecture: Any, kind: str, tmp_path: Path) -> None:
    if not architecture.SIDE_BY_SIDE:
        pytest.skip("says that it may not run side by side")
    train, validation, _ = easy.problem(kind)

    def fit(number: int) -> dict[str, bytes]:
        with architectures.sharing(1):
            return easy.files(
                easy.fitted(architecture, train, validation, **architecture.SEARCH), tmp_path / str(number)
            )

    alone = fit(0)
    train, validation = replace(train), replace(validation)  # with nothing made of them yet
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(fit, range(1, 7))) == [alone] * 6


@every_kind
def test_inputs_are_not_modified(architecture: Any, kind: str) -> None:
    parts = easy.problem(kind)
    before = [array.tobytes() for part in parts for array in (*part.arrays.values(), part.labels)]
    for part in parts:
        for array in (*part.arrays.values(), part.labels):
            array.setflags(write=False)
    train, validation, test = parts
    easy.fitted(architecture, train, validation, **architecture.SEARCH).predict(test)
    assert [array.tobytes() for part in parts for array in (*part.arrays.values(), part.labels)] == before


@mixed
def test_it_predicts_without_knowing_the_target(solved: Solved) -> None:
    model, _, _, test = solved
    assert model.predict(replace(test, target=None)).tobytes() == model.predict(test).tobytes()


def test_unknown_parameters_are_refused(architecture: Any) -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        architecture.Params(nonsense=1)


def test_its_space_always_fits_its_parameters(architecture: Any) -> None:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    for _ in range(300):
        trial = study.ask()
        chosen = architecture.space(trial)
        assert chosen
        architecture.Params(**architecture.SEARCH | chosen)
        # What was suggested is all that a study keeps of a trial: it must lead to the same parameters again.
        assert architecture.space(optuna.trial.FixedTrial(trial.params)) == chosen


@every_kind
def test_it_reports_increasing_iterations_and_finite_losses(architecture: Any, kind: str) -> None:
    train, validation, _ = easy.problem(kind)
    points: list[tuple[int, float, float]] = []
    params = architecture.Params(**architecture.SEARCH)
    architecture.fit(params, train, validation, seed=5, report=lambda *point: points.append(point))
    assert [point[0] for point in points] == list(range(1, len(points) + 1))
    assert points
    assert np.isfinite(np.array(points)[:, 1:]).all()


@mixed
def test_what_it_keeps_is_the_best_point_of_its_curve(architecture: Any, kind: str) -> None:
    train, validation, _ = easy.problem(kind)
    losses: list[float] = []
    params = architecture.Params(**architecture.SEARCH)
    model = architecture.fit(params, train, validation, seed=5, report=lambda *point: losses.append(point[2]))
    assert easy.loss(validation, model.predict(validation)) == pytest.approx(min(losses), rel=1e-9)


def test_a_report_may_raise_to_stop(architecture: Any, tmp_path: Path) -> None:
    train, validation, _ = easy.problem(MIXED[0])
    before = easy.files(easy.fitted(architecture, train, validation, **architecture.SEARCH), tmp_path / "before")

    def stop(*_: Any) -> None:
        raise InterruptedError("enough")

    with pytest.raises(InterruptedError, match="enough"):
        architecture.fit(architecture.Params(), train, validation, seed=5, report=stop)
    assert easy.files(easy.fitted(architecture, train, validation, **architecture.SEARCH), tmp_path / "after") == before


@mixed
def test_saved_files_run_no_code_when_read(
    architecture: Any, solved: Solved, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import pickle

    def refused(*_: Any, **__: Any) -> None:
        raise AssertionError("pickle was used")

    for used in ("dump", "dumps", "load", "loads", "Pickler", "Unpickler"):
        monkeypatch.setattr(pickle, used, refused)
    model, _, _, test = solved
    written = easy.files(model, tmp_path)
    architecture.load(tmp_path).predict(test)
    assert {Path(name).suffix for name in written} <= {".txt", ".json", ".safetensors", ".sha256"}
    assert not any(content.startswith(b"\x80") for content in written.values())


@mixed
@pytest.mark.parametrize("damage", ["flipped", "truncated", "emptied", "lengthened", "removed"])
def test_a_damaged_file_is_refused(architecture: Any, solved: Solved, damage: str, tmp_path: Path) -> None:
    written = easy.files(solved[0], tmp_path)
    for name, content in written.items():
        for place in range(0, len(content), max(1, len(content) // 15)):
            flipped = bytes([content[place] ^ 0x10])
            broken = {
                "flipped": content[:place] + flipped + content[place + 1 :],
                "truncated": content[:place],
                "emptied": b"",
                "lengthened": content + content[place:],
            }
            if damage == "removed":
                (tmp_path / name).unlink()
            else:
                (tmp_path / name).write_bytes(broken[damage])
            with pytest.raises(Unmet, match=r"restore"):
                architecture.load(tmp_path)
            (tmp_path / name).write_bytes(content)


def odd(kind: str) -> tuple[Examples, Examples, Examples]:
    """Return what is legal and seldom."""
    generator = np.random.default_rng(1)
    if kind == "twenty rows":
        train, validation, test = easy.problem(MIXED[1], rows=20)
        return train, validation, test
    train, validation, test = easy.problem(MIXED[1])
    if kind == "a class that validation lacks":
        return train, easy.taken(validation, validation.labels != 1), test
    if kind == "one row to validate on":
        return easy.taken(train, slice(100)), easy.taken(validation, [0]), test
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
    whole = easy.table(numeric, categorical, target, 2, categories)
    return easy.taken(whole, slice(600)), easy.taken(whole, slice(600, 750)), easy.taken(whole, slice(750, 900))


@pytest.mark.parametrize(
    "kind",
    [
        "twenty rows",
        "a class that validation lacks",
        "one row to validate on",
        "one in a hundred is positive",
        "a thousand categories",
        "no number is ever there",
        "nothing to learn from",
        "enormous and infinite numbers",
        "one column",
    ],
)
def test_it_answers_on_what_is_seldom(architecture: Any, kind: str, tmp_path: Path) -> None:
    train, validation, test = odd(kind)
    points: list[tuple[int, float, float]] = []
    params = architecture.Params()
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
    parts = easy.problem("mixed columns, a number")
    changed = {
        "always the same": lambda labels: np.full_like(labels, 7.0),
        "tiny": lambda labels: labels * 1e-9,
        "enormous": lambda labels: labels * 1e12,
        "one far off": lambda labels: np.where(np.arange(len(labels)) == 3, 1e9, labels),
    }[target]
    train, validation, test = (replace(part, target=changed(part.labels)) for part in parts)
    points: list[tuple[int, float, float]] = []
    model = architecture.fit(
        architecture.Params(), train, validation, seed=5, report=lambda *point: points.append(point)
    )
    answered = model.predict(test)
    assert np.isfinite(np.array(points)).all()
    assert np.isfinite(answered).all()
    if target in ("tiny", "enormous"):
        assert ((answered - test.labels) ** 2).mean() < 0.5 * test.labels.var()
    easy.files(model, tmp_path)
    assert architecture.load(tmp_path).predict(test).tobytes() == answered.tobytes()


def process(project: Path, name: str, kind: str, out: Path, *first: str, **environment: str) -> list[str]:
    """Fit in a process of its own; return the libraries that it imported and that take long."""
    words = [sys.executable, "-W", "error", easy.__file__, str(project), name, kind, str(out), *first]
    done = subprocess.run(words, env=os.environ | environment, capture_output=True, text=True, check=True)
    return done.stdout.split()


@pytest.mark.parametrize("kind", ["mixed columns, two classes", "mixed columns, three classes"])
def test_weights_of_classes_are_learned_and_taken_back(architecture: Any, kind: str) -> None:
    if not architectures.weighted(architecture):
        pytest.skip("does not say that it learns from weights")
    train, validation, test = (imbalanced(part) for part in easy.problem(kind, rows=3000))
    counts = np.bincount(train.labels)
    task = replace(train.task, weights=tuple(len(train) / (len(counts) * counts)))
    weighted = [replace(part, task=task) for part in (train, validation, test)]
    curve: list[float] = []
    model = architecture.fit(
        architecture.Params(), *weighted[:2], seed=5, report=lambda _, __, seen: curve.append(seen)
    )
    plain = easy.fitted(architecture, train, validation).predict(test)
    answered = model.predict(weighted[2])
    # While it learns, a rare class is as frequent as any other; asked, it is as frequent as it is.
    assert answered[:, -1].mean() > plain[:, -1].mean() + 0.01
    truth = np.bincount(test.labels) / len(test)
    assert task.original(answered).mean(axis=0) == pytest.approx(truth, abs=0.06)
    assert min(curve) == pytest.approx(loss(model.predict(weighted[1]), weighted[1]), rel=0.02)


def imbalanced(examples: Examples) -> Examples:
    """Return examples of which the last class is rare."""
    rare = examples.labels == examples.labels.max()
    return easy.taken(examples, np.flatnonzero(~rare | (np.arange(len(examples)) % 8 == 0)))
