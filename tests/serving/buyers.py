"""A buyer, as a request tells of one, and how such are asked about."""

from typing import Any

from starlette.testclient import TestClient

ROW = {"age": 52.0, "town": "Bern", "paid": "31,5", "since": "03.04.2020"}


def predict(asking: TestClient, *rows: Any, **more: Any) -> Any:
    return asking.post("/v1/predict", json={"rows": list(rows), **more})
