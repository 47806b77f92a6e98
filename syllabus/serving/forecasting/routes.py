"""The answers of a model of series over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from syllabus.serving.forecasting import answering, described
from syllabus.serving.http import asking, page
from syllabus.serving.http.common import Common, Route, json_only
from syllabus.serving.http.told import Json
from syllabus.serving.pieces import BEYOND
from syllabus.serving.served import Served


class Series(Common):
    """The answers to the paths of such a model."""

    def all(self) -> list[Route]:
        """Return every path; what is asked most is looked for first."""
        return [("/v1/predict", "POST", self.predict), *super().all()]

    async def predict(self, request: Request) -> Response:
        """Go on from histories."""
        json_only(request)
        served = self.service.served
        rows = asking.listed(asking.parsed(await request.body(), ("rows",)), self.service.options.limits.rows)
        forecaster = described.forecasts(served)
        running = asyncio.get_running_loop()
        found = await running.run_in_executor(self.service.pool, answering.answered, forecaster, served.fields, rows)
        self.service.metrics.rows.inc(len(found) * forecaster.horizon)
        self._log(served, rows, found)
        return Json({"model": served.name, "version": served.version, "forecasts": found})

    def described(self, served: Served) -> dict[str, Any]:
        """Return the metadata of a model."""
        return described.model(served)

    def documented(self, served: Served) -> dict[str, Any]:
        """Return the OpenAPI document of a model."""
        return described.document(served, self.service.options)

    def shown(self, served: Served) -> tuple[str, str]:
        """Return the page of a model, and its Content Security Policy."""
        return page.series(served)

    def _log(self, served: Served, rows: list[Any], found: list[dict[str, Any]]) -> None:
        """Log the rows as they came, and behind them a row for each step that was forecast."""
        time, empty = described.forecasts(served).time, {field.name: None for field in served.fields}
        ahead, told = [], []
        for one in found:
            beyond = {BEYOND: one[BEYOND]}
            for step in one[answering.STEPS]:
                ahead.append(empty | one[answering.SERIES] | {time: step[time]})
                told.append({name: value for name, value in step.items() if name != time} | beyond)
        self.journal.add(served, [*rows, *ahead], [*({} for _ in rows), *told])
