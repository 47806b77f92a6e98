"""The application: its routes, and what becomes of an error."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from syllabus.errors import Unmet
from syllabus.serving.fields import Wrong
from syllabus.serving.http import asking, described, following, page
from syllabus.serving.http.asking import Malformed, TooMany
from syllabus.serving.http.guard import Guard
from syllabus.serving.http.journal import Journal
from syllabus.serving.http.metrics import CONTENT
from syllabus.serving.http.told import Json, refusal

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from syllabus.serving.http.service import Service

Answer = Callable[[Request], Awaitable[Response]]


def application(service: Service) -> ASGIApp:
    """Return what answers HTTP for a service."""
    journal = Journal(service)

    @asynccontextmanager
    async def living(_: FastAPI) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(following.follow(service)), asyncio.create_task(journal.write_on())]
        try:
            yield
        finally:
            service.draining = True
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            journal.write()
            service.pool.shutdown()

    app = FastAPI(title="syllabus", docs_url=None, redoc_url=None, openapi_url=None, lifespan=living)
    routes = _Routes(service, journal)
    for path, method, answer in routes.all():
        app.add_route(path, _measured(service, path, answer), methods=[method], include_in_schema=False)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _broken)
    return Guard(app, service.options.limits, service.options.hosts, service.options.tokens)


class _Routes:
    """The answers to each path."""

    def __init__(self, service: Service, journal: Journal) -> None:
        self.service, self.journal = service, journal

    def all(self) -> list[tuple[str, str, Answer]]:
        """Return every path with its method and what answers it."""
        return [
            ("/", "GET", self.page),
            ("/openapi.json", "GET", self.document),
            ("/health/live", "GET", self.live),
            ("/health/ready", "GET", self.ready),
            ("/metrics", "GET", self.metrics),
            ("/v1/models", "GET", self.models),
            ("/v1/models/{name}", "GET", self.model),
            ("/v1/predict", "POST", self.predict),
        ]

    async def predict(self, request: Request) -> Response:
        """Answer rows."""
        _json_only(request)
        served = self.service.served
        asked = asking.rows(await request.body(), self.service.options.limits.rows)
        found = await self.service.answer(served, asked)
        self.journal.add(served, asked, found)
        return Json({"model": served.name, "version": served.version, "predictions": found})

    async def models(self, _: Request) -> Response:
        """List what is served: one model."""
        return Json({"object": "list", "data": [described.model(self.service.served)]})

    async def model(self, request: Request) -> Response:
        """Say what the model takes and gives."""
        served = self.service.served
        if request.path_params["name"] != served.name:
            raise HTTPException(404, f"no model of this name is served; {served.name} is")
        return Json(described.model(served))

    async def document(self, _: Request) -> Response:
        """Return the OpenAPI document of the package of the moment."""
        return Json(described.document(self.service.served, self.service.options))

    async def page(self, _: Request) -> Response:
        """Return the page on which a person asks."""
        content, policy = page.made(self.service.served)
        return HTMLResponse(content, headers={"content-security-policy": policy, "referrer-policy": "no-referrer"})

    async def live(self, _: Request) -> Response:
        """Say that the process lives."""
        return Json({"status": "live"})

    async def ready(self, _: Request) -> Response:
        """Say whether it takes requests."""
        if self.service.draining:
            return refusal(503, "the service is ending")
        return Json({"status": "ready", "model": self.service.served.name, "version": self.service.served.version})

    async def metrics(self, _: Request) -> Response:
        """Return the counts."""
        return Response(self.service.metrics.text(), media_type=CONTENT)


def _measured(service: Service, path: str, answer: Answer) -> Answer:
    """Return an answer that is counted and timed, and whose errors are sentences."""
    seconds = service.metrics.seconds.labels(path)
    counts: dict[int, Any] = {}

    async def measured(request: Request) -> Response:
        begun = time.perf_counter()
        try:
            response = await answer(request)
        except Wrong as error:
            status = 400 if isinstance(error, Malformed) else 413 if isinstance(error, TooMany) else 422
            response = refusal(status, str(error), error.where)
        except Unmet as error:
            response = refusal(422, str(error))
        except HTTPException as error:
            response = refusal(error.status_code, error.detail)
        status = response.status_code
        if status not in counts:
            counts[status] = service.metrics.requests.labels(path, status)
        counts[status].inc()
        seconds.observe(time.perf_counter() - begun)
        return response

    return measured


def _json_only(request: Request) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise HTTPException(415, f"the body must be application/json, not {kind[:80] or 'of no type'}")


async def _http(_: Request, error: Exception) -> Response:
    """Say what Starlette says of a path or a method in the shape of all errors."""
    status = getattr(error, "status_code", 500)
    told = {404: "there is nothing at this path; GET /openapi.json lists what there is"}
    return refusal(status, told.get(status, str(getattr(error, "detail", error))), headers=getattr(error, "headers", None) or {})


async def _broken(_: Request, error: Exception) -> Response:
    """Say that it is not the client's fault; the traceback stands in the service's own log."""
    return refusal(500, f"the service failed: {type(error).__name__}; its log says where")
