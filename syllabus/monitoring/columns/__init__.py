"""Which plain columns of examples are watched: a module a modality, found by its name.

Its contract: `watched(table, signature) -> frame` takes rows as `asked` of the modality leaves them, or train as
split did, and returns for each row plain columns: numbers, texts that are categories, or moments. So one way of
finding drift serves all of them. Where a model is not asked row by row, `opened(package, source, scratch)` reads new
rows, as `reading.opened` does. They stand apart from the modalities, so that an edit of them trains nothing anew.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

from syllabus.errors import Unmet


def names() -> list[str]:
    """Return the modalities whose examples are watched."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def load(modality: str) -> ModuleType:
    """Return the module of a modality.

    Raises:
        Unmet: examples of it are not watched.
    """
    if modality not in names():
        raise Unmet(f"a model of {modality} is not watched; valid are {', '.join(names())}")
    return importlib.import_module(f"{__name__}.{modality}")
