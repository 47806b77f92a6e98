"""The application: its routes, and what becomes of an error."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from syllabus.errors import Unmet
from syllabus.serving.fields import Wrong
from syllabus.serving.http import following
from syllabus.serving.http.asking import Malformed
from syllabus.serving.http.common import Answer, Common
from syllabus.serving.http.guard import Guard
from syllabus.serving.http.journal import Journal
from syllabus.serving.http.metrics import Answered
from syllabus.serving.http.rows import Rows
from syllabus.serving.http.told import refusal

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from syllabus.serving.http.service import Service


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
            journal.write(journal.taken())
            service.pool.shutdown()

    # Counts are Prometheus'; a second kind would be asked for at every request, and could tell others what failed.
    quiet: Any = {"tracing": False, "metrics": False, "logs": False}
    app = FastAPI(title="syllabus", docs_url=None, redoc_url=None, openapi_url=None, lifespan=living, telemetry=quiet)
    routes = _routes(service, journal).all()
    for path, method, answer in routes:
        app.add_route(path, _measured(service, path, answer), methods=[method], include_in_schema=False)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _broken)
    answered = Answered(service.metrics.requests, [path for path, _, _ in routes])
    return Guard(app, service.options.limits, service.options.hosts, service.options.tokens, answered)


def _routes(service: Service, journal: Journal) -> Common:
    if service.served.writer is not None:
        from syllabus.serving.language.routes import Language

        return Language(service, journal)
    if service.served.forecaster is not None:
        from syllabus.serving.forecasting.routes import Series

        return Series(service, journal)
    return Rows(service, journal)


def _measured(service: Service, path: str, answer: Answer) -> Answer:
    """Return an answer that is timed, and whose errors are sentences."""
    seconds = service.metrics.seconds.labels(path)

    async def measured(request: Request) -> Response:
        begun = time.perf_counter()
        try:
            response = await answer(request)
        except Wrong as error:
            status = 400 if isinstance(error, Malformed) else 422
            response = refusal(status, str(error), error.where)
        except Unmet as error:
            response = refusal(422, str(error))
        except HTTPException as error:
            response = refusal(error.status_code, error.detail)
        seconds.observe(time.perf_counter() - begun)
        return response

    return measured


async def _http(_: Request, error: Exception) -> Response:
    """Say what Starlette says of a path or a method in the shape of all errors."""
    status = getattr(error, "status_code", 500)
    told = {404: "there is nothing at this path; GET /openapi.json lists what there is"}
    return refusal(
        status, told.get(status, str(getattr(error, "detail", error))), headers=getattr(error, "headers", None) or {}
    )


async def _broken(_: Request, error: Exception) -> Response:
    """Say that it is not the client's fault; the traceback stands in the service's own log."""
    return refusal(500, f"the service failed: {type(error).__name__}; its log says where")
