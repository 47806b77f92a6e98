"""What data is. A modality is a module here; the file's name is the registry.

Its contract, which `tests/contracts/test_modalities.py` checks for every one:

- `GIVES`: the names of the arrays that its examples hold.
- `gives(encoding)`, only where settings add arrays to `GIVES`: the names of all of them; see `given` below.
- `TASKS`: what can be learned of it, kinds of `data.task`.
- `STANDS_FOR_TARGET`, only where no column is predicted: the column that parts are stratified on and told by instead;
  see `target` below. `data.target` is then refused, and otherwise required.
- `FOLDED = False`, only where few rows say nothing of how much there is to learn from: `tuning.folds: auto` makes none.
- `Options`: its own settings, which stand under `data.options`; `options(data)` below reads them.
- `SETTINGS`: the keys of `data` that it reads beyond those that every modality does, such as `columns` or
  `cleaning.duplicates`; any other is refused, since it would do nothing.
- `files(options) -> list[str]`: the files and folders that it reads beside `data.source`; a stage must depend on them.
- `columns(data) -> list[str]`: the names of the columns that settings may name: the table's, from the source's head.
- `read(data, out) -> report`: writes one Parquet table, a row an example, whose first column `row` numbers the example
  in the source; returns the source, the columns, every change with its rule, rows and examples, and `compared`: by
  which columns rows are the same example (`equal`), and by which they are nearly that (`nearly`; none where no such
  rows were found).
- `split(table, data, settings, seed=…) -> parts`: columns `row` and `part`, a line for every row. Each modality knows
  what leaks.
- `folds(table, data, settings, count, seed=…) -> codes`: the fold of every row, from 0; what `split` keeps in one part
  stays in one fold.
- `learn(train, data) -> Encoding`: what is learned from data, from train alone. Its `plain()` can be written as JSON,
  its `arrays()`, by name, as safetensors.
- `encoding(plain, arrays) -> Encoding`: the same encoding again.
- `examples(table, encoding) -> Examples`: the arrays named in `GIVES`, of equal first dimension, and the target where
  the table has it.
- `LOOKS_BACK = True`, where examples look back at rows before theirs, the target among them: `examples` takes a third
  argument then, `before`, the rows of the parts before, of which nothing is to be predicted. Examples that are not the
  rows of the table one by one say by `Examples.rows` which row each is about.
- `keep(encoding, folder)` and `know(folder)`, only where an encoding asks files that a model does not hold: copies them
  for a package, and lets what was copied be found.
- `signature(train, encoding) -> list`: what each column of a request must be.
- `asks(data, signature) -> names` and `asked(rows, data, signature) -> rows, refused`, only where a model of it answers
  row by row: the columns that a request must have; and its rows as `read` would leave them, less those that cannot be
  read, and for these `row` and `reason`. `types(data, signature)` says what the cells of each of these columns are,
  as `cleaning.asking.Cell` names it, and `needed(data, signature)` in which of them none may be missing.
- `histories(rows, data, signature, encoding) -> rows, refused` and `latest(rows, encoding) -> Examples`, in place of
  `asked` where a model goes on from the rows of a series: rows of all series that can be gone on from, and of the
  others what names them, `row` and `reason`; and an example at the end of each, whose `rows` say which row that is.
- `requests(source, data) -> rows`, only where requests may come from what is no table: as `serving.rows.Rows`; None
  where a source is a table. `held(data)`, only where a column of a table holds bytes: its name. `PIECE`, only where a
  row takes much: how many are held at a time.
- `beyond(rows, encoding) -> names`, only where its numbers and categories do not tell it: for each row the columns that
  hold what train has not.
- `example(train, encoding, data) -> rows`, only where such can be told in JSON: some rows that could be asked, typical
  of train and nobody's, each a column's value by its name.

What a user can mend is raised as `Unmet`.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from syllabus.errors import Unmet, nearest

if TYPE_CHECKING:
    from syllabus.settings import Data

COMMON = frozenset(
    {
        "modality", "source", "freshness", "target", "task", "target_transform", "positive", "class_weights", "options",
    }
)  # fmt: skip
"""The keys of `data` that mean the same for every modality."""


class Options(BaseModel):
    """The settings of a modality alone, each declared in its own file."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, use_attribute_docstrings=True
    )


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


def target(data: Data) -> str:
    """Return the column that is predicted, or the one that stands for it in splits and reports where none is."""
    return data.target or str(load(data.modality).STANDS_FOR_TARGET)


def given(name: str, encoding: Any) -> frozenset[str]:
    """Return the names of the arrays that the examples of a modality hold."""
    module = load(name)
    found: frozenset[str] = module.gives(encoding) if hasattr(module, "gives") else module.GIVES
    return found


def options(data: Data) -> Any:
    """Return the modality's own settings, of its type `Options`."""
    return parsed(load(data.modality), data.options)


def parsed(modality: ModuleType, raw: Mapping[str, Any]) -> Any:
    """Return the settings that `raw` writes.

    Raises:
        ValidationError: a key is unknown, or a value is not what it may be.
    """
    # As JSON, a list is a tuple and a text is never a number, as everywhere in `params.yaml`.
    return modality.Options.model_validate_json(json.dumps(dict(raw)))
