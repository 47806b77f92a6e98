"""`syllabus predict`: every row of a file answered once, or told why not; what is unusual is flagged."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from serving.packed import TABLE, language, native, packed, people

from syllabus.cli import main
from syllabus.serving import batch, pieces

THRESHOLD: dict[str, Any] = {"positive": "yes", "threshold": 0.3, "across": None, "groups": {}}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("package")
    return packed(folder, people(900), TABLE, threshold=THRESHOLD)


def predict(package: Path, rows: pl.DataFrame, *words: str, name: str = "in.csv", out: str = "out.parquet") -> Path:
    """Write the rows, ask for their answers, and return where these are."""
    place = package.parent
    (rows.write_parquet if name.endswith(".parquet") else rows.write_csv)(place / name)
    main(["predict", str(package), str(place / name), str(place / out), *words])
    return place / out


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit):
        main(["predict", *words])
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    return told


def test_it_answers_what_the_model_answers_on_the_cleaned_rows(made: Path) -> None:
    found = pl.read_parquet(predict(made, people(900), "--keep", "name"))
    assert found["row"].to_list() == list(range(1, 901))
    assert found["name"].to_list() == people(900)["name"].to_list()
    clean = pl.scan_parquet(made.parent / "table.parquet").sort("row")
    given = native(made, clean)
    assert np.array_equal(found["probability no"].to_numpy(), given[:, 0])
    assert (found["predicted"] == pl.Series(np.where(given[:, 1] >= 0.3, "yes", "no"))).all()


def test_typed_rows_are_answered_as_written_ones(made: Path) -> None:
    written = pl.read_parquet(predict(made, people(200, seed=3)))
    typed = people(200, seed=3).with_columns(
        pl.col("age").replace("?", None).cast(pl.Int16),
        pl.col("paid").str.replace(",", ".").cast(pl.Float32),
        pl.col("since").str.to_date("%d.%m.%Y"),
    )
    found = pl.read_parquet(predict(made, typed, name="in.parquet"))
    assert np.allclose(found["probability yes"], written["probability yes"], atol=1e-6)


def test_what_cannot_be_read_is_told_by_row_and_the_others_are_answered(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = people(6, seed=2).with_columns(
        age=pl.Series(["forty", "30", "", "50", "60", "70"]),
        since=pl.Series(["01.01.2020", "2020-01-01", "01.02.2020", "31.02.2020", "05.05.2020", ""]),
    )
    out = predict(made, rows, "--keep", "name", out="bad.csv")
    assert pl.read_csv(out)["row"].to_list() == [3, 5, 6]
    wrong = pl.read_csv(out.with_name("bad.rejects.csv"))
    assert wrong["reason"].to_list() == [
        "age: forty is no number",
        "since: 2020-01-01 is no date",
        "since: 31.02.2020 is no date",
    ]
    assert wrong["name"].to_list() == ["person 0", "person 1", "person 3"]
    told = capsys.readouterr().out
    assert "3 rows answered" in told
    assert "3 rows could not be answered, each with its reason" in told
    predict(made, people(6), out="bad.csv")
    assert not out.with_name("bad.rejects.csv").exists()


def test_a_date_is_no_number(made: Path) -> None:
    out = predict(made, people(3).with_columns(age=pl.date(2020, 1, 31)), name="in.parquet")
    wrong = pl.read_parquet(out.with_name("out.rejects.parquet"))
    assert wrong["reason"].to_list() == ["age: 2020-01-31 is no number"] * 3


def test_what_train_has_not_is_named(made: Path) -> None:
    rows = people(4, seed=2).with_columns(
        age=pl.Series(["30", "400", "50", "60"]), town=pl.Series(["Ulm", "Ulm", "Rome", "Bern"])
    )
    found = pl.read_parquet(predict(made, rows))
    assert found["beyond"].to_list() == [None, "age", "town", None]


def test_a_fresh_sample_is_usual_and_another_unit_is_not(made: Path) -> None:
    fresh = pl.read_parquet(predict(made, people(3000, seed=9)))
    assert (fresh["novelty"] <= 0.02).mean() < 0.05
    other = people(300, seed=9).with_columns(
        paid=pl.col("paid").str.replace(",", "") + "00,00", age=pl.lit("17"), town=pl.lit("Rome")
    )
    assert (pl.read_parquet(predict(made, other))["novelty"] <= 0.02).mean() > 0.9


def test_it_abstains_where_it_is_not_sure_enough(made: Path) -> None:
    found = pl.read_parquet(predict(made, people(200), "--confidence", "0.8"))
    surest = found.select(pl.max_horizontal("probability yes", "probability no")).to_series()
    assert (found["abstained"] == (surest < 0.8)).all()
    assert (found["predicted"].is_null() == found["abstained"]).all()
    assert 0 < found["abstained"].sum() < 200


def test_a_run_that_was_cut_off_goes_on_and_no_row_comes_twice(
    made: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(batch, "PIECE", 100)
    whole = pl.read_parquet(predict(made, people(750)))
    answered, pieces = batch._answered, iter(range(10**6))

    def cut_off(*words: Any) -> None:
        if next(pieces) == 3:
            raise KeyboardInterrupt
        answered(*words)

    monkeypatch.setattr(batch, "_answered", cut_off)
    with pytest.raises(KeyboardInterrupt):
        predict(made, people(750), out="again.parquet")
    assert not (made.parent / "again.parquet").exists()
    capsys.readouterr()
    found = pl.read_parquet(predict(made, people(750), out="again.parquet"))
    assert "300 of 750 by an earlier run" in capsys.readouterr().out
    assert found.equals(whole)
    assert not list(made.parent.glob(".again*"))


def test_another_source_does_not_go_on_with_what_was_cut_off(
    made: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(batch, "PIECE", 100)
    monkeypatch.setattr(pieces, "joined", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        predict(made, people(300), out="other.parquet")
    monkeypatch.undo()
    predict(made, people(300, seed=8), out="other.parquet")
    assert "earlier run" not in capsys.readouterr().out


def test_texts_are_answered(tmp_path: Path) -> None:
    draw = np.random.default_rng(1)
    good = draw.random(400) < 0.5
    words = np.where(good, "<b>lovely</b> fine", "awful broken")
    rows = pl.DataFrame(
        {"title": [f"{one} {at}" for at, one in enumerate(words)], "body": ["text"] * 400}
    ).with_columns(side=pl.Series(np.where(good, "good", "bad")))
    said = {"modality": "text", "target": "side", "options": {"columns": ["title", "body"], "html": "always"}}
    package = packed(tmp_path / "texts", rows, said)
    asked = rows.drop("side").with_columns(pl.when(pl.int_range(400) != 7).then("title").alias("title"))
    asked = asked.with_columns(pl.when(pl.int_range(400) != 7).then("body").alias("body"))
    out = predict(package, asked)
    found = pl.read_parquet(out)
    assert len(found) == 399
    right = rows["side"].to_numpy()[found["row"].to_numpy() - 1] == found["predicted"].to_numpy()
    assert right.mean() > 0.95
    wrong = pl.read_parquet(out.with_name("out.rejects.parquet"))
    assert wrong.rows() == [(8, "title, body: no text")]


def test_numbers_come_with_their_interval_and_groups_with_their_threshold(tmp_path: Path) -> None:
    said = TABLE | {"target": "paid", "task": "regression"}
    interval = {
        "level": 0.9,
        "knots": [0.0, 50.0],
        "scales": [1.0, 2.0],
        "down": -1.0,
        "up": 1.0,
        "rows": 90,
        "transform": None,
    }
    package = packed(tmp_path / "numbers", people(600), said, intervals=interval)
    found = pl.read_parquet(predict(package, people(50).drop("paid")))
    assert (found["low"] < found["predicted"]).all()
    assert (found["high"] > found["predicted"]).all()
    groups = THRESHOLD | {"across": "town", "groups": {"Bern": 1.1, "Graz": 0.0}}
    package = packed(tmp_path / "groups", people(600), TABLE, threshold=groups)
    found = pl.read_parquet(predict(package, people(300), "--keep", "town"))
    decided = {town: set(some["predicted"]) for (town,), some in found.group_by("town")}
    assert (decided["Bern"], decided["Graz"]) == ({"no"}, {"yes"})


def test_what_cannot_be_asked_of_a_package_is_one_sentence(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    people(5).write_csv(tmp_path / "in.csv")
    people(5).drop("age").write_csv(tmp_path / "less.csv")
    source, less, out = (str(tmp_path / name) for name in ("in.csv", "less.csv", "out.csv"))
    package = str(made)
    assert "has no column age, which the model reads" in refused(capsys, package, less, out)
    assert "--keep nam: is not a column of" in refused(capsys, package, source, out, "--keep", "nam")
    frame = people(5).rename({"name": "predicted"})
    frame.write_csv(tmp_path / "taken.csv")
    taken = str(tmp_path / "taken.csv")
    assert "is what a column of the answers is called" in refused(capsys, package, taken, out, "--keep", "predicted")
    assert "did you mean name?" in refused(capsys, package, source, out, "--keep", "nam")
    assert "answers are written as .csv or .parquet" in refused(capsys, package, source, out + "x")
    assert "--confidence: is a probability" in refused(capsys, package, source, out, "--confidence", "2")
    assert "not a package: it has no SHA256SUMS" in refused(capsys, str(tmp_path), source, out)
    assert "no such file" in refused(capsys, package, str(tmp_path / "none.csv"), out)
    assert not Path(out).exists()


def test_a_package_is_not_trusted(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    people(5).write_csv(tmp_path / "in.csv")
    words = [str(tmp_path / "in.csv"), str(tmp_path / "out.csv")]
    for name in ("data.json", "novelty.json", "signature.json", "model/model.json"):
        copy = shutil.copytree(made, tmp_path / name.replace("/", "-"))
        content = bytearray((copy / name).read_bytes())
        content[len(content) // 2] ^= 1
        (copy / name).write_bytes(content)
        assert f"{name} was changed" in refused(capsys, str(copy), *words)
    copy = shutil.copytree(made, tmp_path / "more")
    (copy / "model" / "weights.pkl").write_bytes(b"x")
    assert "weights.pkl: no file of a package is of this kind" in refused(capsys, str(copy), *words)


def test_what_is_not_asked_about_rows_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written = language(tmp_path, "ngram")
    people(3).write_csv(tmp_path / "in.csv")
    said = refused(capsys, str(written), str(tmp_path / "in.csv"), str(tmp_path / "out.csv"))
    assert "a model of corpus is not asked about rows; valid are images, mixed, ratings, series, tables, text" in said
