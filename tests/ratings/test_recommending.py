"""What a model recommends: the first of what the user has not rated, in the order in which it ranks."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
import polars as pl
import pytest
from ratings.shelf import data, rows

from syllabus import frames, training
from syllabus.cli import main
from syllabus.errors import Unmet
from syllabus.modalities import ratings
from syllabus.models import Model
from syllabus.recommending import recommended, samples
from syllabus.settings import Split


def fitted(folder: Path, name: str, **options: Any) -> tuple[Model, pl.DataFrame, pl.DataFrame]:
    """Return a model of the shelf, its train and its test."""
    said = data(folder, [*rows(), {"reader": "new", "book": 3, "day": 1, "stars": 5}], **options)
    ratings.read(said, folder / "table.parquet")
    table = frames.scan(folder / "table.parquet").collect()
    parts = ratings.split(table.lazy(), said, Split(method="random"), seed=2)["part"].cast(pl.String)
    parts = pl.select(pl.when(table["reader"] == "new").then(pl.lit("test")).otherwise(parts).alias("part"))["part"]
    for part in ("train", "validation", "test"):
        frames.sink(table.filter(parts == part).lazy(), folder / f"{part}.parquet")
    model, _ = training.fit(name, {}, training.prepare(said, folder), seed=1)
    train, test = (frames.scan(folder / f"{part}.parquet").collect() for part in ("train", "test"))
    return model, train, test


@pytest.mark.parametrize("name", ["biases", "factorization", "neighbours"])
@pytest.mark.parametrize("options", [{}, {"goal": "ranks"}, {"target": "clicks", "feedback": "clicks"}])
def test_the_first_are_those_that_it_ranks_first(name: str, options: dict[str, Any], tmp_path: Path) -> None:
    if name == "biases" and "feedback" in options:
        pytest.skip("learns no clicks")
    model, train, _ = fitted(tmp_path, name, **options)
    known = set(train.filter(pl.col("reader") == "r4")["book"].cast(pl.String))
    found = recommended(model, "r4", 100)
    assert {one["item"] for one in found} == set(train["book"].cast(pl.String)) - known
    asked = pl.LazyFrame({"reader": ["r4"] * len(found), "book": [one["item"] for one in found]})
    answers = model.predict(asked)
    assert (np.diff(answers[:, 1]) >= 0).all()
    if "feedback" in options:
        assert {one["value"] for one in found} == {None}
    else:
        assert [one["value"] for one in found] == answers[:, 0].tolist()
    assert recommended(model, "r4", 3) == found[:3]


def test_who_is_new_gets_what_all_came_to(tmp_path: Path) -> None:
    model, train, _ = fitted(tmp_path, "factorization", goal="ranks")
    counts = train.group_by("book").len().sort(-pl.col("len").cast(pl.Int64))
    least = counts["len"][4]
    often = set(counts.filter(pl.col("len") >= least)["book"].cast(pl.String))
    assert {one["item"] for one in recommended(model, "nobody", 5)} <= often


def test_samples_show_who_rated_least_and_most_and_who_is_new(tmp_path: Path) -> None:
    model, train, test = fitted(tmp_path, "factorization", goal="ranks", liked=3.0)
    found = samples(model, test.lazy(), 10)
    assert found[-1]["user"] == "new"
    assert found[-1]["rated"] == 0
    assert found[-1]["liked"] == 1
    known = [one["rated"] for one in found[:-1]]
    assert known == sorted(known)
    for one in found:
        mine = test.filter((pl.col("reader") == one["user"]) & (pl.col("stars") >= 3))["book"].cast(pl.String)
        assert {item["item"] for item in one["items"] if item["right"]} == set(mine) & {i["item"] for i in one["items"]}
        assert one["rated"] == len(train.filter(pl.col("reader") == one["user"]))


def test_columns_may_be_named_as_ours_are(tmp_path: Path) -> None:
    model, _, test = fitted(tmp_path, "biases")
    names = {"user": "reader", "item": "book"}
    assert samples(model, test.rename({"day": "item", "row": "user"}).lazy(), 3)
    assert {model.encoding.options.user, model.encoding.options.item} == set(names.values())


def test_the_command_line_prints_the_first_of_each_user(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, _, _ = fitted(tmp_path, "biases")
    model.save(tmp_path / "model")
    main(["recommend", str(tmp_path / "model"), "r4", "nobody", "--top", "2"])
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [line[:2] for line in lines] == [["r4", "1"], ["r4", "2"], ["nobody", "1"], ["nobody", "2"]]
    first = recommended(model, "r4", 1)[0]
    assert lines[0][2:] == [first["item"], f"{first['value']:.2f}"]


@pytest.mark.parametrize(("words", "told"), [(["--top", "0"], "--top: at least 1"), ([], "holds neither model.json")])
def test_what_cannot_be_asked_is_one_sentence(
    words: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["recommend", str(tmp_path), "r4", *words])
    assert told in capsys.readouterr().err


def test_a_model_of_something_else_recommends_nothing() -> None:
    with pytest.raises(Unmet, match="tree recommends nothing"):
        recommended(Model("tables", "tree", {}, None, cast("Any", object())), "r4")
