"""Answers as JSON, and errors: one shape for all of them, the one that clients of OpenAI read."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

import orjson
from starlette.responses import Response

KINDS: Mapping[int, str] = {
    401: "authentication_error",
    404: "not_found_error",
    429: "rate_limit_error",
    503: "overloaded_error",
}


class Json(Response):
    """A value as JSON, written by orjson."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Return the bytes of a value; numpy's numbers are numbers."""
        return orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)


def refusal(
    status: int,
    message: str,
    where: str | None = None,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> Json:
    """Return an error: what is wrong, where in the request, and of which kind."""
    kind = KINDS.get(status, "invalid_request_error" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "server_error")
    told = {"message": message, "type": kind, "param": where, "code": None}
    return Json({"error": told}, status, dict(headers))
