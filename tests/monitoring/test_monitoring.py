"""`syllabus monitor`: drift is found and named, a fresh sample raises no alarm, and bad input is told in a sentence."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from monitoring.watched_packages import alarms, fresh, learned, monitored, others, sealed
from reports.html_page import Page

from syllabus.cli import main
from syllabus.monitoring import reading


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return learned(tmp_path_factory.mktemp("watched"))


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["monitor", *words])
    assert ended.value.code == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    return told


def times(factor: float) -> pl.Expr:
    """Return what was paid, in another unit, as a file writes it."""
    number = pl.col("paid").str.replace(",", ".").cast(pl.Float64) * factor
    return number.round(2).cast(pl.String).str.replace(".", ",", literal=True)


DRIFTS: dict[str, tuple[pl.Expr, tuple[str, str]]] = {
    "a thousand times": (times(1000).alias("paid"), ("unit", "paid")),
    "inches": (times(1 / 2.54).alias("paid"), ("unit", "paid")),
    "another town": (
        pl.when(pl.int_range(pl.len()) % 20 == 0).then(pl.lit("Rome")).otherwise("town").alias("town"),
        ("new", "town"),
    ),
    "older people": (
        pl.when(pl.col("age") != "?")
        .then((pl.col("age").cast(pl.Int64, strict=False) + 21).cast(pl.String))
        .alias("age"),
        ("values", "age"),
    ),
    "a silent column": (pl.lit("?").alias("age"), ("silent", "age")),
    "a column that stands still": (pl.lit("20,00").alias("paid"), ("silent", "paid")),
    "fewer towns": (pl.lit("Ulm").alias("town"), ("values", "town")),
    "more gaps": (
        pl.when(pl.int_range(pl.len()) % 4 == 0).then(pl.lit("?")).otherwise("age").alias("age"),
        ("missing", "age"),
    ),
    "texts for numbers": (pl.lit("many").alias("age"), ("unread", "age")),
}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("rows", [30, 400])
def test_a_fresh_sample_raises_no_alarm(made: Path, tmp_path: Path, rows: int, seed: int) -> None:
    report = monitored(made, fresh(rows, seed=100 + seed), tmp_path)
    assert alarms(report) == set()
    assert report["rows"] == {"batch": rows, "read": rows, "labelled": rows}


@pytest.mark.parametrize("drift", DRIFTS)
def test_drift_is_named(made: Path, tmp_path: Path, drift: str) -> None:
    change, expected = DRIFTS[drift]
    report = monitored(made, fresh(600).with_columns(change).drop("buys"), tmp_path)
    assert expected in alarms(report)
    columns = {column for _, column in alarms(report)} - {"", "probability of yes"}
    assert columns == {expected[1]}


def test_a_missing_column_is_an_alarm_and_the_others_are_still_looked_at(made: Path, tmp_path: Path) -> None:
    report = monitored(made, fresh(600).drop("town").with_columns(DRIFTS["older people"][0]), tmp_path)
    assert alarms(report) == {("lacking", "town"), ("values", "age")}
    assert report["performance"] is None


def test_a_new_column_is_only_told(made: Path, tmp_path: Path) -> None:
    report = monitored(made, fresh(300).with_columns(campaign=pl.lit("x")), tmp_path)
    assert alarms(report) == set()
    assert [one["says"] for one in report["findings"]] == ["1 column that train had not: campaign."]


def test_labels_of_others_show_as_a_worse_metric_overall_and_on_slices(made: Path, tmp_path: Path) -> None:
    report = monitored(made, others(fresh(2000), 0.5), tmp_path)
    assert {kind for kind, _ in alarms(report)} == {"performance", "slices"}
    whole = next(one for one in report["performance"]["metrics"] if one["name"] == "roc_auc")
    assert whole["batch"]["high"] < whole["test"]["low"]


def test_labels_of_a_file_are_those_of_the_batch(made: Path, tmp_path: Path) -> None:
    rows = fresh(500).with_row_index("id")
    within = monitored(made, rows, tmp_path / "within")
    rows.select("id", "buys").sample(fraction=1, shuffle=True, seed=1).write_csv(tmp_path / "labels.csv")
    words = ("--labels", str(tmp_path / "labels.csv"), "--key", "id")
    beside = monitored(made, rows.drop("buys"), tmp_path / "beside", *words)
    assert beside["performance"] == within["performance"]
    assert beside["rows"]["labelled"] == 500


def test_labels_that_come_later_are_counted(made: Path, tmp_path: Path) -> None:
    rows = fresh(500).with_row_index("id")
    rows.head(200).select("id", "buys").write_csv(tmp_path / "labels.csv")
    words = ("--labels", str(tmp_path / "labels.csv"), "--key", "id")
    report = monitored(made, rows.drop("buys"), tmp_path, *words)
    assert report["rows"]["labelled"] == 200
    assert "200 rows of 500 have a label" in Page((tmp_path / "monitor.html").read_text()).sections["performance"]


def test_a_class_that_train_did_not_have_is_an_alarm(made: Path, tmp_path: Path) -> None:
    rows = fresh(300).with_columns(pl.when(pl.int_range(300) < 9).then(pl.lit("maybe")).otherwise("buys").alias("buys"))
    report = monitored(made, rows, tmp_path)
    assert ("label", "buys") in alarms(report)
    assert "9 rows are labelled as what train did not have: maybe." in [one["says"] for one in report["findings"]]


def test_certain_but_small_is_no_alarm(made: Path, tmp_path: Path) -> None:
    slightly = pl.when(pl.int_range(pl.len()) % 12 == 0).then(pl.lit("30")).otherwise("age").alias("age")
    report = monitored(made, fresh(20_000).with_columns(slightly).drop("buys"), tmp_path)
    drifted = next(one for one in report["tests"] if (one["column"], one["kind"]) == ("age", "values"))
    assert drifted["corrected"] < 1e-3
    assert alarms(report) == set()


def test_pieces_say_the_same_as_the_whole(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = monitored(made, fresh(700), tmp_path / "whole")
    monkeypatch.setattr(reading, "PIECE", 90)
    pieces = monitored(made, fresh(700), tmp_path / "pieces")
    assert whole | {"source": "", "tests": []} == pieces | {"source": "", "tests": []}
    pairs = zip(whole["tests"], pieces["tests"], strict=True)
    assert all(one["effect"] == pytest.approx(other["effect"]) for one, other in pairs)


def test_a_folder_of_parquet_is_one_batch(made: Path, tmp_path: Path) -> None:
    (tmp_path / "log" / "monday").mkdir(parents=True)
    fresh(200).write_parquet(tmp_path / "log" / "monday" / "a.parquet")
    fresh(100, seed=3).write_parquet(tmp_path / "log" / "b.parquet")
    assert monitored(made, str(tmp_path / "log"), tmp_path / "out")["rows"]["batch"] == 300


@pytest.mark.parametrize(
    "rows", [fresh(1), fresh(40).with_columns(pl.lit(None, pl.String).alias(name) for name in fresh(1).columns)]
)
def test_rows_that_say_nothing_break_nothing(made: Path, tmp_path: Path, rows: pl.DataFrame) -> None:
    report = monitored(made, rows, tmp_path)
    silent = {column for kind, column in alarms(report) if kind == "silent"}
    assert silent == ({"age", "town", "paid", "since"} if len(rows) > 1 else set())


def test_the_exit_status_tells_an_alarm_where_it_is_asked_for(made: Path, tmp_path: Path) -> None:
    monitored(made, fresh(300), tmp_path, "--fail")
    with pytest.raises(SystemExit) as ended:
        monitored(made, fresh(300).with_columns(DRIFTS["a silent column"][0]), tmp_path, "--fail")
    assert ended.value.code == 2


def test_the_page_says_first_what_is_wrong_and_runs_nothing(made: Path, tmp_path: Path) -> None:
    evil = pl.when(pl.int_range(pl.len()) % 9 == 0).then(pl.lit("<script>alert(1)</script>")).otherwise("town")
    monitored(made, fresh(400).with_columns(evil.alias("town")), tmp_path)
    html = (tmp_path / "monitor.html").read_text()
    page = Page(html)
    assert not [tag for tag, _ in page.elements if tag in ("script", "link", "img", "iframe")]
    assert html.index("holds what train has not") < html.index('id="columns"')
    assert "town" in page.sections["columns"]


BAD: dict[str, tuple[str, list[str], str]] = {
    "no file": ("none.csv", [], "none.csv: no such file"),
    "no rows": ("header.csv", [], "header.csv: has no rows: there is nothing to look at"),
    "an empty file": ("nothing.csv", [], "nothing.csv: the file is empty"),
    "another table": (
        "other.csv",
        [],
        "has none of the columns that the model reads, age, paid, town, since; it has a, b",
    ),
    "labels without a key": ("rows.csv", ["--labels", "labels.csv"], "labels go with a key"),
    "a key without labels": ("rows.csv", ["--key", "name"], "labels go with a key"),
    "an unknown key": ("rows.csv", ["--labels", "labels.csv", "--key", "nam"], "did you mean name?"),
    "labels without the key": ("rows.csv", ["--labels", "other.csv", "--key", "name"], "labels have no column name"),
    "two labels": ("rows.csv", ["--labels", "twice.csv", "--key", "name"], "name person 0 has 2 labels; a row has one"),
    "a file for a folder": ("rows.csv", ["--out", "other.csv"], "--out other.csv: is a file; name a folder"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_sentence_and_nothing_is_written(
    made: Path, tmp_path: Path, case: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    fresh(5).write_csv("rows.csv")
    fresh(5).head(0).write_csv("header.csv")
    Path("nothing.csv").write_text("")
    Path("other.csv").write_text("a,b\n1,2\n")
    fresh(5).write_csv("labels.csv")
    pl.concat([fresh(2), fresh(1)]).write_csv("twice.csv")
    source, words, expected = BAD[case]
    assert expected in refused(capsys, str(made), source, *words)
    assert not Path("monitor").exists()


def test_a_package_of_before_is_told(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import shutil

    old = tmp_path / "package"
    shutil.copytree(made, old)
    (old / "reference.json").unlink()
    sealed(old)
    fresh(5).write_csv(tmp_path / "rows.csv")
    told = refused(capsys, str(old), str(tmp_path / "rows.csv"), "--out", str(tmp_path / "out"))
    assert "holds no reference.json, against which new rows are held" in told


def test_a_reference_that_is_none_is_told(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import shutil

    bad = tmp_path / "package"
    shutil.copytree(made, bad)
    for content in (
        "[]",
        "{",
        '{"rows": 3}',
        (made / "reference.json").read_text().replace('"ends": [', '"ends": ["x",'),
    ):
        (bad / "reference.json").write_text(content)
        sealed(bad)
        fresh(5).write_csv(tmp_path / "rows.csv")
        told = refused(capsys, str(bad), str(tmp_path / "rows.csv"), "--out", str(tmp_path / "out"))
        assert "reference.json: " in told
