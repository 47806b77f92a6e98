"""What the tests, the effects and the guesses of units say of columns whose drift is known."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

from syllabus import modalities
from syllabus.monitoring import columns, distributions, drift, groups, pictures, units
from syllabus.monitoring.distributions import Categories, Distribution, Numbers
from syllabus.monitoring.tally import Tally

DRAW = np.random.default_rng(5)
NUMBERS = {
    "normal": DRAW.normal(20, 4, 5000),
    "skewed": DRAW.lognormal(3, 1, 5000),
    "whole": DRAW.integers(0, 12, 5000).astype(float),
    "mostly nought": np.where(DRAW.random(5000) < 0.9, 0.0, DRAW.lognormal(8, 1, 5000)),
    "one value": np.full(5000, 7.0),
    "below nought": -DRAW.lognormal(3, 1, 5000),
}


def tally(of: Distribution, values: pl.Series) -> Tally:
    found = Tally(of)
    found.add(values, np.ones(len(values), dtype=bool))
    return found


def asked(of: Distribution, values: pl.Series) -> dict[str, drift.Test]:
    found = drift.of("x", tally(of, values))
    drift.correct(found)
    return {test.kind: test for test in found}


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_are_counted_as_their_reference(name: str) -> None:
    held = pl.Series("x", NUMBERS[name])
    of = distributions.of(held)
    assert isinstance(of, Numbers)
    same = tally(of, held)
    assert (same.counts == of.counts).all()
    assert of.counts.sum() == 5000
    assert of.counts[0] == of.counts[-1] == 0
    assert drift.stability(of.counts, same.counts) == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("name", NUMBERS)
def test_a_reference_is_the_same_after_it_was_written(name: str) -> None:
    of = distributions.of(pl.Series("x", NUMBERS[name]))
    again = distributions.load(json.loads(json.dumps(of.plain())))
    assert again.plain() == of.plain()


@pytest.mark.parametrize("name", [name for name in NUMBERS if name != "one value"])
def test_half_of_the_rows_do_not_drift_and_a_shift_does(name: str) -> None:
    held = NUMBERS[name]
    of = distributions.of(pl.Series("x", held[:2500]))
    same = asked(of, pl.Series("x", held[2500:]))
    assert same["values"].corrected > 0.05
    assert same["values"].effect < 0.1
    shifted = asked(of, pl.Series("x", held[2500:] + held.std()))
    assert shifted["values"].corrected < 1e-6
    assert shifted["values"].effect > 0.1


def test_what_hides_behind_a_frequent_value_is_seen() -> None:
    held = NUMBERS["mostly nought"]
    of = distributions.of(pl.Series("x", held[:2500]))
    found = asked(of, pl.Series("x", held[2500:] * 20))
    assert found["values"].effect > 0.1


def test_a_few_rows_far_out_are_beyond_though_the_distribution_is_the_same() -> None:
    of = distributions.of(pl.Series("x", NUMBERS["normal"]))
    far = np.r_[NUMBERS["normal"][:97], [400.0, 500.0, 600.0]]
    found = asked(of, pl.Series("x", far))
    assert found["values"].corrected > 0.05
    assert found["beyond"].corrected < 0.01
    assert found["beyond"].effect == pytest.approx(0.03)


def test_a_moment_moves_on_and_its_gaps_are_still_asked_about() -> None:
    days = pl.Series("x", np.arange(1000)).cast(pl.Int32).cast(pl.Date)
    of = distributions.of(days)
    later = (days.cast(pl.Int32) + 5000).cast(pl.Date)
    found = asked(of, pl.concat([later.head(500), pl.Series("x", [None] * 500, dtype=pl.Date)]))
    assert set(found) == {"missing"}
    assert found["missing"].effect == pytest.approx(0.5)


def test_a_new_category_is_new_only_where_all_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = pl.Series("x", [f"v{at % 30}" for at in range(3000)])
    assert asked(distributions.of(seen), pl.Series("x", ["v1"] * 95 + ["w"] * 5))["new"].effect == 0.05
    monkeypatch.setattr(distributions, "VALUES", 10)
    few = distributions.of(seen)
    assert isinstance(few, Categories)
    assert (few.others, few.known) == (2000, 3000)
    assert "new" not in asked(few, seen)
    assert asked(few, seen)["values"].effect == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize(
    ("back", "says"),
    [
        (lambda held: held * 1000, "multiplied by 1000 (thousands"),
        (lambda held: held / 2.54, "divided by 2.54 (as from inches to centimetres, turned around)"),
        (lambda held: held * 1.8 + 32, "in degrees Fahrenheit instead of Celsius"),
        (lambda held: -held, "of the other sign"),
    ],
)
@pytest.mark.parametrize("name", ["normal", "skewed"])
def test_a_unit_is_guessed(name: str, back: object, says: str) -> None:
    of = distributions.of(pl.Series("x", NUMBERS[name]))
    assert isinstance(of, Numbers)
    told = units.guess(of, back(NUMBERS[name][:500]))  # type: ignore[operator]
    assert told is not None
    assert told.startswith(says)


def test_no_unit_is_guessed_where_values_have_only_moved() -> None:
    of = distributions.of(pl.Series("x", NUMBERS["normal"]))
    assert isinstance(of, Numbers)
    assert units.guess(of, NUMBERS["normal"][:500] + 6) is None
    assert units.guess(of, NUMBERS["normal"][:500]) is None


def test_slices_are_cut_at_the_ends_of_the_reference() -> None:
    cut = groups.of(pl.Series("age", list(range(100))))
    assert cut.names == ("up to 24", "above 24 to 49", "above 49 to 74", "above 74", "(missing)")
    assert cut.codes(pl.Series("age", [24, 25, 500, None])).tolist() == [0, 1, 3, 4]
    assert groups.load(json.loads(json.dumps(cut.plain()))) == cut
    towns = groups.of(pl.Series("town", ["Ulm", "Ulm", "Bern"]))
    assert towns.codes(pl.Series("town", ["Bern", "Rome", None, "Ulm"])).tolist() == [1, 2, 3, 0]


@pytest.mark.parametrize("name", NUMBERS)
def test_a_picture_holds_all_rows_of_both(name: str) -> None:
    held = NUMBERS[name]
    drawn = pictures.of(tally(distributions.of(pl.Series("x", held)), pl.Series("x", held[:500] * 3)))
    assert sum(pair.before for pair in drawn.pairs) == pytest.approx(1, abs=1e-6)
    assert sum(pair.now for pair in drawn.pairs) == pytest.approx(1, abs=1e-6)


def test_every_module_of_columns_is_of_a_modality() -> None:
    assert set(columns.names()) <= set(modalities.names())
    for module in map(columns.load, columns.names()):
        assert hasattr(module, "watched") or (hasattr(module, "learn") and hasattr(module, "count"))
