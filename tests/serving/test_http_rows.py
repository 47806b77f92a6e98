import asyncio
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import packed
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from services import client, told
from starlette.testclient import TestClient

from syllabus import frames
from syllabus.serving import engines, fields, packages
from syllabus.serving.http.guard import Guard
from syllabus.serving.http.options import Limits

ROW = {"age": 52.0, "town": "Bern", "paid": "31,5", "since": "03.04.2020"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packed.packed(
        tmp_path_factory.mktemp("served"), packed.people(600), packed.TABLE, onnx=True, threshold=THRESHOLD
    )


THRESHOLD = {"threshold": 0.3, "positive": "yes", "across": None, "groups": {}, "by": None, "says": "declared"}


@pytest.fixture(scope="module")
def asking(made: Path) -> Iterator[TestClient]:
    with client(made) as one:
        yield one


def predict(asking: TestClient, *rows: Any, **more: Any) -> Any:
    return asking.post("/v1/predict", json={"rows": list(rows), **more})


def people(count: int, seed: int = 3) -> list[dict[str, Any]]:
    """Return people as JSON has them: ages are numbers, and null where a file writes a question mark."""
    rows = packed.people(count, seed).drop("name", "buys").to_dicts()
    return [row | {"age": None if row["age"] == "?" else float(row["age"])} for row in rows]


@pytest.mark.parametrize("native", [False, True])
def test_rows_over_http_get_the_answers_of_predict(made: Path, tmp_path: Path, native: bool) -> None:
    from syllabus.cli import main

    rows = people(400)
    pl.DataFrame(rows).with_columns(pl.col("age").cast(pl.String)).write_csv(tmp_path / "in.csv")
    main(["predict", str(made), str(tmp_path / "in.csv"), str(tmp_path / "out.parquet")])
    wanted = pl.read_parquet(tmp_path / "out.parquet")
    with client(made, native=native) as asking:
        runs = asking.service.served.runs
        found = predict(asking, *rows).json()["predictions"]
        again = [predict(asking, row).json()["predictions"][0] for row in rows[:50]]
    assert runs == ("linear" if native else "onnxruntime")
    assert [one["predicted"] for one in found] == wanted["predicted"].to_list()
    shares = np.array([one["probabilities"]["yes"] for one in found])
    assert abs(shares - wanted["probability yes"].to_numpy()).max() < 1e-9
    # What was remembered of a cell, and how many rows are asked about at once, change nothing.
    assert [one["predicted"] for one in again] == wanted["predicted"].to_list()[:50]
    assert abs(np.array([one["probabilities"]["yes"] for one in again]) - shares[:50]).max() < 1e-12
    assert {one["predicted"] for one in found} == {"yes", "no"}


TEXT = st.one_of(st.none(), st.sampled_from(["Ulm", " ULM", "ULM", "?", "", "  ", "Bern ", "elsewhere"]), st.text())
CELLS = st.fixed_dictionaries(
    {
        "age": st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False), st.integers(-(2**70), 2**70)),
        "town": TEXT,
        "paid": st.one_of(st.none(), st.floats(0, 1e6), st.sampled_from(["1,5", "?", " 2,25"])),
        "since": st.sampled_from([None, "01.02.2020", "?", " 03.04.1999 "]),
    }
)


@given(rows=st.lists(CELLS, min_size=1, max_size=5))
def test_the_short_way_ends_where_the_long_one_does(made: Path, rows: list[dict[str, Any]]) -> None:
    package = packages.opened(made)
    known = fields.of(package)
    graph = engines.engine(package, known)
    columns = fields.columns(rows, known)
    first = graph.answer(columns, len(rows))[0]
    second = graph.answer(columns, len(rows))[0]
    native = engines.engine(package, known, native=True).answer(columns, len(rows))[0]
    np.testing.assert_array_equal(first, second)
    assert abs(first - native).max() < 1e-6


def test_more_is_told_where_it_is_asked(asking: TestClient) -> None:
    plain, full = (
        predict(asking, ROW, **more).json()["predictions"][0] for more in ({}, {"novelty": True, "reasons": True})
    )
    assert plain.keys() == {"predicted", "probabilities"}
    assert full.keys() == {"predicted", "probabilities", "novelty", "beyond", "reasons"}
    assert 0 <= full["novelty"] <= 1
    assert full["beyond"] == []
    assert {one["column"] for one in full["reasons"]} <= {"age", "town", "paid", "since"}
    unusual = predict(asking, ROW | {"town": "elsewhere", "age": 900.0}, novelty=True).json()["predictions"][0]
    assert unusual["beyond"] == ["age", "town"]


def test_an_unsure_model_abstains_over_http(asking: TestClient) -> None:
    rows = people(100)
    found = predict(asking, *rows, confidence=0.8).json()["predictions"]
    for one in found:
        unsure = max(one["probabilities"].values()) < 0.8
        assert (one["abstained"], one["predicted"] is None) == (unsure, unsure)
    assert {one["abstained"] for one in found} == {True, False}


WRONG = {
    "no json": ("{", 400, "the body is no JSON"),
    "not finite": ('{"rows": [{"age": NaN}]}', 400, "the body is no JSON"),
    "beyond double": ('{"rows": [{"age": 1e999}]}', 400, "infinity"),
    "deep": ("[" * 100_000, 400, "the body is no JSON"),
    "no object": ("[1]", 422, "the body must be an object"),
    "no rows": ("{}", 422, "rows: must be a list"),
    "empty": ('{"rows": []}', 422, "rows: must be a list of one or more"),
    "typo": ('{"row": []}', 422, "row: is no part of this request; did you mean rows?"),
    "no row": ('{"rows": [3]}', 422, "rows[0]: 3 where an object"),
    "missing": ('{"rows": [{"agee": 3}]}', 422, "rows[0]: has no age, which the model reads; did you mean agee?"),
    "confidence": ('{"rows": [{}], "confidence": 2}', 422, "confidence: must be a number above 0 and at most 1"),
    "flag": ('{"rows": [{}], "novelty": 1}', 422, "novelty: must be true or false"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_body_is_refused_in_a_sentence(asking: TestClient, name: str) -> None:
    body, status, said = WRONG[name]
    response = asking.post("/v1/predict", content=body, headers={"content-type": "application/json"})
    assert response.status_code == status
    assert said in told(response)[1]


CELL = {
    "text for a number": ({"age": "old"}, "rows[1].age: the text 'old' where a number or null belongs"),
    "truth for a number": ({"age": True}, "rows[1].age: true where a number or null belongs"),
    "list": ({"town": ["Ulm"]}, "rows[1].town: a list where a text or null belongs"),
    "object": ({"town": {}}, "rows[1].town: an object where a text or null belongs"),
    "number for a text": ({"town": 3}, "rows[1].town: 3 where a text or null belongs"),
    "no date": ({"since": "yesterday"}, "rows[1]: since: yesterday is no date"),
    "no number": ({"paid": "much"}, "rows[1]: paid: much is no number"),
}


@pytest.mark.parametrize("name", CELL)
def test_a_wrong_cell_is_named_by_its_place(asking: TestClient, name: str) -> None:
    cell, said = CELL[name]
    response = predict(asking, ROW, ROW | cell)
    assert told(response) == (422, said)
    assert response.json()["error"]["param"] == said.partition(": ")[0]


def test_an_unknown_category_and_a_column_beyond_the_model_are_answered(asking: TestClient) -> None:
    assert predict(asking, ROW | {"town": "elsewhere", "further": [1, {"a": 2}]}).status_code == 200


def test_too_much_is_refused_before_it_is_read(made: Path) -> None:
    with client(made, limits={"body": 50_000, "rows": 20}) as asking:
        assert told(predict(asking, *[ROW] * 21)) == (422, "rows: 21 are more than the 20 that a request may have")
        assert told(predict(asking, *[ROW] * 1_000_000))[0] == 413
        parts = (b" " * 10_000 for _ in range(10))
        assert told(asking.post("/v1/predict", content=parts, headers={"content-type": "application/json"}))[0] == 413
        assert predict(asking, *[ROW] * 20).status_code == 200


def test_only_json_is_read(asking: TestClient) -> None:
    body = json.dumps({"rows": [ROW]})
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        response = asking.post("/v1/predict", content=body, headers={"content-type": kind})
        assert told(response)[0] == 415
    good = asking.post("/v1/predict", content=body, headers={"content-type": "application/json; charset=utf-8"})
    assert good.status_code == 200


def test_errors_have_one_shape(asking: TestClient) -> None:
    answers = [
        asking.get("/nothing"),
        asking.get("/v1/predict"),
        asking.get("/v1/models/other"),
        asking.post("/v1/predict"),
    ]
    assert [one.status_code for one in answers] == [404, 405, 404, 415]
    for one in answers:
        assert one.json()["error"].keys() == {"message", "type", "param", "code"}
    assert answers[1].headers["allow"] == "POST"


def every_route(asking: TestClient) -> list[tuple[str, str]]:
    """Return all that the application answers, as it says itself."""
    app: Any = asking.app
    return [(method, route.path) for route in app.app.routes for method in route.methods]


def test_every_route_asks_for_the_token(made: Path) -> None:
    import hashlib

    digest = hashlib.sha256(b"right").hexdigest()
    with client(made, tokens=("0" * 64, digest)) as asking:
        routes = every_route(asking)
        assert len(routes) >= 9
        for method, path in [*routes, ("GET", "/nothing")]:
            for headers in (
                {},
                {"authorization": "Bearer wrong"},
                {"authorization": "Bearer"},
                {"authorization": f"Bearer {digest}"},
                {"authorization": "Basic !"},
            ):
                assert asking.request(method, path, headers=headers).status_code == 401, (method, path, headers)
        assert asking.get("/", headers={"authorization": "Bearer right"}).status_code == 200
        assert asking.get("/", auth=("anybody", "right")).status_code == 200
        assert asking.get("/", auth=("right", "wrong")).status_code == 401


def test_the_service_has_its_names_and_no_other(asking: TestClient) -> None:
    for host, status in {
        "localhost:8000": 200,
        "127.0.0.1": 200,
        "[::1]:80": 200,
        "evil.example": 400,
        "": 400,
    }.items():
        assert asking.get("/health/live", headers={"host": host}).status_code == status


async def _guarded(app: Any, limits: Limits, receive: Any) -> list[Any]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "path": "/v1/predict", "method": "POST", "headers": [(b"host", b"localhost")]}
    await Guard(app, limits, ["localhost"], [])(scope, receive, send)
    return sent


async def _silent() -> Any:
    await asyncio.Event().wait()


async def _empty() -> Any:
    return {"type": "http.request", "body": b"", "more_body": False}


def test_a_slow_client_and_a_slow_answer_are_told_so() -> None:
    async def slow(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(60)

    waited = asyncio.run(_guarded(slow, Limits(seconds=0.05), _silent))
    assert waited[0]["status"] == 408
    worked = asyncio.run(_guarded(slow, Limits(seconds=0.05), _empty))
    assert worked[0]["status"] == 503


def test_more_at_once_than_it_can_do_are_told_to_come_again() -> None:
    async def all_at_once() -> list[int]:
        going = asyncio.Event()

        async def slow(scope: Any, receive: Any, send: Any) -> None:
            await going.wait()
            await send({"type": "http.response.start", "status": 200, "headers": []})

        guard = Guard(slow, Limits(at_once=3), ["localhost"], [])
        statuses: list[int] = []

        async def ask(path: str) -> None:
            async def send(message: Any) -> None:
                if message["type"] == "http.response.start":
                    statuses.append(message["status"])

            await guard({"type": "http", "path": path, "headers": [(b"host", b"localhost")]}, _empty, send)

        tasks = [asyncio.create_task(ask("/v1/predict")) for _ in range(5)]
        await asyncio.sleep(0.01)
        probe = asyncio.create_task(ask("/health/live"))
        await asyncio.sleep(0.01)
        going.set()
        await asyncio.gather(*tasks, probe)
        return statuses

    assert sorted(asyncio.run(all_at_once())) == [200, 200, 200, 200, 429, 429]


def test_the_models_metadata_names_the_real_columns(asking: TestClient) -> None:
    listed = asking.get("/v1/models").json()["data"]
    one = asking.get(f"/v1/models/{listed[0]['id']}").json()
    assert one == listed[0]
    assert {column["name"]: column["datatype"] for column in one["inputs"]} == {
        "age": "FP64", "paid": "BYTES", "since": "BYTES", "town": "BYTES"
    }  # fmt: skip
    assert [column["name"] for column in one["outputs"]] == ["predicted", "probabilities"]
    assert one["classes"] == ["no", "yes"]


def test_the_documents_example_is_answered_as_it_stands(asking: TestClient) -> None:
    document = asking.get("/openapi.json").json()
    example = document["paths"]["/v1/predict"]["post"]["requestBody"]["content"]["application/json"]["example"]
    assert asking.post("/v1/predict", json=example).status_code == 200
    assert document["components"]["schemas"]["Row"]["properties"]["age"]["type"] == ["number", "null"]


def test_what_was_asked_is_counted(made: Path) -> None:
    with client(made) as asking:
        predict(asking, ROW, ROW)
        predict(asking, {})
        counts = asking.get("/metrics").text
    for line in (
        'syllabus_requests_total{route="/v1/predict",status="200"} 1.0',
        'syllabus_requests_total{route="/v1/predict",status="422"} 1.0',
        "syllabus_rows_total 2.0",
        'syllabus_predictions_total{predicted="yes"}',
    ):
        assert line in counts


def test_requests_are_logged_less_what_is_masked(made: Path, tmp_path: Path) -> None:
    with client(made, log={"folder": str(tmp_path), "masked": ("age",)}) as asking:
        first = predict(asking, ROW, ROW | {"paid": 3.5, "town": None}).json()
        predict(asking, {})
    (file,) = tmp_path.glob("*/*.parquet")
    table = pl.read_parquet(file)
    assert table.columns == [
        "asked at", "model", "version", "paid", "town", "since", "predicted", "probability no", "probability yes"
    ]  # fmt: skip
    assert table["town"].to_list() == ["Bern", None]
    assert table["paid"].to_list() == ["31,5", "3.5"]
    assert table["predicted"].to_list() == [one["predicted"] for one in first["predictions"]]
    assert table["version"].to_list() == [first["version"]] * 2


def test_some_requests_are_logged_by_chance(made: Path, tmp_path: Path) -> None:
    with client(made, log={"folder": str(tmp_path), "share": 0.3}) as asking:
        for _ in range(200):
            predict(asking, ROW)
    (file,) = tmp_path.glob("*/*.parquet")
    assert 30 < len(pl.read_parquet(file)) < 90


def test_a_full_disk_stops_the_log_and_not_the_service(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(path: Path) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(frames, "replacing", full)
    with client(made, log={"folder": str(tmp_path), "every": 0.05}) as asking:
        for _ in range(3):
            assert predict(asking, ROW).status_code == 200
            asking.portal.call(asyncio.sleep, 0.15)  # type: ignore[union-attr]
        assert "syllabus_requests_unlogged_total 3.0" in asking.get("/metrics").text
    said = capsys.readouterr().err
    assert said.count("requests are not logged") == 1
    assert "No space left on device" in said
    assert list(tmp_path.rglob("*.parquet")) == []


def test_numbers_are_answered_with_their_interval(tmp_path: Path) -> None:
    frame = packed.people(400).with_columns(pl.col("paid").str.replace(",", ".").alias("earned"))
    said = packed.TABLE | {
        "target": "earned",
        "task": "regression",
        "columns": packed.TABLE["columns"] | {"buys": "ignore"},
    }
    package = packed.packed(tmp_path, frame, said, onnx=True, intervals=INTERVALS)
    with client(package) as asking:
        (one,) = predict(asking, ROW, reasons=True).json()["predictions"]
    assert one["low"] < one["predicted"] < one["high"]
    assert math.isfinite(one["predicted"])


INTERVALS = {
    "level": 0.9, "knots": [0.0, 50.0], "scales": [1.0, 2.0], "down": -1.0, "up": 1.0, "rows": 90, "transform": None
}  # fmt: skip


def test_texts_are_answered_over_http(tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    words = {"yes": ["win", "prize", "now"], "no": ["meeting", "report", "monday"]}
    rows = [(" ".join(draw.choice(words[kind], 6)), kind) for kind in ("yes", "no") for _ in range(100)]
    frame = pl.DataFrame(rows, schema=["body", "spam"], orient="row")
    said = {"modality": "text", "target": "spam", "options": {"columns": ["body"]}}
    with client(packed.packed(tmp_path, frame, said)) as asking:
        found = predict(asking, {"body": "prize now win"}, {"body": "report monday"}).json()["predictions"]
        assert [one["predicted"] for one in found] == ["yes", "no"]
        assert told(predict(asking, {"body": None}))[0] == 422
        assert told(predict(asking, {"body": " "})) == (422, "rows[0]: body: no text")
        assert "<textarea" in asking.get("/").text
