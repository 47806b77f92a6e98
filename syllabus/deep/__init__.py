"""Networks in PyTorch: one training loop for all, the parameters that it reads, and what networks are built of.

A module here may import torch at its top, but for this one and `params`: architectures import the others where they fit
or load, after `needed`, so that a project of tables starts without it.
"""

from __future__ import annotations

from importlib.util import find_spec

from syllabus.errors import Unmet


def needed(by: str) -> None:
    """Look whether PyTorch is installed.

    Raises:
        Unmet: it is not.
    """
    if find_spec("torch") is None:
        raise Unmet(f'{by} learns with PyTorch, which is not installed: pip install "syllabus[deep]"')
