"""The answers of a model that is asked row by row."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from syllabus.serving.http import asking, described, page
from syllabus.serving.http.common import Common, Route, json_only
from syllabus.serving.http.told import Json
from syllabus.serving.served import Served


class Rows(Common):
    """The answers to the paths of such a model."""

    def all(self) -> list[Route]:
        """Return every path; what is asked most is looked for first."""
        return [("/v1/predict", "POST", self.predict), *super().all()]

    async def predict(self, request: Request) -> Response:
        """Answer rows."""
        json_only(request)
        served = self.service.served
        asked = asking.rows(await request.body(), self.service.options.limits.rows)
        found = await self.service.answer(served, asked)
        self.journal.add(served, asked.rows, found)
        return Json({"model": served.name, "version": served.version, "predictions": found})

    def described(self, served: Served) -> dict[str, Any]:
        """Return the metadata of a model."""
        return described.model(served)

    def documented(self, served: Served) -> dict[str, Any]:
        """Return the OpenAPI document of a model."""
        return described.document(served, self.service.options)

    def shown(self, served: Served) -> tuple[str, str]:
        """Return the page of a model, and its Content Security Policy."""
        return page.rows(served)
