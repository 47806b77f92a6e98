"""Two versions are compared on the same test rows, none of which either has learned from, by a paired test."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from syllabus.errors import Unmet
from syllabus.examination.predictions import Predictions
from syllabus.history import comparing, paired
from syllabus.registry import versions
from tests.history import past_runs
from tests.history.test_stages import said
from tests.monitoring.watched_packages import sealed


def two(n: int, skill: float, seed: int = 0) -> tuple[Predictions, Predictions]:
    """Return the answers of two models on the same rows; the second sees less noise by `skill`."""
    rng = np.random.default_rng(seed)
    score = rng.normal(size=n)
    target = (rng.random(n) < 1 / (1 + np.exp(-2 * score))).astype(int)

    def of(noise: float) -> Predictions:
        p = 1 / (1 + np.exp(-(score + noise * rng.normal(size=n))))
        return Predictions.of(target, np.column_stack([1 - p, p]), ("no", "yes"))

    return of(1.0), of(1.0 - skill)


def test_the_paired_interval_is_that_of_a_plain_paired_bootstrap() -> None:
    first, second = two(400, 0.3)
    (found,) = paired.differences(first, second, ["log_loss"])
    each = second.losses() - first.losses()
    drawn = each[np.random.default_rng(1).integers(0, 400, (4000, 400))].mean(axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert found.difference == pytest.approx(each.mean(), abs=1e-9)
    assert (found.low, found.high) == (pytest.approx(low, abs=0.15 * (high - low)), pytest.approx(high, abs=0.15 * (high - low)))  # fmt: skip


def test_pairing_sees_what_two_intervals_side_by_side_do_not() -> None:
    first, second = two(800, 0.3)
    (found,) = paired.differences(first, second, ["roc_auc"])
    assert found.first.high > found.second.low, "the intervals overlap"
    assert found.better == "second"
    assert found.p < 0.05
    (turned,) = paired.differences(second, first, ["roc_auc"])
    assert (turned.better, turned.difference) == ("first", pytest.approx(-found.difference))


@pytest.mark.parametrize("name", ["roc_auc", "log_loss", "accuracy"])
def test_of_equal_models_one_in_twenty_is_called_better(name: str) -> None:
    found = [paired.differences(*two(200, 0.0, seed), [name], resamples=200, seed=seed)[0] for seed in range(200)]
    called = sum(one.better is not None for one in found)
    assert 2 <= called <= 22
    assert abs(called - sum(one.p < 0.05 for one in found)) <= 8


def test_a_model_against_itself_differs_in_nothing() -> None:
    first, _ = two(100, 0.0)
    for one in paired.differences(first, first):
        assert (one.difference, one.low, one.high, one.p, one.better) == (0.0, 0.0, 0.0, 1.0, None)


def test_answers_about_other_rows_are_not_paired() -> None:
    first, second = two(100, 0.0)
    with pytest.raises(Unmet, match="about other examples"):
        paired.differences(first, second.rows(np.arange(99)))
    with pytest.raises(Unmet, match="about other examples"):
        paired.differences(first, second.rows(np.arange(100)[::-1]))


def of_parts(folder: Path, version: str, which: tuple[str, ...]) -> set[str]:
    """Return whom parts of a version are about, from its run made again elsewhere."""
    again = folder.parent / f"again {version}"
    past_runs.begin(again)
    past_runs.finish(again) if version == "v0.0.1" else past_runs.finish(again, rows=900, depth=1, seed=2, code="2")
    return {who for part in which for who in pl.read_parquet(again / f"artifacts/split/{part}.parquet")["who"]}


def test_versions_of_other_rows_answer_the_newer_test_less_what_either_learned(
    past: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = of_parts(past, "v0.0.2", ("test",))
    learned = of_parts(past, "v0.0.1", ("train", "validation"))
    found = json.loads(said(capsys, "compare", "v0.0.1", "v0.0.2", "--json"))
    assert not found["same test rows"]
    assert found["test"] == {
        "of": "people@v0.0.2",
        "rows": len(asked - learned),
        "left out": len(asked & learned),
    }
    assert len(asked & learned) > 20
    assert found["unable"] is None
    text = said(capsys, "compare", "v0.0.1", "v0.0.2")
    assert f"both answer the {len(asked - learned)} rows of test of people@v0.0.2, less {len(asked & learned)} that one of them has learned from" in text  # fmt: skip
    assert said(capsys, "compare", "people@v0.0.1").replace("B  what is registered here", "") == text.replace("B  people@v0.0.2", "").replace("test of people@v0.0.2", "test of what is registered here")  # fmt: skip


def test_what_two_versions_were_made_of_is_set_side_by_side(past: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(said(capsys, "compare", "v0.0.1", "v0.0.2", "--json"))
    assert found["winner"] == [{"key": "params.max_depth", "first": 3, "second": 1}]
    assert {row["key"]: (row["first"], row["second"]) for row in found["parameters"]} == {
        "architectures.tree.max_depth": (3, 1),
        "seed": (1, 2),
    }
    source = found["data"]["source"]
    assert (source["first"]["rows"], source["second"]["rows"], source["same"]) == (600, 900, False)
    assert found["code"] == {"changed": ["syllabus.models"], "added": [], "removed": [], "versions": []}
    text = said(capsys, "compare", "v0.0.1", "v0.0.2")
    assert "  architectures.tree.max_depth  3  →  1" in text
    assert "  changed: syllabus.models" in text


def test_versions_of_the_same_test_rows_show_what_was_recorded(past: Path, capsys: pytest.CaptureFixture[str]) -> None:
    past_runs.finish(past, rows=900, depth=4, seed=2)
    assert versions.make(past) == ("people@v0.0.3", True)
    found = json.loads(said(capsys, "compare", "v0.0.2", "v0.0.3", "--json"))
    assert found["same test rows"]
    assert found["test"]["left out"] == 0
    assert found["answers changed"] == []
    for row in found["metrics"]:
        for side in ("first", "second"):
            assert row[side]["value"] == pytest.approx(found[side]["recorded"][row["metric"]]["value"], abs=1e-5)
    told = said(capsys, "compare", "v0.0.2", "v0.0.3")
    assert f"Both were examined on the same test rows: {found['test']['rows']} rows.\n" in told


def test_answers_that_changed_since_are_told(
    past: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from syllabus.architectures import tree

    load = tree.load

    def otherwise(directory: Path) -> Any:
        fitted = load(directory)
        predict = fitted.predict
        object.__setattr__(fitted, "predict", lambda examples: predict(examples)[::-1])
        return fitted

    monkeypatch.setattr(tree, "load", otherwise)
    told = said(capsys, "compare", "v0.0.2", ".")
    assert "people@v0.0.2 answers otherwise than when it was registered: its code was changed" in told


def test_a_model_that_cannot_be_loaded_leaves_what_was_recorded(
    past: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from syllabus.architectures import tree

    monkeypatch.setattr(tree, "load", lambda _: {}["of another time"])
    told = said(capsys, "compare", "v0.0.1", "v0.0.2")
    assert "No paired test: they cannot both answer: KeyError: 'of another time'. What each showed on its own test rows:" in told  # fmt: skip
    assert "roc_auc" in told
    assert "  architectures.tree.max_depth  3  →  1" in told


def test_a_column_that_is_gone_leaves_what_was_recorded(
    past: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    of_today = past_runs.people
    monkeypatch.setattr(past_runs, "people", lambda rows: of_today(rows).rename({"town": "place"}))
    past_runs.finish(past, rows=700)
    told = said(capsys, "compare", "v0.0.1")
    assert "No paired test: " in told
    assert "Traceback" not in told
    assert "town" in told.partition("No paired test: ")[2].partition("\n")[0]


def test_a_comparison_of_what_is_gone_is_refused(past: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(past / ".dvc/cache")
    assert "is not in DVC's cache, and no remote is set" in said(capsys, "compare", "v0.0.1", "v0.0.2")


def test_a_package_that_was_edited_is_not_compared(past: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (past / "artifacts/register/package/card.md").write_text("# Better\n")
    assert "card.md was changed since the package was written" in said(capsys, "compare", "v0.0.1", ".")


def test_a_threshold_of_the_package_decides(past: Path) -> None:
    package, parts = past / "artifacts/register/package", past / "artifacts/split"
    before, rows = comparing.answers(package, parts)
    plain = {"threshold": 0.0, "by": {"cost": {"false_positive": 1.0, "false_negative": 4.0}}, "reached": True}
    (package / "threshold.json").write_text(json.dumps(plain | {"rows": 9, "groups": {}, "across": None}))
    sealed(package)
    given, _ = comparing.answers(package, parts)
    assert given.decided.all()
    assert not before.decided.all()
    assert given.costs == (1.0, 4.0)
    assert rows.tolist() == pl.read_parquet(parts / "test.parquet")["row"].to_list()
    (package / "threshold.json").write_text(
        json.dumps(plain | {"threshold": 2.0, "rows": 9, "groups": {"town 1": 0.0}, "across": "town"})
    )
    sealed(package)
    by_town, _ = comparing.answers(package, parts)
    assert by_town.decided.tolist() == (pl.read_parquet(parts / "test.parquet")["town"] == "town 1").cast(int).to_list()


@pytest.mark.parametrize(
    ("now", "then"),
    [
        (pl.Int64, pl.Float64),
        (pl.Float64, pl.Float32),
        (pl.Datetime("ms"), pl.Datetime("us")),
        (pl.Date, pl.Datetime("us")),
        (pl.Datetime("ms", "UTC"), pl.Datetime("us", "UTC")),
        (pl.Enum(["1", "2", "3"]), pl.Enum(["3", "2", "1"])),
        (pl.Int64, pl.String),
        (pl.Binary, pl.Binary),
    ],
)
def test_a_row_is_known_whatever_its_column_has_become(now: Any, then: Any) -> None:
    def held(kind: Any) -> pl.Series:
        values = pl.Series("a", ["1", "2", "3"])
        if kind.is_temporal():
            return values.cast(pl.Int32).cast(pl.Date).cast(kind)
        return values.cast(pl.Int64).cast(kind) if kind.is_numeric() else values.cast(kind)

    asked = pl.LazyFrame({"row": [7, 8, 9], "a": held(now)})
    learned = pl.LazyFrame({"row": [1, 2], "a": held(then)[:2]})
    assert comparing._there(asked, learned).tolist() == [7, 8]
