"""What every service answers: what it is, whether it lives, what it has counted, and a page for people."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from syllabus.serving.http.metrics import CONTENT
from syllabus.serving.http.told import Json, refusal

if TYPE_CHECKING:
    from syllabus.serving.http.journal import Journal
    from syllabus.serving.http.service import Service
    from syllabus.serving.served import Served

Answer = Callable[[Request], Awaitable[Response]]
Route = tuple[str, str, Answer]
"""A path, its method, and what answers it."""


class Common:
    """The answers to the paths that every service has.

    Args:
        service: that answers.
        journal: takes in what was asked.
    """

    def __init__(self, service: Service, journal: Journal) -> None:
        self.service, self.journal = service, journal

    def all(self) -> list[Route]:
        """Return every path."""
        return [
            ("/", "GET", self.page),
            ("/openapi.json", "GET", self.document),
            ("/health/live", "GET", self.live),
            ("/health/ready", "GET", self.ready),
            ("/metrics", "GET", self.metrics),
            ("/v1/models", "GET", self.models),
            ("/v1/models/{name}", "GET", self.model),
        ]

    def described(self, served: Served) -> dict[str, Any]:
        """Return the metadata of a model."""
        raise NotImplementedError

    def documented(self, served: Served) -> dict[str, Any]:
        """Return the OpenAPI document of a model."""
        raise NotImplementedError

    def shown(self, served: Served) -> tuple[str, str]:
        """Return the page of a model, and its Content Security Policy."""
        raise NotImplementedError

    async def models(self, _: Request) -> Response:
        """List what is served: one model."""
        return Json({"object": "list", "data": [self.described(self.service.served)]})

    async def model(self, request: Request) -> Response:
        """Say what the model takes and gives."""
        return Json(self.described(self.named(request.path_params["name"])))

    def named(self, name: str) -> Served:
        """Return what is served under a name.

        Raises:
            HTTPException: nothing is.
        """
        if name != self.service.served.name:
            raise HTTPException(404, f"no model of this name is served; {self.service.served.name} is")
        return self.service.served

    async def document(self, _: Request) -> Response:
        """Return the OpenAPI document of the package of the moment."""
        return Json(self.documented(self.service.served))

    async def page(self, _: Request) -> Response:
        """Return the page on which a person asks."""
        content, policy = self.shown(self.service.served)
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


def json_only(request: Request) -> None:
    """Refuse a body of another type: a page of another site could send one without asking.

    Raises:
        HTTPException: it is not application/json.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise HTTPException(415, f"the body must be application/json, not {kind[:80] or 'of no type'}")
