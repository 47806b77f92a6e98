"""Who is told of an alarm: Prefect, as an event that an automation may wait for, and a webhook."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

EVENT = "syllabus.drift"
"""The event of an alarm, which a retraining may wait for. Its resource is `syllabus.project.NAME`."""
BROKEN = "syllabus.broken"
"""The event in its place where the rows themselves are wrong: no model should learn from them."""
SECONDS = 10.0
"""How long a webhook may take."""
MOST = 20
"""The most alarms that are told one by one."""


def told(project: str, report: Mapping[str, Any], sentence: str) -> dict[str, Any]:
    """Return what of a report is told, as JSON can hold it; chats show its `text`."""
    alarms = [one for one in report["findings"] if one["severity"] == "alarm"]
    return {
        "event": BROKEN if report["broken"] else EVENT,
        "project": project,
        "text": f"{project}: {sentence}",
        "rows": report["rows"]["batch"],
        "package": report["package"],
        "alarms": [{key: one[key] for key in ("kind", "column", "says", "advice")} for one in alarms[:MOST]],
        "more": max(0, len(alarms) - MOST),
    }


def emit(project: str, body: Mapping[str, Any]) -> None:
    """Send the event to the Prefect server that PREFECT_API_URL names."""
    from prefect.events import emit_event

    resource = {"prefect.resource.id": f"syllabus.project.{project}", "prefect.resource.name": project}
    emit_event(event=str(body["event"]), resource=resource, payload=dict(body))


def post(variable: str, body: Mapping[str, Any], seconds: float = SECONDS) -> str:
    """Tell a webhook, and return a sentence of what came of it; one that fails is told, and no more.

    Args:
        variable: the environment variable that holds the URL, which may hold a secret and so is never written.
        body: what is posted as JSON.
        seconds: how long it may take.
    """
    url = os.environ.get(variable, "").strip()
    if not url:
        return f"the webhook was not told: {variable} is not set"
    if not _is_address(url):
        return f"the webhook was not told: {variable} holds no URL that begins with https://"
    # The time that a request is given is for each of its steps: one that drips would hold a run for hours.
    told: SimpleQueue[str] = SimpleQueue()
    Thread(target=lambda: told.put(_posted(url, body, seconds)), daemon=True).start()
    try:
        return f"the webhook of {variable} {told.get(timeout=seconds)}"
    except Empty:
        return f"the webhook of {variable} was not told: it took too long"


def _posted(url: str, body: Mapping[str, Any], seconds: float) -> str:
    """Return what came of it, in words that follow on "the webhook"."""
    headers = {"Content-Type": "application/json", "User-Agent": "syllabus"}
    try:
        asked = urllib.request.Request(url, json.dumps(body).encode(), headers)  # noqa: S310  # the scheme was looked at
        with urllib.request.build_opener(_Stays).open(asked, timeout=seconds) as answer:
            return f"was told: it answered {answer.status}"
    except urllib.error.HTTPError as error:
        return f"was not told: it answered {error.code}"
    except Exception as error:
        # What the error says may hold the URL.
        why = "it took too long" if isinstance(error, TimeoutError) else "it does not answer"
        return f"was not told: {why} ({type(error).__name__})"


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


class _Stays(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: the body would be lost, or go where nobody declared."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None
