"""What data is. A modality is a module here; the file's name is the registry.

Its contract, which `tests/contracts/test_modalities.py` checks for every one:

- `GIVES`: the names of the arrays that its examples hold.
- `read(source, cleaning, target, out) -> report`: writes one Parquet table, a row an example, whose column `row` names
  the example; returns what was cleaned and why.
- `split(table, settings…) -> labels`: the part of every row. Each modality knows what leaks.
- `learn(train, …) -> Encoding`: what is learned from data, from train alone; saved with the model.
- `examples(table, encoding) -> Examples`: named arrays of equal first dimension.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

from syllabus.errors import Unmet, nearest


def names() -> list[str]:
    """Return the known modalities."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def load(name: str) -> ModuleType:
    """Import a modality by its name.

    Raises:
        Unmet: there is no such modality.
    """
    if name not in names():
        raise Unmet(f"unknown modality {name}; {nearest(name, names())}")
    return importlib.import_module(f"{__name__}.{name}")
