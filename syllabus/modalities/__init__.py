"""What data is. A modality is a module here; the file's name is the registry.

Its contract, which `tests/contracts/test_modalities.py` checks for every one:

- `GIVES`: the names of the arrays that its examples hold.
- `columns(data) -> list[str]`: the names of the source's columns, from its head alone.
- `read(data, out) -> report`: writes one Parquet table, a row an example, whose first column `row` numbers the example
  in the source; returns the source, the columns and every change with its rule, rows and examples.
- `split(table, data, settings, seed=…) -> parts`: columns `row` and `part`, a line for every row. Each modality knows
  what leaks.
- `learn(train, data) -> Encoding`: what is learned from data, from train alone. Its `plain()` can be written as JSON,
  its `arrays()`, by name, as safetensors.
- `encoding(plain, arrays) -> Encoding`: the same encoding again.
- `examples(table, encoding) -> Examples`: the arrays named in `GIVES`, of equal first dimension, and the target where
  the table has it.
- `signature(train, encoding) -> list`: what each column of a request must be.

What a user can mend is raised as `Unmet`.
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
