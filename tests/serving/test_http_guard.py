"""Who may ask, by which name, how much at once, and for how long."""

import asyncio
import hashlib
from pathlib import Path
from typing import Any

from services import client
from starlette.testclient import TestClient

from syllabus.serving.http.guard import Guard
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
