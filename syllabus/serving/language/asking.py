"""Requests as OpenAI's clients send them: what is understood is checked, what is not is refused by its name."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from syllabus.serving.fields import Wrong, whole
from syllabus.serving.http.asking import parsed
from syllabus.serving.language.writer import Wanted

NEUTRAL: Mapping[str, tuple[Any, ...]] = {
    "best_of": (None, 1),
    "echo": (None, False),
    "frequency_penalty": (None, 0, 0.0),
    "logit_bias": (None, {}),
    "logprobs": (None, False),
    "n": (None, 1),
    "presence_penalty": (None, 0, 0.0),
    "suffix": (None, ""),
    "tools": (None, []),
    "response_format": (None, {"type": "text"}),
}
"""What OpenAI has and a model here does not: it may stand there as long as it asks for nothing."""
COMMON = {"model", "temperature", "top_p", "stop", "seed", "stream", "stream_options", "max_tokens", "user", *NEUTRAL}
COMPLETION = frozenset({"prompt", *COMMON})
CHAT = frozenset({"messages", "max_completion_tokens", *COMMON})
ROLES = ("system", "developer", "user", "assistant")
PROMPTS = 16
USUAL = 128
"""Pieces, where a request does not say how many."""


@dataclass(frozen=True)
class Asked:
    """A request for texts.

    Args:
        wanted: what is to be written, for each prompt.
        model: its name, as the request says it.
        stream: whether pieces are told as they come.
        usage: whether the stream ends with what it took.
    """

    wanted: tuple[Wanted, ...]
    model: str
    stream: bool
    usage: bool


def completion(body: bytes, most: int) -> Asked:
    """Return what a request for completions asks.

    Args:
        body: JSON.
        most: pieces that may be asked for.

    Raises:
        Wrong: it does not say it.
    """
    plain = parsed(body, COMPLETION)
    prompts = plain.get("prompt", "")
    prompts = [prompts] if type(prompts) is str else prompts
    if type(prompts) is not list or not prompts or not all(type(one) is str for one in prompts):
        raise Wrong("must be a text, or a list of texts", "prompt")
    if len(prompts) > PROMPTS:
        raise Wrong(f"{len(prompts)} are more than the {PROMPTS} that a request may have", "prompt")
    return _asked(plain, prompts, "max_tokens", most)


def chat(body: bytes, most: int) -> Asked:
    """Return what a request for the next message of a chat asks: what was said is gone on from.

    Raises:
        Wrong: it does not say it.
    """
    plain = parsed(body, CHAT)
    messages = plain.get("messages")
    if type(messages) is not list or not messages:
        raise Wrong("must be a list of one or more messages", "messages")
    said = "\n\n".join(_said(one, f"messages[{place}]") for place, one in enumerate(messages))
    limit = "max_completion_tokens" if plain.get("max_completion_tokens") is not None else "max_tokens"
    return _asked(plain, [said], limit, most)


def _said(message: Any, where: str) -> str:
    """Return the text of a message.

    A model that has learned to continue documents knows no roles: what was said stands one after another.
    """
    if type(message) is not dict or message.get("role") not in ROLES:
        raise Wrong(f"must be an object with role ({', '.join(ROLES)}) and content", where)
    content = message.get("content")
    if type(content) is list and all(type(one) is dict and one.get("type") == "text" for one in content):
        parts = [one.get("text") for one in content]
        content = "".join(parts) if all(type(part) is str for part in parts) else None
    if type(content) is not str:
        raise Wrong("must be a text, or a list of parts of type text", f"{where}.content")
    return content


def _asked(plain: Mapping[str, Any], prompts: list[str], limit: str, most: int) -> Asked:
    for key, neutral in NEUTRAL.items():
        value = plain.get(key)
        if not any(type(value) is type(one) and value == one for one in neutral):
            raise Wrong("is not supported by this model; leave it out", key)
    stop = plain.get("stop")
    stops = [] if stop is None else [stop] if type(stop) is str else stop
    if type(stops) is not list or len(stops) > 4 or not all(type(one) is str and one for one in stops):
        raise Wrong("must be a text, or a list of up to four", "stop")
    tokens = plain.get(limit)
    tokens = min(USUAL, most) if tokens is None else whole(tokens)
    if type(tokens) is not int or not 1 <= tokens <= most:
        raise Wrong(f"must be a whole number from 1 to {most}", limit)
    seed = plain.get("seed")
    if seed is None:
        seed = secrets.randbits(32)
    elif type(seed := whole(seed)) is not int:
        raise Wrong("must be a whole number", "seed")
    options = plain.get("stream_options") or {}
    if type(options) is not dict or type(options.get("include_usage", False)) is not bool:
        raise Wrong("must be an object with include_usage", "stream_options")
    model = plain.get("model")
    if type(model) is not str:
        raise Wrong("must be the name of the model, as /v1/models lists it", "model")
    if plain.get("user") is not None and type(plain["user"]) is not str:
        raise Wrong("must be a text", "user")
    stream = plain.get("stream")
    if stream is not None and type(stream) is not bool:
        raise Wrong("must be true or false", "stream")
    temperature, top_p = _number(plain, "temperature", 0, 2), _number(plain, "top_p", 0, 1)
    wanted = tuple(
        Wanted(prompt, tokens, temperature, top_p, tuple(stops), (seed + place) % 2**63)
        for place, prompt in enumerate(prompts)
    )
    return Asked(wanted, model, bool(stream), bool(options.get("include_usage")))


def _number(plain: Mapping[str, Any], key: str, least: float, most: float) -> float:
    value = plain.get(key)
    if value is None:
        return 1.0
    if type(value) not in (int, float) or not least <= value <= most:
        raise Wrong(f"must be a number from {least:g} to {most:g}", key)
    return float(value)
