"""On which problems the contract of architectures is checked."""

from __future__ import annotations

from typing import Any

import easy
import pytest

from syllabus import architectures
from syllabus.examples import Examples

NAMES = [*architectures.names(), "mine"]
MIXED = ["mixed columns, two classes", "mixed columns, three classes", "mixed columns, a number"]
every_kind = pytest.mark.parametrize("kind", easy.KINDS)
mixed = pytest.mark.parametrize("kind", MIXED)
Solved = tuple[Any, Examples, Examples, Examples]
