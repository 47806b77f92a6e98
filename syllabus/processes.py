"""Which of several processes this is, as `torchrun` says: they fit one model together, and the first one writes."""

from __future__ import annotations

import os


def rank() -> int:
    """Return the number of this process among those that work together, from 0."""
    return _told("RANK", 0)


def count() -> int:
    """Return how many processes work together."""
    return _told("WORLD_SIZE", 1)


def beside() -> int:
    """Return how many of them are on this machine."""
    return _told("LOCAL_WORLD_SIZE", 1)


def place() -> int:
    """Return the number of this process among those on this machine: that of its accelerator."""
    return _told("LOCAL_RANK", 0)


def first() -> bool:
    """Return whether this process is the one that writes and tells."""
    return rank() == 0


def _told(name: str, alone: int) -> int:
    # Clusters set such variables for reasons of their own; this one torchrun alone sets.
    return int(os.environ[name]) if "TORCHELASTIC_RUN_ID" in os.environ else alone
