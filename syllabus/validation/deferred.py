"""Great Expectations imported without what it seldom needs, and what an import put off is."""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any


def import_great_expectations() -> None:
    """Import Great Expectations in two thirds of the time, and without its deprecation warnings.

    Distributions of SciPy and charts of Altair are for a few of its expectations; these import them when asked.
    """
    with deferred("scipy.stats"), deferred("altair"), warnings.catch_warnings(action="ignore"):
        import great_expectations  # noqa: F401  # for its import alone


@contextmanager
def deferred(name: str) -> Iterator[None]:
    """While the block imports other modules, put off importing the module `name` that they import.

    They keep a stand-in that imports the real module at the first use of one of its attributes. Whoever
    imports `name` after the block gets the real one. A module that is already imported is left alone.
    """
    if name in sys.modules:
        yield
        return
    parent, _, child = name.rpartition(".")
    stand_in = _StandIn(name)
    package = importlib.import_module(parent) if parent else None
    sys.modules[name] = stand_in
    if package:
        setattr(package, child, stand_in)
    try:
        yield
    finally:
        if sys.modules.get(name) is stand_in:
            del sys.modules[name]
        if package and vars(package).get(child) is stand_in:
            delattr(package, child)


class _StandIn(ModuleType):
    def __getattr__(self, attribute: str) -> Any:
        # The import system looks these up to see whether a module is still being imported.
        if attribute in ("__spec__", "__file__"):
            raise AttributeError(attribute)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), attribute)
