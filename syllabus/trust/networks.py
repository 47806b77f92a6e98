"""Networks, built without trust: a file of a few bytes must not ask for all of the memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from syllabus.trust.words import Wrong

MANY = 20_000
"""More arrays of weights than any network here has."""


@contextmanager
def bounded(most: int) -> Iterator[None]:
    """Let the networks that are built in this block have at most so many bytes of weights.

    torch asks the system for memory when it makes a weight, and takes it when it fills it: between the two it tells.

    Raises:
        Wrong: they would have more.
    """
    from torch.nn.modules import module

    taken = count = 0

    def counted(_module: Any, _name: str, weights: Any) -> None:
        nonlocal taken, count
        count += 1
        taken += 0 if weights is None else weights.numel() * weights.element_size()
        if taken > most or count > MANY:
            raise Wrong(f"its network would take more than {most:,} bytes, or {MANY:,} arrays of them")

    handle = module.register_module_parameter_registration_hook(counted)
    try:
        yield
    finally:
        handle.remove()
