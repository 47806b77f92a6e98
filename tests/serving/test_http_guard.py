"""Who may ask, by which name, how much at once, and for how long."""

import asyncio
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from services import client, told
from starlette.testclient import TestClient

from syllabus.serving.http.guard import PROBES, Guard
from syllabus.serving.http.options import Limits


def every_route(asking: TestClient) -> list[tuple[str, str]]:
    """Return all that the application answers, as it says itself."""
    app: Any = asking.app
    return [(method, route.path) for route in app.app.routes for method in route.methods]


def test_every_route_asks_for_the_token(made: Path) -> None:
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


def test_a_header_that_says_who_asks_whom_is_said_once(made: Path) -> None:
    digest = hashlib.sha256(b"right").hexdigest()
    with client(made, tokens=(digest,)) as asking:
        right = {"host": "localhost", "authorization": "Bearer right"}
        for name, other in (("host", "evil.example"), ("authorization", "Bearer wrong"), ("host", "localhost")):
            for more in ([(name, other), *right.items()], [*right.items(), (name, other)]):
                status, said = told(asking.get("/health/live", headers=more))
                assert status == 400
                assert f"2 headers `{name}`" in said
        assert asking.get("/health/live", headers=[*right.items(), ("x", "1"), ("x", "2")]).status_code == 200


def test_a_probe_has_no_body(asking: TestClient) -> None:
    for path in PROBES:
        assert told(asking.request("POST", path, content=b"x")) == (413, "a request to this path has no body")
        assert asking.request("GET", path, content=b"").status_code == 200


def test_a_probe_with_a_body_is_answered_before_it_is_read() -> None:
    async def never(scope: Any, receive: Any, send: Any) -> None:
        raise AssertionError("it is let through")

    async def endless() -> Any:
        endless.parts += 1  # type: ignore[attr-defined]
        return {"type": "http.request", "body": b"x" * 1000, "more_body": True}

    for said, read in (([(b"content-length", b"16000000")], 0), ([(b"transfer-encoding", b"chunked")], 1)):
        endless.parts = 0  # type: ignore[attr-defined]
        sent = asyncio.run(_guarded(never, Limits(), endless, "/health/live", said))
        assert (sent[0]["status"], endless.parts) == (413, read)  # type: ignore[attr-defined]


def test_every_answer_is_counted_once(made: Path) -> None:
    limits = {"body": 200}
    digest = hashlib.sha256(b"right").hexdigest()
    with client(made, tokens=(digest,), limits=limits) as asking:
        asking.get("/", headers={"host": "evil.example"})
        asking.get("/metrics")
        asking.headers["authorization"] = "Bearer right"
        for path in ("/nothing", "/v1/nothing", "/v1/models/a/b", "/v1/models/a", "/v1/models/b"):
            asking.get(path)
        asking.get("/v1/predict")
        asking.post("/v1/predict", content=b"x" * 201)
        asking.post("/v1/predict", json={})
        asking.service.answer = None  # type: ignore[attr-defined]
        asking.post("/v1/predict", json={"rows": [{}]})
        counts = asking.get("/metrics").text
    found = dict(re.findall(r'^syllabus_requests_total{route="(.+?",status="\d+)"} (\d+)', counts, re.MULTILINE))
    assert found == {
        '/",status="400': "1",
        '/metrics",status="401': "1",
        'elsewhere",status="404': "3",
        '/v1/models/{name}",status="404': "2",
        '/v1/predict",status="405': "1",
        '/v1/predict",status="413': "1",
        '/v1/predict",status="422': "1",
        '/v1/predict",status="500': "1",
    }


async def _guarded(
    app: Any, limits: Limits, receive: Any, path: str = "/v1/predict", more: Sequence[tuple[bytes, bytes]] = ()
) -> list[Any]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "path": path, "method": "POST", "headers": [(b"host", b"localhost"), *more]}
    await Guard(app, limits, ["localhost"], [], lambda *_: None)(scope, receive, send)
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

        guard = Guard(slow, Limits(at_once=3), ["localhost"], [], lambda *_: None)
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
