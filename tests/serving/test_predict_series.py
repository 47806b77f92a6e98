"""`syllabus predict` of series: what examination says of an origin is what whoever asks from there is told."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import forecast_packages
import numpy as np
import polars as pl
import pytest
from forecast_packages import DAILY, HOURLY, daily, examined, hourly

from syllabus.cli import main
from syllabus.serving.forecasting import batch

FORM = "%d.%m.%Y %H:%M"


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shops")
    forecast_packages.packed(folder, hourly(), HOURLY)
    return folder


def predicted(package: Path, rows: pl.DataFrame, out: Path, *words: str) -> tuple[pl.DataFrame, dict[Any, str]]:
    """Return the forecasts, and the reasons of what could not be answered, by series."""
    rows.write_csv(out / "in.csv")
    main(["predict", str(package), str(out / "in.csv"), str(out / "out.parquet"), *words])
    rejects = out / "out.rejects.parquet"
    refused = pl.read_parquet(rejects) if rejects.exists() else pl.DataFrame({"reason": []})
    names = refused["shop"] if "shop" in refused.columns else range(len(refused))
    return pl.read_parquet(out / "out.parquet"), dict(zip(names, refused["reason"], strict=True))


def asked(rows: pl.DataFrame, origin: dt.datetime, horizon: int = 6) -> pl.DataFrame:
    """Return what is known at a moment: all up to it, and the price of the steps after it."""
    at = rows["at"].str.to_datetime(FORM)
    ahead = rows.with_columns(sold=pl.when(at <= origin).then("sold"), wet=pl.when(at <= origin).then("wet"))
    return ahead.filter(at <= origin + dt.timedelta(hours=horizon))


def whole(rows: pl.DataFrame, last: int = 120) -> pl.DataFrame:
    """Return the last moments of a table of whole hours, and the six after them."""
    return (
        asked(rows, rows["at"].str.to_datetime(FORM).max() - dt.timedelta(hours=6))
        .group_by("shop", maintain_order=True)
        .tail(last)
    )  # type: ignore[operator]


@pytest.fixture
def recent() -> pl.DataFrame:
    """The history of two shops in which no hour is missing."""
    rows = forecast_packages.hourly(300, seed=8)
    moments = pl.DataFrame(
        {"at": [(dt.datetime(2024, 5, 1) + dt.timedelta(hours=h)).strftime(FORM) for h in range(126)]}
    )
    usual = rows.group_by("shop", maintain_order=True).head(126).drop("at")
    return whole(
        pl.concat(
            [pl.concat([moments, one], how="horizontal") for one in usual.partition_by("shop", maintain_order=True)]
        )
    )


def test_a_forecast_is_what_evaluate_says_of_its_origin(shops: Path, tmp_path: Path) -> None:
    examples, answers = examined(shops)
    rows, start = hourly(), dt.datetime(1970, 1, 1)
    low, high = answers.ends
    compared = 0
    for place in range(0, len(examples), 23):
        origin = start + dt.timedelta(seconds=int(answers.moments[place][0])) - dt.timedelta(hours=1)
        found, _ = predicted(shops / "package", asked(rows, origin), tmp_path)
        name = answers.names[answers.series[place]]
        own = found.filter(pl.col("shop") == name)
        if len(own) == 0:  # an hour ahead has no row in the table
            continue
        compared += 1
        for column, wanted in (("predicted", answers.middle), ("low", low), ("high", high)):
            np.testing.assert_allclose(own[column], wanted[place], rtol=1e-9)
        assert own["at"].dt.epoch("s").to_list() == answers.moments[place].tolist()
    assert compared > 3


@pytest.mark.slow
def test_a_network_goes_on_where_torch_is_installed(tmp_path: Path) -> None:
    package = forecast_packages.packed(tmp_path / "made", hourly(300), HOURLY, "lstm")
    examples, answers = examined(tmp_path / "made")
    start = dt.datetime(1970, 1, 1) + dt.timedelta(seconds=int(answers.moments[-1][0]))
    found, _ = predicted(package, asked(hourly(300), start - dt.timedelta(hours=1)), tmp_path)
    own = found.filter(pl.col("shop") == answers.names[examples.arrays["series"][-1]])
    np.testing.assert_allclose(own["predicted"], answers.middle[-1], rtol=1e-5)


def test_every_series_is_answered_or_refused_with_its_reason(shops: Path, tmp_path: Path, recent: pl.DataFrame) -> None:
    def named(name: str, rows: pl.DataFrame) -> pl.DataFrame:
        return rows.with_columns(shop=pl.lit(name))

    one = recent.filter(pl.col("shop") == "Ulm")
    ahead = pl.col("sold").is_null()
    cases = {
        "short": one.tail(20),
        "odd": one.with_columns(
            at=pl.when(pl.int_range(pl.len()) == 50).then(pl.lit("03.05.2024 02:20")).otherwise("at")
        ),
        "twice": pl.concat([one, one.head(1)]),
        "unpriced": one.with_columns(price=pl.when(pl.int_range(pl.len()) != 117).then("price")),
        "blind": one.filter(~ahead),
        "every second": one.filter((pl.int_range(pl.len()) % 2 == 0) | ahead),
        "written": one.with_columns(sold=pl.when(pl.int_range(pl.len()) == 3).then(pl.lit("many")).otherwise("sold")),
        "empty": one.with_columns(sold=pl.lit(None, pl.String)),
        "undated": one.with_columns(at=pl.when(pl.int_range(pl.len()) != 5).then("at")),
        "far": one.with_columns(wet=pl.lit(1e40)),
        "old": one.with_columns(at=pl.col("at").str.replace("2024", "0424")),
    }
    rows = pl.concat([recent, *(named(name, rows) for name, rows in cases.items())], how="vertical_relaxed")
    nameless = one.head(1).with_columns(shop=pl.lit(None, pl.String))
    found, reasons = predicted(shops / "package", pl.concat([rows, nameless], how="vertical_relaxed"), tmp_path)
    assert found.group_by("shop", maintain_order=True).len().rows() == [("Bern", 6), ("Ulm", 6)]
    said = {
        "short": "sold: the history is of 14 steps of 1h, and at least 24 are needed",
        "odd": "at: 2024-05-03 02:20:00 does not lie on the grid of train, a step every 1h",
        "twice": "at: 2024-05-01 06:00:00 stands there more than once",
        "unpriced": "price: missing at 2024-05-06 03:00:00, a step ahead",
        "blind": "at: rows of 0 of the 6 steps ahead tell price",
        "every second": "at: moments lie 2 steps of 1h apart, and train has one at every step",
        "written": "sold: many is no number",
        "empty": "sold: has no value",
        "undated": "at: missing, and rows without it were not learned from",
        "far": "wet: 1e+40 is larger than any number that is read",
        "old": "at: 0424-05-01 06:00:00 is beyond the years that are read",
        None: "shop: missing, and rows without it were not learned from",
    }
    assert {name: reason for name, reason in reasons.items() if said.get(name) != reason} == {}
    assert reasons.keys() == said.keys()


def test_pieces_and_a_kill_change_nothing(
    shops: Path, tmp_path: Path, recent: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = pl.int_range(pl.len()) % 2 == 0
    spelled = recent.with_columns(
        shop=pl.when(places).then(pl.col("shop").str.replace("Ulm", " ULM")).otherwise("shop")
    )
    ulm = recent.filter(pl.col("shop") == "Ulm")
    rows = pl.concat([spelled, *(ulm.with_columns(shop=pl.lit(f"new {name}")) for name in "abc")])
    shuffled = rows.sample(fraction=1.0, shuffle=True, seed=3)
    at_once, _ = predicted(shops / "package", rows, tmp_path)
    monkeypatch.setattr(batch, "PIECE", 130)
    answered, calls = batch._answered, iter(range(100))

    def killed(*words: Any) -> Any:
        if next(calls) == 2:
            raise KeyboardInterrupt
        return answered(*words)

    monkeypatch.setattr(batch, "_answered", killed)
    with pytest.raises(KeyboardInterrupt):
        predicted(shops / "package", shuffled, tmp_path)
    found, _ = predicted(shops / "package", shuffled, tmp_path)
    assert next(calls) < 7, "what was answered is not asked again"
    assert found.drop("row").equals(at_once.drop("row"))
    assert found["beyond"].unique().sort(nulls_last=True).to_list() == ["shop", None]
    assert not list(tmp_path.glob(".out*"))


def test_one_series_without_anything_known_ahead_needs_no_rows_ahead(tmp_path: Path) -> None:
    package = forecast_packages.packed(tmp_path / "made", daily(), DAILY, "seasonal_naive")
    found, _ = predicted(package, daily().tail(30), tmp_path)
    assert found.columns == ["row", "day", "predicted", "low", "high", "beyond"]
    assert found["day"].to_list() == [dt.date(2023, 7, 20) + dt.timedelta(days=n) for n in range(5)]
    assert found["predicted"].to_list() == pytest.approx(daily()["riders"].tail(7).head(5).to_list(), abs=3)
    assert (found["low"] < found["predicted"]).all()
    ahead = pl.DataFrame(
        {"day": ["2023-07-20", "2023-07-22"], "riders": [None, None]}, schema_overrides={"riders": pl.Float64}
    )
    again, _ = predicted(
        package, pl.concat([daily().tail(30).with_columns(pl.col("day").cast(pl.String)), ahead]), tmp_path
    )
    assert again.equals(found)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--keep", "wet"], "--keep wet: the rows of a forecast are none of"),
        (["--confidence", "0.9"], "--confidence: is about probabilities"),
    ],
)
def test_what_a_forecast_has_not_is_refused(
    shops: Path, tmp_path: Path, recent: pl.DataFrame, words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        predicted(shops / "package", recent, tmp_path, *words)
    assert says in capsys.readouterr().err
    with pytest.raises(SystemExit):
        predicted(shops / "package", recent.drop("price"), tmp_path)
    assert "has no column price, which the model reads" in capsys.readouterr().err


def test_the_example_of_a_package_is_answered(shops: Path, tmp_path: Path) -> None:
    import json

    rows = json.loads((shops / "package" / "example.json").read_text())["rows"]
    assert len(rows) == 48 + 6
    assert rows[-1]["sold"] is None
    learned = set(hourly()["sold"].str.replace(",", ".").cast(pl.Float64))
    assert not {row["sold"] for row in rows} & learned
    (tmp_path / "in.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    main(["predict", str(shops / "package"), str(tmp_path / "in.jsonl"), str(tmp_path / "out.csv")])
    assert len(pl.read_csv(tmp_path / "out.csv")) == 6


def test_where_no_series_is_answered_the_columns_are_those_of_forecasts(
    shops: Path, recent: pl.DataFrame, tmp_path: Path
) -> None:
    usual, _ = predicted(shops / "package", recent, tmp_path)
    none, reasons = predicted(shops / "package", recent.group_by("shop", maintain_order=True).head(2), tmp_path)
    assert len(usual) > len(none) == 0 < len(reasons)
    assert none.schema == usual.schema


def test_rows_without_a_series_are_counted_each(
    shops: Path, tmp_path: Path, recent: pl.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    lost = recent.head(3).with_columns(shop=pl.lit(None, pl.String))
    found, _ = predicted(shops / "package", pl.concat([recent, lost]), tmp_path)
    assert found["shop"].n_unique() == recent["shop"].n_unique() == 2
    told = capsys.readouterr().out
    assert "2 series answered" in told
    assert "3 series could not be answered" in told
