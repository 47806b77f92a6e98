"""A connection whose client must say in time, and in few words, what it asks, and must take in what it is answered.

uvicorn waits for the head of a request for ever, and holds whatever comes of it: without this, clients that send half
a head, or one without end, take all connections or all memory. It also waits for ever until an answer is read.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD = 64 * 2**10
"""Bytes that a request's line and headers may have."""
LINGER = 0.2
"""Seconds in which a request that was on its way is still taken when the service ends."""


class Connection(HttpToolsProtocol):
    """Reads requests; a body's time is the guard's matter.

    Args:
        config: of uvicorn; its application is a `Guard`, whose limits hold here as well.
        more: what uvicorn gives its protocols.
    """

    def __init__(self, config: Any, *more: Any, **named: Any) -> None:
        super().__init__(config, *more, **named)
        self._seconds = config.loaded_app.limits.seconds
        self._late: asyncio.TimerHandle | None = None
        self._head = 0
        self._begun = False
        self._unread: asyncio.TimerHandle | None = None
        self._ending = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._heard()
        self._read()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Wait no longer for a client that does not read than for one that does not ask."""
        super().pause_writing()
        self._unread = self.loop.call_later(self._seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """What was written is read again."""
        self._read()
        super().resume_writing()

    def data_received(self, data: bytes) -> None:
        """Take in what came; end the connection where a head has grown too long."""
        super().data_received(data)
        if self.transport.is_closing() or not (self._begun or self._idle()):
            return
        self._head += len(data)
        if self._head > HEAD:
            self.send_400_response(f"The head of a request has at most {HEAD:,} bytes.")
        else:
            self._wait()

    def on_message_begin(self) -> None:
        """A head begins."""
        self._begun = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """A head is whole."""
        self._begun = False
        self._heard()
        super().on_headers_complete()
        if self._ending:
            self._last()

    def shutdown(self) -> None:
        """End with the answer that is due, or in a moment: whoever asks just now could not know of the end."""
        self._ending = True
        if self.cycle is None or self.cycle.response_complete:
            self.loop.call_later(LINGER, self._end)
        else:
            self._last()

    def _last(self) -> None:
        """Say with the answer that is due that no other comes on this connection."""
        self.cycle.keep_alive = False
        self.cycle.scope["headers"] = [*self.cycle.scope["headers"], (b"connection", b"close")]

    def _end(self) -> None:
        if not self._begun and (self.cycle is None or self.cycle.response_complete):
            self.transport.close()

    def _idle(self) -> bool:
        """Say whether nothing is answered, and uvicorn does not wait for the next request either."""
        return self.timeout_keep_alive_task is None and (self.cycle is None or self.cycle.response_complete)

    def _wait(self) -> None:
        if self._late is None:
            self._late = self.loop.call_later(self._seconds, self.timeout_keep_alive_handler)

    def _read(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _heard(self) -> None:
        self._head = 0
        if self._late is not None:
            self._late.cancel()
            self._late = None
