import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import packed
import polars as pl
import pytest
from buyers import ROW, predict
from hypothesis import given
from hypothesis import strategies as st
from services import client, told
from starlette.testclient import TestClient

from syllabus.serving import engines, fields, packages


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
