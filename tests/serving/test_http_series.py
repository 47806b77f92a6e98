"""A model of series over HTTP: histories in, the steps ahead of each series out, or one sentence."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import forecast_packages
import jsonschema
import polars as pl
import pytest
from browser import dumped
from forecast_packages import DAILY, HOURLY, daily, hourly
from services import client, running, told
from starlette.testclient import TestClient

from syllabus.cli import main


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return forecast_packages.packed(tmp_path_factory.mktemp("shops"), hourly(), HOURLY)


@pytest.fixture(scope="module")
def asking(shops: Path) -> Iterator[TestClient]:
    with client(shops) as one:
        yield one


@pytest.fixture(scope="module")
def rows(shops: Path) -> list[dict[str, Any]]:
    """Two histories: that of the example, and one of a series that train has."""
    example = json.loads((shops / "example.json").read_text())["rows"]
    return [*example, *(row | {"shop": "Bern", "kind": "big"} for row in example)]


def test_the_answers_are_those_of_predict(
    asking: TestClient, shops: Path, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    (tmp_path / "in.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    main(["predict", str(shops), str(tmp_path / "in.jsonl"), str(tmp_path / "out.parquet")])
    wanted = pl.read_parquet(tmp_path / "out.parquet")
    found = asking.post("/v1/predict", json={"rows": rows}).json()["forecasts"]
    assert [one["series"] for one in found] == [{"shop": "Bern"}, {"shop": "a new one"}]
    assert [one["beyond"] for one in found] == [[], ["shop"]]
    steps = [step for one in found for step in one["steps"]]
    for name in ("predicted", "low", "high"):
        assert [step[name] for step in steps] == wanted[name].to_list()
    assert [step["at"] for step in steps] == wanted["at"].dt.strftime("%d.%m.%Y %H:%M").to_list()


def test_the_document_holds_an_example_that_is_answered_as_it_says(asking: TestClient) -> None:
    document = asking.get("/openapi.json").json()
    operation = document["paths"]["/v1/predict"]["post"]
    example = operation["requestBody"]["content"]["application/json"]["example"]
    answer = asking.post("/v1/predict", json=example)
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    jsonschema.validate(answer.json(), schema | {"components": document["components"]})
    jsonschema.validate(example, document["components"]["schemas"]["Request"] | {"components": document["components"]})
    assert len(answer.json()["forecasts"][0]["steps"]) == 6


def test_a_model_says_how_far_it_looks(asking: TestClient) -> None:
    (about,) = asking.get("/v1/models").json()["data"]
    assert [one["name"] for one in about["inputs"]] == ["at", "shop", "sold", "price", "wet", "kind"]
    assert [one["name"] for one in about["outputs"]] == ["predicted", "low", "high"]
    assert about["outputs"][0]["shape"] == [-1, 6]
    looks = about["series"]
    assert (looks["frequency"], looks["season"], looks["context"], looks["horizon"]) == ("1h", 24, 48, 6)


Change = Callable[[list[dict[str, Any]]], object]
WRONG: dict[str, tuple[Change, str]] = {
    "text": (lambda rows: rows[3].update(price="dear"), "rows[3].price: the text 'dear' where a number or null belongs"),
    "no moment": (lambda rows: rows[3].update(at=None), "rows[3].at: null where a text belongs"),
    "lacks": (lambda rows: rows[3].pop("wet"), "rows[3]: has no wet, which the model reads"),
    "twice": (lambda rows: rows.append(rows[0]), "rows[0]: at: 2024-03-13 14:00:00 stands there more than once"),
    "odd": (lambda rows: rows[5].update(at="13.03.2024 17:30"), "rows[5]: at: 2024-03-13 17:30:00 does not lie on"),
    "no date": (lambda rows: rows[5].update(at="soon"), "rows[5]: at: soon is no datetime"),
    "short": (lambda rows: rows.__delitem__(slice(0, 30)), "sold: the history is of 18 steps of 1h, and at least 24"),
    "blind": (lambda rows: rows.__delitem__(slice(48, 54)), "at: rows of 0 of the 6 steps ahead tell price"),
    "unpriced": (lambda rows: rows[50].update(price=None), "rows[50]: price: missing at 2024-03-15"),
    "large": (lambda rows: rows[5].update(wet=1e300), "rows[5]: wet: 1e+300 is larger than any number that is read"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_history_that_cannot_be_gone_on_from_is_refused(
    asking: TestClient, rows: list[dict[str, Any]], name: str
) -> None:
    change, says = WRONG[name]
    asked = [dict(row) for row in rows[:54]]
    change(asked)
    status, said = told(asking.post("/v1/predict", json={"rows": asked}))
    assert status == 422
    assert says in said


def test_what_is_said_of_rows_alone_is_no_part_of_it(asking: TestClient, rows: list[dict[str, Any]]) -> None:
    assert told(asking.post("/v1/predict", json={"rows": rows, "reasons": True})) == (
        422, "reasons: is no part of this request; Valid: rows"
    )  # fmt: skip


def test_histories_and_forecasts_are_logged(shops: Path, rows: list[dict[str, Any]], tmp_path: Path) -> None:
    with client(shops, log={"folder": str(tmp_path), "masked": ("wet",)}, limits={"rows": 200}) as asking:
        found = asking.post("/v1/predict", json={"rows": rows}).json()
        assert told(asking.post("/v1/predict", json={"rows": rows * 2}))[0] == 422
        assert "syllabus_rows_total 12.0" in asking.get("/metrics").text
    (file,) = tmp_path.glob("*/*.parquet")
    table = pl.read_parquet(file)
    assert table.columns == [
        "asked at", "model", "version", "at", "shop", "sold", "price", "wet", "kind", "predicted", "low", "high",
        "beyond",
    ]  # fmt: skip
    assert table["wet"].null_count() == len(table)
    assert table["wet"].null_count() == len(table)
    asked, ahead = table.filter(pl.col("predicted").is_null()), table.filter(pl.col("predicted").is_not_null())
    assert asked["at"].to_list() == [row["at"] for row in rows]
    assert ahead["predicted"].to_list() == [step["predicted"] for one in found["forecasts"] for step in one["steps"]]
    assert ahead["shop"].to_list() == ["Bern"] * 6 + ["a new one"] * 6


def test_a_package_of_another_kind_does_not_take_its_place(shops: Path, made: Path, tmp_path: Path) -> None:
    import shutil
    import time

    folder = Path(shutil.copytree(shops, tmp_path / "package"))
    with client(folder, watched=0.05) as asking:
        version = asking.service.served.version  # type: ignore[attr-defined]
        shutil.copytree(made, tmp_path / "other")
        folder.rename(tmp_path / "gone")
        (tmp_path / "other").rename(folder)
        for _ in range(200):
            if "syllabus_swaps_failed_total 1.0" in asking.get("/metrics").text:
                break
            time.sleep(0.05)
        else:
            raise AssertionError("nothing was said")
        assert asking.get("/health/ready").json()["version"] == version


def test_a_package_of_before_is_told(shops: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import shutil

    folder = Path(shutil.copytree(shops, tmp_path / "package"))
    (folder / "example.json").unlink()
    lines = (folder / "SHA256SUMS").read_text().splitlines()
    (folder / "SHA256SUMS").write_text("\n".join(line for line in lines if not line.endswith("example.json")) + "\n")
    with pytest.raises(SystemExit):
        main(["serve", str(folder), "--port", "0"])
    assert "made before packages brought an example.json" in capsys.readouterr().err


def test_a_series_of_days_is_asked_with_days(tmp_path: Path) -> None:
    package = forecast_packages.packed(tmp_path, daily(), DAILY, "seasonal_naive")
    with client(package) as asking:
        example = json.loads((package / "example.json").read_text())
        found = asking.post("/v1/predict", json=example).json()["forecasts"]
        assert len(found) == 1
        assert found[0]["series"] == {}
        assert [step["day"] for step in found[0]["steps"]] == [f"2023-05-{day:02}" for day in range(22, 27)]
        page = asking.get("/")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "Nothing need be said of the steps ahead" in page.text


@pytest.mark.slow
def test_the_page_draws_the_forecast_in_a_real_browser(shops: Path, tmp_path: Path) -> None:
    with running(str(shops)) as (_, url):
        page = dumped(f"{url}/#ask", tmp_path / "profile")
    assert page.count("<svg") == 1
    assert 'class="band"' in page
    assert "a new one" in page
    assert "Train has not had: shop." in page
