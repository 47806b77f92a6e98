"""A request's body: JSON, parsed and checked before anything is made of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from syllabus.errors import nearest
from syllabus.serving.fields import Wrong

REASONED = 100
"""Reasons are told of at most so many rows of a request."""
KEYS = ("rows", "confidence", "novelty", "reasons")


class Malformed(Wrong):
    """A body that is no JSON at all."""


@dataclass(frozen=True)
class Asked:
    """A request about rows.

    Args:
        rows: as they stand.
        confidence: the probability of the likeliest class below which nothing is predicted; None predicts always.
        novelty: whether it is asked how unusual each row is.
        reasons: whether it is asked what speaks for each answer.
    """

    rows: list[Any]
    confidence: float | None
    novelty: bool
    reasons: bool


def parsed(body: bytes, keys: Collection[str]) -> dict[str, Any]:
    """Return the object that a body is.

    Args:
        body: JSON in UTF-8; it has no NaN, and no number beyond double precision.
        keys: that it may have.

    Raises:
        Wrong: it is no JSON, no object, or has another key.
    """
    try:
        plain = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"the body is no JSON: {error}") from None
    if type(plain) is not dict:
        raise Wrong("the body must be an object", None)
    for key in plain:
        if key not in keys:
            raise Wrong(f"is no part of this request; {nearest(key, keys)}", key[:80])
    return plain


def listed(plain: Mapping[str, Any], most: int) -> list[Any]:
    """Return the rows of a request.

    Raises:
        Wrong: there are none, or more than `most`.
    """
    held = plain.get("rows")
    if type(held) is not list or not held:
        raise Wrong("must be a list of one or more objects, each with the columns of a row", "rows")
    if len(held) > most:
        raise Wrong(f"{len(held):,} are more than the {most:,} that a request may have", "rows")
    return held


def rows(body: bytes, most: int) -> Asked:
    """Return what is asked about rows.

    Raises:
        Wrong: the body does not say it, or asks about more than `most`.
    """
    plain = parsed(body, KEYS)
    held, confidence = listed(plain, most), plain.get("confidence")
    if plain.get("reasons") and len(held) > REASONED:
        raise Wrong(f"reasons are told of at most {REASONED} rows at a time", "reasons")
    if confidence is not None and (type(confidence) not in (int, float) or not 0 < confidence <= 1):
        raise Wrong("must be a number above 0 and at most 1", "confidence")
    for key in ("novelty", "reasons"):
        if type(plain.get(key, False)) is not bool:
            raise Wrong("must be true or false", key)
    return Asked(held, confidence, plain.get("novelty", False), plain.get("reasons", False))
