"""What every request passes before anything of it is read: who calls, by which name, how much, and for how long.

It stands around the whole application, so that no route can be forgotten.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from syllabus.serving.http.told import refusal

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from syllabus.serving.http.options import Limits

PROBES = frozenset({"/health/live", "/health/ready", "/metrics"})
"""What is asked when there is much to do; it is not counted among it, and so may hold nothing: it has no body."""
_ONCE = frozenset({b"host", b"authorization", b"content-length"})
"""What is said twice is heard by one program as the first, and by another as the last."""
_AGAIN = {"retry-after": "1"}
_ASK = {"www-authenticate": 'Basic realm="syllabus: any name, and the token as password", Bearer'}


class Refused(Exception):
    """A request that goes no further."""

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.headers = status, headers or {}


class Guard:
    """Lets a request through to the application, or refuses it.

    Args:
        app: the application.
        limits: of a request.
        hosts: the names by which the service may be called, without ports.
        tokens: SHA-256 of those that may ask; anybody may where there are none.
        answered: is told of each answer that begins, an application's or a refusal: its path and its status.
    """

    def __init__(
        self,
        app: ASGIApp,
        limits: Limits,
        hosts: Sequence[str],
        tokens: Sequence[str],
        answered: Callable[[str, int], None],
    ) -> None:
        self.app, self.limits, self.answered = app, limits, answered
        self.hosts = frozenset(host.lower() for host in hosts)
        self.tokens = [token.lower().encode() for token in tokens]
        self.working = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; anything but HTTP is let through, as it is about the process itself."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        counted = scope["path"] not in PROBES
        self.working += counted
        try:
            headers = dict(scope["headers"])
            if len(headers) < len(scope["headers"]):
                _once([name for name, _ in scope["headers"]])
            self._check(headers, counted)
            await self._through(headers, scope, receive, send, self.limits.body if counted else 0)
        except Refused as refused:
            self.answered(scope["path"], refused.status)
            # What is left of the body is not read: the connection ends with the answer.
            headers = {"connection": "close"} | refused.headers
            await refusal(refused.status, str(refused), headers=headers)(scope, receive, send)
        finally:
            self.working -= counted

    def _check(self, headers: Mapping[bytes, bytes], counted: bool) -> None:
        named = headers.get(b"host", b"").decode("latin-1").lower()
        if self._bare(named) not in self.hosts:
            raise Refused(400, f"the service is not called {named[:80] or 'nothing'}; --host-name allows a name")
        if self.tokens and not self._known(headers.get(b"authorization", b"")):
            raise Refused(401, "a token is needed: send it as `Authorization: Bearer TOKEN`", _ASK)
        if counted and self.working > self.limits.at_once:
            raise Refused(429, f"{self.limits.at_once} requests are being answered; come again in a second", _AGAIN)

    @staticmethod
    def _bare(host: str) -> str:
        """Return a host less its port; that of version 6 stands in brackets."""
        name, colon, port = host.rpartition(":")
        return name if colon and port.isdigit() else host

    def _known(self, said: bytes) -> bool:
        """Say whether a token is one that may ask, in the same time whatever it is."""
        kind, _, rest = said.partition(b" ")
        if kind.lower() == b"basic":
            try:
                rest = base64.b64decode(rest, validate=True).partition(b":")[2]
            except binascii.Error:
                return False
        elif kind.lower() != b"bearer":
            return False
        digest = hashlib.sha256(rest.strip()).hexdigest().encode()
        return any([hmac.compare_digest(digest, token) for token in self.tokens])  # noqa: C419  # each is compared

    async def _through(
        self, headers: Mapping[bytes, bytes], scope: Scope, receive: Receive, send: Send, most: int
    ) -> None:
        """Read the body and answer within the time that there is; an answer that has begun may take longer."""
        seconds, said = self.limits.seconds, Refused(408, "the request was not there in time")
        begun = False

        async def sent(message: Message) -> None:
            nonlocal begun
            if not begun:
                begun = True
                limit.reschedule(None)
                self.answered(scope["path"], message["status"])
            await send(message)

        try:
            async with asyncio.timeout(seconds) as limit:
                body = await _body(headers, receive, most)
                said = Refused(503, f"not answered within {seconds:g} seconds", _AGAIN)
                await self.app(scope, _replayed(body, receive), sent)
        except TimeoutError:
            if begun:
                raise
            raise said from None


async def _body(headers: Mapping[bytes, bytes], receive: Receive, most: int) -> bytes:
    said = headers.get(b"content-length", b"0")
    if said.isdigit() and int(said) > most:
        raise _too_much(most)
    parts, held, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(400, "the client went away")
        parts.append(message.get("body", b""))
        held += len(parts[-1])
        if held > most:
            raise _too_much(most)
        more = message.get("more_body", False)
    return b"".join(parts)


def _once(names: Sequence[bytes]) -> None:
    """Refuse a request that says one of some headers twice."""
    for name in sorted(_ONCE):
        if names.count(name) > 1:
            raise Refused(400, f"the request has {names.count(name)} headers `{name.decode()}`, and may have one")


def _too_much(most: int) -> Refused:
    if not most:
        return Refused(413, "a request to this path has no body")
    return Refused(413, f"a request has at most {most:,} bytes; ask about fewer rows at a time")


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Return what gives the body that was read, and then what comes."""
    given = False

    async def again() -> Message:
        nonlocal given
        if not given:
            given = True
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return again
