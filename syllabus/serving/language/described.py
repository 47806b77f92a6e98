"""A language model in the words of programs: the OpenAPI document, and its metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from syllabus.serving.http import described
from syllabus.serving.language import asking

if TYPE_CHECKING:
    from syllabus.serving.http.options import Options
    from syllabus.serving.served import Served

_NUMBER = {"type": ["number", "null"], "minimum": 0}
_USAGE = {
    "type": "object",
    "required": ["prompt_tokens", "completion_tokens", "total_tokens"],
    "properties": {name: {"type": "integer"} for name in ("prompt_tokens", "completion_tokens", "total_tokens")},
}


def model(served: Served) -> dict[str, Any]:
    """Return the metadata of a model."""
    text = [{"name": "text", "datatype": "BYTES", "shape": [-1]}]
    return described.named(served) | {"inputs": text, "outputs": text, "task": served.task}


def document(served: Served, options: Options) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document."""
    stop = {"oneOf": [{"type": "string", "minLength": 1}, _texts(0, 4), {"type": "null"}]}
    shared: dict[str, Any] = {
        "model": {"type": "string", "enum": [served.name]},
        "temperature": _NUMBER | {"maximum": 2},
        "top_p": _NUMBER | {"maximum": 1},
        "stop": stop,
        "seed": {"type": ["integer", "null"]},
        "stream": {"type": ["boolean", "null"]},
        "max_tokens": {"type": ["integer", "null"], "minimum": 1, "maximum": options.limits.tokens},
    }
    prompt = {"oneOf": [{"type": "string"}, _texts(1, asking.PROMPTS)]}
    message = {
        "type": "object",
        "required": ["role", "content"],
        "properties": {"role": {"type": "string", "enum": list(asking.ROLES)}, "content": {"type": "string"}},
    }
    messages = {"type": "array", "minItems": 1, "items": message}
    paths = {
        "/v1/completions": _post("complete", "Go on from a text", {"prompt": prompt, **shared}, ["model"], served),
        "/v1/chat/completions": _post(
            "chat", "Go on from what was said", {"messages": messages, **shared}, ["model", "messages"], served
        ),
    }
    return described.whole(served, options, paths, {})


def _texts(least: int, most: int) -> dict[str, Any]:
    return {"type": "array", "minItems": least, "maxItems": most, "items": {"type": "string", "minLength": 1 - least}}


def _post(name: str, summary: str, properties: dict[str, Any], required: list[str], served: Served) -> dict[str, Any]:
    schema = {"type": "object", "required": required, "additionalProperties": False, "properties": properties}
    said: dict[str, Any] = {"model": served.name, "max_tokens": 60, "temperature": 0.8}
    said |= {"messages": [{"role": "user", "content": "Once"}]} if "messages" in properties else {"prompt": "Once"}
    told = {
        "type": "object",
        "required": ["id", "object", "created", "model", "choices", "usage"],
        "properties": {"choices": {"type": "array", "items": {"type": "object"}}, "usage": _USAGE},
    }
    answer = described.answer(told, "What was written; with stream, events of its parts.")
    answer["200"]["content"]["text/event-stream"] = {"schema": {}}
    body = {"required": True, "content": {"application/json": {"schema": schema, "example": said}}}
    return {
        "post": {
            "summary": summary,
            "operationId": name,
            "requestBody": body,
            "responses": answer | described.errors("404", "415", "422", "500"),
        }
    }
