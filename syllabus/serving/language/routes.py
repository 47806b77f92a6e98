"""The answers of a language model, in the shapes of OpenAI's."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from syllabus.serving.http import page
from syllabus.serving.http.common import Common, Route, json_only
from syllabus.serving.http.told import Json
from syllabus.serving.language import asking, described
from syllabus.serving.language.asking import Asked
from syllabus.serving.language.shapes import CHAT, TEXT, Shape
from syllabus.serving.language.writer import Reason, Writing
from syllabus.serving.served import Served

_EVENTS = {"cache-control": "no-cache", "x-accel-buffering": "no"}


class Language(Common):
    """The answers to the paths of such a model."""

    def all(self) -> list[Route]:
        """Return every path."""
        own: list[Route] = [
            ("/v1/completions", "POST", self.complete),
            ("/v1/chat/completions", "POST", self.chat),
        ]
        return [*own, *super().all()]

    async def complete(self, request: Request) -> Response:
        """Go on from a prompt, or from each of several."""
        json_only(request)
        return await self._answer(asking.completion(await request.body(), self.service.options.limits.tokens), TEXT)

    async def chat(self, request: Request) -> Response:
        """Go on from what was said."""
        json_only(request)
        return await self._answer(asking.chat(await request.body(), self.service.options.limits.tokens), CHAT)

    async def _answer(self, asked: Asked, shape: Shape) -> Response:
        heard = _Heard(self.named(asked.model), asked)
        head = {"id": f"{shape.prefix}-{secrets.token_hex(12)}", "created": int(time.time()), "model": asked.model}
        if asked.stream:
            events = self._events(heard, head, shape)
            return StreamingResponse(events, media_type="text/event-stream", headers=_EVENTS)
        texts, reasons = [""] * len(asked.wanted), [""] * len(asked.wanted)
        async for place, text, reason in heard.pieces():
            texts[place] += text
            reasons[place] = reason or ""
        self._written(heard, reasons)
        choices = [shape.whole(place, *one) for place, one in enumerate(zip(texts, reasons, strict=True))]
        return Json({**head, "object": shape.whole_name, "choices": choices, "usage": heard.usage()})

    async def _events(self, heard: _Heard, head: dict[str, Any], shape: Shape) -> AsyncIterator[bytes]:
        """Yield each piece as an event, and at the end what it took, where that is asked."""
        head = {**head, "object": shape.part_name}
        reasons: list[str] = []
        usage: dict[str, Any] = {"usage": None} if heard.asked.usage else {}
        for place in range(len(heard.asked.wanted)):
            for opening in shape.opening(place):
                yield _event({**head, "choices": [opening], **usage})
        try:
            async for place, text, reason in heard.pieces():
                reasons += [reason] if reason else []
                for part in shape.parts(place, text, reason):
                    yield _event({**head, "choices": [part], **usage})
        except HTTPException as error:
            yield _event({"error": {"message": error.detail, "type": "server_error", "param": None, "code": None}})
            return
        self._written(heard, reasons)
        if heard.asked.usage:
            yield _event({**head, "choices": [], "usage": heard.usage()})
        yield b"data: [DONE]\n\n"

    def _written(self, heard: _Heard, reasons: list[str]) -> None:
        """Count and log what was written; its words are nobody's but whose they are."""
        usage = heard.usage()
        self.service.metrics.tokens.labels("read").inc(usage["prompt_tokens"])
        self.service.metrics.tokens.labels("written").inc(usage["completion_tokens"])
        told = [
            {"tokens read": len(one.codes), "tokens written": one.written, "ended by": reason}
            for one, reason in zip(heard.texts, reasons, strict=True)
        ]
        self.journal.add(heard.served, [{} for _ in told], told)

    def described(self, served: Served) -> dict[str, Any]:
        """Return the metadata of a model."""
        return described.model(served)

    def documented(self, served: Served) -> dict[str, Any]:
        """Return the OpenAPI document of a model."""
        return described.document(served, self.service.options)

    def shown(self, served: Served) -> tuple[str, str]:
        """Return the page of a model, and its Content Security Policy."""
        return page.language(served, self.service.options.limits.tokens)


class _Heard:
    """The texts of a request, as they come from the writer's thread."""

    def __init__(self, served: Served, asked: Asked) -> None:
        self.served, self.asked = served, asked
        self.texts: list[Writing] = []

    async def pieces(self) -> AsyncIterator[tuple[int, str, Reason | None]]:
        """Yield which text goes on, by what, and why that is its end; whoever stops listening ends them all.

        Raises:
            HTTPException: the model failed.
        """
        writer = self.served.writer
        assert writer is not None
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[tuple[int, str, Reason | None]] = asyncio.Queue()

        def told(place: int, text: str, reason: Reason | None) -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody hears it any more
                loop.call_soon_threadsafe(queue.put_nowait, (place, text, reason))

        try:
            for place, wanted in enumerate(self.asked.wanted):
                # Elsewhere, as a long prompt would keep all others waiting.
                codes = await asyncio.to_thread(writer.codes, wanted.prompt)
                self.texts.append(writer.write(wanted, codes, partial(told, place)))
            going = len(self.texts)
            while going:
                place, text, reason = await queue.get()
                if reason == "failed":
                    raise HTTPException(500, "the model failed; the service's log says where")
                going -= reason is not None
                yield place, text, reason
        finally:
            for one in self.texts:
                one.dropped = True

    def usage(self) -> dict[str, int]:
        """Return how many tokens were read and written."""
        read, written = sum(len(one.codes) for one in self.texts), sum(one.written for one in self.texts)
        return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


def _event(content: dict[str, Any]) -> bytes:
    return b"data: " + orjson.dumps(content) + b"\n\n"
