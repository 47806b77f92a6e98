"""Ratings through all seven stages: what they come to, what the page shows, and what params.yaml may not say of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from ratings.shelf import rows
from ruamel.yaml import YAML

from stages.evaluate import evaluate
from stages.ingest import ingest
from stages.register import register
from stages.split import split
from stages.train import train
from stages.tune import tune
from stages.validate import validate
from syllabus import frames, models, params, registry
from syllabus.errors import Unmet
from syllabus.examination import intervals
from syllabus.history import comparing

SAID: dict[str, Any] = {
    "seed": 3,
    "about": {"purpose": "Say what a reader will like."},
    "data": {
        "modality": "ratings",
        "task": "rating",
        "source": "shelf.csv",
        "target": "stars",
        "options": {"user": "reader", "item": "book", "time": "day", "range": [1, 5], "liked": 3},
    },
    "validation": {"suite": "suite.json"},
    "split": {"method": "random", "parts": {"train": 0.6, "validation": 0.2, "test": 0.2}},
    "candidates": ["factorization", "neighbours", "biases"],
    "architectures": {"factorization": {"factors": 4, "ridge": 2.0}, "neighbours": {}, "biases": {}},
    "tuning": {"trials": 2, "folds": "none"},
    "examination": {"metric": "rmse", "sensitive": [], "slices": ["book"]},
    "gates": {
        "at_most": {"rmse": 1.2},
        "better_than_baseline_by": 0.05,
        "fit": ["good", "underfit", "overfit", "shifted"],
    },
}


def written(folder: Path, table: pl.DataFrame | None = None, **other: Any) -> Path:
    folder.mkdir(exist_ok=True)
    held = pl.DataFrame(rows()) if table is None else table
    held.write_csv(folder / "shelf.csv")
    first = {"column": held.columns[0]}
    rule = {"type": "expect_column_values_to_not_be_null", "severity": "critical", "kwargs": first}
    (folder / "suite.json").write_text(json.dumps({"name": "a", "expectations": [rule]}))
    (folder / "lock").write_text("")
    with (folder / "params.yaml").open("w") as file:
        YAML().dump(json.loads(json.dumps({**SAID, **other})), file)
    return folder


def staged(
    folder: Path, monkeypatch: pytest.MonkeyPatch, table: pl.DataFrame | None = None, **other: Any
) -> dict[str, Any]:
    monkeypatch.chdir(written(folder, table, **other))
    settings, out = params.read(), Path("artifacts")
    for name in ("ingest", "validate", "split", "train", "tune", "evaluate", "register"):
        (out / name).mkdir(parents=True)
    ingest(settings, out / "ingest")
    validate(settings, out / "ingest", out / "validate")
    split(settings, out / "ingest", out / "validate", out / "split")
    for name in settings.candidates:
        train(settings, name, out / "split", Path("kept"), out / "train" / name)
        tune(settings, name, out / "split", out / "train" / name, Path("studies"), out / "tune" / name)
    evaluate(settings, out / "split", out / "train", out / "tune", out / "evaluate")
    stages = [out / name for name in ("ingest", "validate", "split", "train", "tune", "evaluate")]
    register(settings, *stages, Path("lock"), out / "register")
    found: dict[str, Any] = json.loads((out / "evaluate" / "report.json").read_text())
    return found


def refused(folder: Path, **other: Any) -> str:
    with pytest.raises(Unmet) as caught:
        params.read(written(folder, **other) / "params.yaml")
    return str(caught.value)


def test_ratings_become_a_registered_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = staged(tmp_path / "project", monkeypatch)
    tested = found["test"]["metrics"]
    assert tested["rmse"]["value"] < found["baseline"]["rmse"]
    assert {one["candidate"] for one in found["candidates"]} == {"factorization", "neighbours", "biases"}
    assert not found["label errors"]
    assert not found["leaks"]
    assert found["test"]["cold"][0]["name"] == "known user and item"
    page = Path("artifacts/register/report.html").read_text()
    assert "Among the first ranks" in page
    assert "Known and new" in page
    assert "What it recommends" in page
    assert registry.package.CHECKSUMS in {path.name for path in Path("artifacts/register/package").iterdir()}
    given, _ = comparing.answers(Path("artifacts/register/package"), Path("artifacts/split"))
    now = intervals.measure(given, resamples=0)
    assert {name: one.value for name, one in now.items()} == pytest.approx({name: one["value"] for name, one in tested.items()}, rel=1e-4)  # fmt: skip
    model = models.load(Path("artifacts/evaluate/winner"))
    answered = model.predict(pl.LazyFrame({"reader": ["r1", "nobody"], "book": [2, 3]}))
    assert answered.shape == (2, 2)
    assert ((answered[:, 0] >= 1) & (answered[:, 0] <= 5)).all()


def test_clicks_are_ranked_and_their_last_held_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = {"user": "reader", "item": "book", "time": "day", "feedback": "clicks", "hold": "last"}
    found = staged(
        tmp_path / "project",
        monkeypatch,
        data={**SAID["data"], "target": "clicks", "options": options},
        split={"method": "time", "by": "day"},
        candidates=["factorization", "neighbours"],
        examination={"metric": "ndcg_at_10", "sensitive": []},
        gates={"at_least": {"hit_rate_at_10": 0.0}, "fit": ["good", "underfit", "overfit", "shifted"]},
    )
    assert found["test"]["n"] == found["test"]["users"] == 30
    assert found["test"]["metrics"]["rmse"]["value"] is None
    assert 0 <= found["test"]["metrics"]["ndcg_at_10"]["value"] <= 1


def visits(visitors: int) -> pl.DataFrame:
    """Return clicks as a shop's log has them: identifiers as texts, some pages often, days in no order."""
    random = np.random.default_rng(5)
    count = 30 * visitors
    who = random.integers(0, visitors, count)
    page = (random.integers(0, 8, count) * 4 + who % 4) % 32
    day = pl.date(2026, 1, 1) + pl.duration(days=pl.Series(random.integers(0, 90, count)))
    return pl.DataFrame(
        {"visitor": [f"8f3a-{n:03}" for n in who], "page": [f"/shop/{n}?ref=ü" for n in page]}
    ).with_columns(day.alias("when"))


LOG: dict[str, Any] = {
    "data": {
        "modality": "ratings",
        "task": "rating",
        "source": "shelf.csv",
        "target": "clicks",
        "options": {"user": "visitor", "item": "page", "time": "when", "feedback": "clicks"},
        "cleaning": {"types": {"when": "date"}},
    },
    "split": {"method": "time", "by": "when"},
    "candidates": ["factorization", "neighbours"],
    "examination": {"metric": "recall_at_10", "sensitive": []},
    "gates": {"at_least": {"recall_at_10": 0.3}, "fit": ["good", "underfit", "overfit", "shifted"]},
}


def test_a_log_of_clicks_that_is_split_by_time_becomes_a_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = staged(tmp_path / "project", monkeypatch, visits(40), **LOG)
    days = [frames.scan(Path(f"artifacts/split/{part}.parquet")).collect()["when"] for part in ("train", "test")]
    assert days[0].max() <= days[1].min()  # type: ignore[operator]  # both are days
    assert found["test"]["metrics"]["recall_at_10"]["value"] > found["baseline"]["recall_at_10"]
    assert {item["value"] for one in found["recommended"] for item in one["items"]} == {None}
    assert Path("artifacts/register/package").is_dir()


def test_a_log_of_one_visitor_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unmet, match="there is one user in the column visitor: nothing can be learned of others"):
        staged(tmp_path / "project", monkeypatch, visits(1), **LOG)


def test_a_log_whose_later_days_hold_strangers_alone_is_not_registered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    early = visits(40)
    named = {name: pl.lit("new ") + pl.int_range(pl.len()).cast(pl.String) for name in ("visitor", "page")}
    late = early.head(100).with_columns(**named, when=pl.col("when").dt.offset_by("1y"))
    said = {**LOG, "gates": {"fit": ["good"]}}
    with pytest.raises(Unmet, match="the verdict on the fit is underfit"):
        staged(tmp_path / "project", monkeypatch, pl.concat([early, late]), **said)
    found = json.loads(Path("artifacts/evaluate/report.json").read_text())
    cold = {one["name"]: one["rows"] for one in found["test"]["cold"]}
    assert cold["new user and item"] == found["test"]["n"]
    assert found["test"]["metrics"]["recall_at_10"]["value"] == 0
    assert [one["rated"] for one in found["recommended"]] == [0]


def test_a_metric_of_another_task_is_refused(tmp_path: Path) -> None:
    told = refused(tmp_path, examination={**SAID["examination"], "metric": "r2"})
    assert "r2 is a metric of regression, and data.task is rating" in told


def test_another_task_is_refused(tmp_path: Path) -> None:
    told = refused(tmp_path, data={**SAID["data"], "task": "regression"})
    assert "ratings are learned by task: rating, not by regression" in told


def test_what_goes_with_other_tasks_is_refused(tmp_path: Path) -> None:
    told = refused(tmp_path, data={**SAID["data"], "target_transform": "log"})
    assert "says nothing of a rating: leave it out" in told


def test_an_architecture_of_tables_is_refused(tmp_path: Path) -> None:
    told = refused(tmp_path, candidates=["tree"], architectures={"tree": {}})
    assert "tree learns classification and regression, and data.task is rating" in told
