"""A search starts from what is declared, never learns from what it cannot see again, and goes on where it stopped."""

from __future__ import annotations

import csv
import random
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import easy
import lightgbm
import optuna
import pytest

from syllabus import architectures, scoring, training, tuning
from syllabus.errors import Unmet
from syllabus.features.categories import Categories
from syllabus.modalities.tables import Encoding
from syllabus.models import Model
from syllabus.settings import Tuning
from syllabus.training import Curve, Prepared

TOY = '''
"""A curve that only depends on its parameters; `EVENTS` says what was done."""

from dataclasses import dataclass

import numpy as np

from syllabus import architectures

READS = frozenset({"numeric"})
TASKS = frozenset({"classification"})
SEARCH = {"fast": True}
SIDE_BY_SIDE = True
EVENTS = []
BEFORE = lambda params, iteration: None


class Params(architectures.Params):
    x: float = 0.9
    kind: str = "a"
    depth: int = 0
    fast: bool = False


def space(trial):
    chosen = {"x": trial.suggest_float("how far", 0.0, 1.0), "kind": trial.suggest_categorical("kind", ["a", "b"])}
    if chosen["kind"] == "b":
        chosen["depth"] = trial.suggest_int("depth", 1, 9, step=2)
    return chosen


@dataclass
class Fitted:
    params: Params

    def predict(self, examples):
        return np.full((len(examples), 2), 0.5)

    def save(self, directory):
        architectures.write(self.params.model_dump_json().encode(), directory / "model.json")


def fit(params, train, validation, *, seed, report):
    EVENTS.append(("fit", params))
    for iteration in range(1, 41):
        BEFORE(params, iteration)
        report(iteration, 1 / iteration, abs(params.x - 0.3) + 1 / iteration)
    EVENTS.append(("fitted", params))
    return Fitted(params)


def load(directory):
    return Fitted(Params.model_validate_json(architectures.read(directory / "model.json")))
'''


@dataclass
class Toy:
    """A search with an architecture whose fits take no time."""

    folder: Path
    architecture: Any
    params: dict[str, Any]

    def tune(self, trials: int = 12, out: str = "out", score: Any = None, **asked: Any) -> dict[str, bytes]:
        """Tune and save; return what was written."""
        score = score or (lambda model: -abs(model.params["x"] - 0.3))
        train, validation, _ = easy.problem("mixed columns, two classes", rows=20)
        prepared = Prepared("tables", Encoding("target", train.task, (), {}), train, validation)
        params = self.architecture.Params(**self.params)
        declared = Model("tables", "toy", params.model_dump(), prepared.encoding, self.architecture.Fitted(params))
        budget = Tuning(trials=trials, **{key: value for key, value in asked.items() if key == "seconds"})
        self.architecture.EVENTS.clear()
        self.found = tuning.tune(
            declared,
            Curve([(1, 1.0, 1.0)]),
            prepared,
            budget,
            score,
            seed=asked.get("seed", 3),
            studies=self.folder / "studies",
        )
        (self.folder / out).mkdir(exist_ok=True)
        self.found.save(self.folder / out)
        return contents(self.folder / out)

    def fitted(self) -> int:
        """Return how many fits began."""
        return sum(event == "fit" for event, _ in self.architecture.EVENTS)

    def study(self) -> Path:
        (file,) = (self.folder / "studies").glob("*.db")
        return file

    def forget(self) -> None:
        tuning.forget(self.folder / "studies", "toy")


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Toy:
    (tmp_path / "architectures").mkdir()
    (tmp_path / "architectures" / "toy.py").write_text(TOY)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SYLLABUS_THREADS", "2")
    return Toy(tmp_path, architectures.load("toy"), {"x": 0.9, "kind": "b", "depth": 4})


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def rows(toy: Toy, name: str) -> list[dict[str, str]]:
    with (toy.folder / "out" / name).open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_declared_parameters_are_the_first_trial_and_are_not_fitted_again(toy: Toy) -> None:
    toy.tune(trials=1)
    assert toy.fitted() == 0
    assert rows(toy, "trials.csv") == [
        {"trial": "0", "state": "complete", "score": "-0.6000000000000001", "depth": "4"}
        | {"how far": rows(toy, "trials.csv")[0]["how far"], "kind": "b"}
    ]


def test_the_best_trial_is_fitted_again_without_what_makes_a_search_cheap(toy: Toy) -> None:
    toy.tune()
    searched, again = toy.architecture.EVENTS[0][1], toy.architecture.EVENTS[-1][1]
    assert (searched.fast, again.fast) == (True, False)
    assert toy.found.improved
    assert toy.found.model.params == again.model_dump()
    assert toy.found.score == max(trial["score"] for trial in toy.found.trials if trial["score"] is not None)


def test_the_declared_model_stays_where_nothing_beats_it(toy: Toy) -> None:
    toy.params = {"x": 0.3}
    toy.tune()
    assert not toy.found.improved
    assert toy.found.model.params["x"] == 0.3
    assert toy.found.score == toy.found.declared
    assert toy.found.curve.points == [(1, 1.0, 1.0)]


def test_every_trial_is_written_with_what_was_chosen(toy: Toy) -> None:
    toy.tune(trials=14)
    written = rows(toy, "trials.csv")
    assert [int(row["trial"]) for row in written] == list(range(14))
    assert {row["state"] for row in written} == {"complete", "pruned"}
    for row in written:
        assert 0 <= float(row["how far"]) <= 1
        assert (row["depth"] != "") == (row["kind"] == "b")
        assert (row["score"] != "") == (row["state"] == "complete")
    history = [float(row["best"]) for row in rows(toy, "history.csv")]
    assert history == sorted(history)
    shares = [float(row["importance"]) for row in rows(toy, "importance.csv")]
    assert sum(shares) == pytest.approx(1)


def test_a_trial_whose_curve_is_worse_than_most_ends_early(toy: Toy) -> None:
    reached: dict[float, int] = {}

    def note(params: Any, iteration: int) -> None:
        reached[params.x] = iteration

    toy.architecture.BEFORE = note
    toy.tune(trials=20)
    states = {trial["how far"]: trial["state"] for trial in toy.found.trials[1:]}
    assert {reached[x] for x, state in states.items() if state == "complete"} == {40}
    assert {reached[x] for x, state in states.items() if state == "pruned"} == {16}
    assert abs(toy.found.model.params["x"] - 0.3) < 0.1


def test_two_runs_give_the_same_files(toy: Toy) -> None:
    once = toy.tune(out="once")
    toy.forget()
    assert toy.tune(out="twice") == once
    toy.forget()
    assert toy.tune(out="other", seed=4) != once


@pytest.mark.parametrize("threads", ["1", "2", "4"])
def test_which_trial_ends_first_changes_nothing(toy: Toy, threads: str, monkeypatch: pytest.MonkeyPatch) -> None:
    once = toy.tune(out="once", trials=16)
    toy.forget()
    monkeypatch.setenv("SYLLABUS_THREADS", threads)
    draw = random.Random(threads)
    toy.architecture.BEFORE = lambda params, iteration: time.sleep(draw.random() / 200 if iteration < 4 else 0)
    assert toy.tune(out="twice", trials=16) == once


def test_trials_run_side_by_side_where_the_architecture_allows(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    fitting: set[int] = set()
    shares: set[int] = set()

    def note(_: Any, iteration: int) -> None:
        if iteration == 1:
            time.sleep(0.02)
        fitting.add(threading.get_ident())
        shares.add(architectures.threads())

    monkeypatch.setenv("SYLLABUS_THREADS", "4")
    toy.architecture.BEFORE = note
    toy.tune(trials=10)
    assert len(fitting) > 2  # this thread, and one a trial
    assert shares >= {1}
    toy.forget()
    fitting.clear()
    toy.architecture.SIDE_BY_SIDE = False
    toy.tune(trials=10)
    assert len(fitting) <= 2


@pytest.mark.parametrize("at", [1, 2, 5, 9, 13])
def test_a_search_that_was_cut_off_goes_on_with_nothing_lost(toy: Toy, at: int) -> None:
    whole = toy.tune(out="whole", trials=14)
    toy.forget()

    def cut_off(*_: Any) -> None:
        if toy.fitted() > at:
            raise KeyboardInterrupt

    toy.architecture.BEFORE = cut_off
    with pytest.raises(KeyboardInterrupt):
        toy.tune(trials=14)
    toy.architecture.BEFORE = lambda *_: None
    with sqlite3.connect(toy.study()) as study:
        kept = study.execute("SELECT count(*) FROM trials").fetchone()[0]
    assert kept >= at - 3  # what ran beside the one that was cut off is lost
    assert toy.tune(out="resumed", trials=14) == whole
    assert toy.fitted() == 14 - kept + 1  # and the best, in full


def test_a_finished_study_that_is_still_there_is_not_fitted_again(toy: Toy) -> None:
    whole = toy.tune(out="whole")
    assert toy.tune(out="again") == whole
    assert toy.fitted() == 1  # the best, in full
    toy.forget()
    assert list((toy.folder / "studies").iterdir()) == []


def test_any_seed_that_settings_allow_searches(toy: Toy) -> None:
    largest = toy.tune(trials=3, seed=2**31 - 1)
    assert len(toy.found.trials) == 3
    assert toy.tune(trials=3, seed=2**31 - 2) != largest


def test_other_inputs_begin_another_study(toy: Toy) -> None:
    toy.tune(seed=1)
    toy.tune(seed=2)
    toy.params = {"x": 0.8}
    toy.tune(seed=1)
    assert len(list((toy.folder / "studies").glob("*.db"))) == 3


def damaged(content: bytes) -> dict[str, bytes]:
    draw = random.Random(0)
    broken = {"empty": b"", "no database": b"hello\n" * 2000, "torn": content[: len(content) // 2]}
    for number in range(40):
        place = draw.randrange(len(content))
        flipped = content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :]
        broken[f"flipped {number}"] = flipped
    text = content.find(b"complete")
    broken["a trial that was changed"] = content[:text] + b"complety" + content[text + 8 :]
    return broken


def test_a_damaged_study_is_set_aside_and_begun_anew(toy: Toy, capfd: pytest.CaptureFixture[str]) -> None:
    whole = toy.tune(out="whole", trials=8)
    content = toy.study().read_bytes()
    for kind, broken in damaged(content).items():
        toy.study().write_bytes(broken)
        capfd.readouterr()
        assert toy.tune(out="resumed", trials=8) == whole, kind
        said = capfd.readouterr().err
        if toy.fitted() > 1 and kind != "empty":
            assert said.count("\n") == 1
            assert f"{toy.study()} is damaged: set aside as {toy.study().name}.damaged, the search begins anew" in said
        if kind in ("no database", "torn", "a trial that was changed"):
            assert toy.study().with_name(f"{toy.study().name}.damaged").read_bytes() == broken
    toy.forget()
    assert list((toy.folder / "studies").iterdir()) == []


def test_a_study_that_another_process_holds_is_refused(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    toy.tune()
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda file, timeout: connect(file, timeout=0))
    with connect(toy.study()) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Unmet, match="database is locked"):
            toy.tune()


def test_a_study_that_cannot_be_written_is_one_sentence(toy: Toy) -> None:
    def full(*_: Any) -> None:
        with sqlite3.connect(toy.study()) as study:
            study.execute(
                "CREATE TRIGGER IF NOT EXISTS full BEFORE INSERT ON trials BEGIN SELECT RAISE(ABORT, 'full'); END"
            )

    toy.architecture.BEFORE = full
    with pytest.raises(Unmet, match="the study of this search cannot be written: full"):
        toy.tune()


def test_a_limit_in_time_ends_the_search(toy: Toy) -> None:
    toy.architecture.BEFORE = lambda *_: time.sleep(0.001)
    began = time.monotonic()
    toy.tune(trials=100_000, seconds=0.5)
    assert time.monotonic() - began < 5
    assert 1 < len(toy.found.trials) < 1000
    assert [trial["trial"] for trial in toy.found.trials] == list(range(len(toy.found.trials)))


def test_a_fit_that_fails_ends_the_search_and_says_why(toy: Toy) -> None:
    def fail(params: Any, iteration: int) -> None:
        time.sleep(0.001)
        if toy.fitted() > 4 and iteration == 1:
            raise RuntimeError("out of luck")

    toy.architecture.BEFORE = fail
    alone = threading.active_count()
    with pytest.raises(RuntimeError, match="out of luck"):
        toy.tune()
    assert threading.active_count() == alone


@pytest.mark.parametrize(
    ("declared", "taken"),
    [({"x": 5.0, "kind": "z", "depth": 4}, {"kind": "a"}), ({"kind": "b", "depth": 4}, {"kind": "b", "depth": 5})],
)
def test_a_declared_value_outside_the_space_counts_as_the_nearest_inside(
    toy: Toy, declared: dict[str, Any], taken: dict[str, Any]
) -> None:
    toy.params = declared
    toy.tune(trials=6)
    assert toy.found.trials[0].items() >= {k: v for k, v in declared.items() if k != "x" and k in taken}.items()
    with sqlite3.connect(toy.study()) as study:
        said = study.execute("SELECT said FROM trials WHERE number = 0").fetchone()[0]
    for name, value in taken.items():
        assert f'"{name}": {value!r}'.replace("'", '"') in said


def test_what_a_study_needs_of_optuna_is_there_without_its_companions(toy: Toy) -> None:
    assert optuna.importance.PedAnovaImportanceEvaluator
    toy.tune(trials=12)
    assert set(toy.found.importance) <= {"how far", "kind", "depth"}


@pytest.fixture(scope="module")
def census() -> Prepared:
    train, validation, _ = easy.problem("mixed columns, two classes", rows=1000)
    categories = {column.name: Categories(column.categories or ()) for column in train.columns["categorical"]}
    numbers = tuple(column.name for column in train.columns["numeric"])
    return Prepared("tables", Encoding("target", train.task, numbers, categories), train, validation)


@pytest.fixture
def tuned(census: Prepared, tmp_path: Path) -> Callable[[str, str], dict[str, bytes]]:
    """Return what trains and tunes an architecture, and returns what was written."""

    def tuned(name: str, out: str) -> dict[str, bytes]:
        train, validation, _ = easy.problem("mixed columns, two classes", rows=1000)
        prepared = Prepared("tables", census.encoding, train, validation)
        declared, curve = training.fit(name, {}, prepared, seed=3)
        score = scoring.scorer("roc_auc", 0.5, prepared.validation)
        found = tuning.tune(
            declared, curve, prepared, Tuning(trials=8), score, seed=3, studies=tmp_path / f"{out} studies"
        )
        found.save(tmp_path / out)
        return contents(tmp_path / out)

    return tuned


@pytest.mark.parametrize("name", architectures.names())
def test_real_searches_are_the_same_to_the_byte_whatever_the_threads(
    name: str, tuned: Callable[[str, str], dict[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYLLABUS_THREADS", "1")
    once = tuned(name, "once")
    monkeypatch.setenv("SYLLABUS_THREADS", "2")
    assert tuned(name, "twice") == once
    assert {"trials.csv", "history.csv", "importance.csv", "curve.csv", "model/model.json"} <= once.keys()


def test_lightgbm_bins_the_data_once_for_all_trials(
    tuned: Callable[[str, str], dict[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[int] = []
    dataset = lightgbm.Dataset

    def counted(*arguments: Any, **named: Any) -> Any:
        built.append(named["params"]["max_bin"])
        return dataset(*arguments, **named)

    monkeypatch.setattr(lightgbm, "Dataset", counted)
    tuned("lightgbm", "out")
    # Train and validation: with all bins for the declared and the best parameters, with 63 for the eight trials.
    assert sorted(built) == [63, 63, 255, 255]
