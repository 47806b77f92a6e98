"""A search goes on where it stopped; a study on disk is trusted only whole."""

from __future__ import annotations

import random
import sqlite3
from typing import Any

import pytest
from tuning.toy import Toy

from syllabus.errors import Unmet


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
