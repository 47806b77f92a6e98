"""safetensors, looked at without trust: the header against the bytes that follow it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from syllabus.trust.words import Wrong

HEADER = 100_000_000
"""The most bytes of a header, as the format says."""
WIDTHS = {
    "BOOL": 1, "U8": 1, "I8": 1, "F8_E5M2": 1, "F8_E4M3": 1, "I16": 2, "U16": 2, "F16": 2, "BF16": 2, "I32": 4,
    "U32": 4, "F32": 4, "F64": 8, "I64": 8, "U64": 8,
}  # fmt: skip
"""The bytes of a number of each kind."""


def check(file: Path) -> None:
    """Refuse a header that is too long or no JSON, and tensors that do not fill the file one after the other."""
    size = file.stat().st_size
    with file.open("rb") as held:
        length = int.from_bytes(held.read(8), "little")
        if size < 8 or length > min(HEADER, size - 8):
            raise Wrong("its header is longer than the file, or than a header is")
        try:
            told = json.loads(held.read(length))
        except (ValueError, RecursionError):
            raise Wrong("its header is no JSON") from None
    if not isinstance(told, dict):
        raise Wrong("its header is no object")
    told.pop("__metadata__", None)
    ends = sorted(_ends(name, one) for name, one in told.items())
    at = 0
    for start, end in ends:
        if start != at:
            raise Wrong("its tensors overlap, or leave room between them")
        at = end
    if at != size - 8 - length:
        raise Wrong("its tensors do not fill it")


def _ends(name: str, told: Any) -> tuple[int, int]:
    """Return where a tensor begins and ends."""
    try:
        kind, shape, (start, end) = told["dtype"], told["shape"], told["data_offsets"]
        whole = all(type(one) is int and one >= 0 for one in (*shape, start, end))
        fits = whole and math.prod(shape) * WIDTHS[kind] == end - start
    except (KeyError, TypeError, ValueError):
        raise Wrong(f"what its header says of {str(name)[:100]!r} is no tensor") from None
    if not fits:
        raise Wrong(f"{name[:100]!r} has not the bytes that its shape needs")
    return start, end
