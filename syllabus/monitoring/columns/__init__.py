"""Which plain columns of examples are watched: a module a modality, found by its name.

Its contract: `watched(table, signature) -> frame` takes rows as `asked` of the modality leaves them, or train as
split did, and returns for each row plain columns: numbers, texts that are categories, or moments. So one way of
finding drift serves all of them. They stand apart from the modalities, so that an edit of them trains nothing anew.
What most modalities do not need:

- `opened(package, source, scratch)`, where a model is not asked row by row: reads new rows, as `reading.opened` does.
- `KNOWS = True`, where columns say what a row is to the model: `watched` takes a third argument then, a `Known`.
- `held(train) -> JSON`: what of train `watched` needs for that and the encoding has not.
- `fresh(name) -> bool`: whether train itself cannot tell what is usual of a column, since the model learned from these
  very rows: then validation and test do.
- `made_of(name, data) -> names`: the columns of a source that a watched one is made of; by default that of its name.
- `answered(given, examples) -> frame`: answers as plain columns, where they are neither classes nor one number.
- `truth(task, given) -> function or None`: returns for examples `(n, …)` the truth, where the rows are what is to be
  predicted and no label is waited for; `given` are the columns of their source.
- `keys(data) -> names`: the columns that together say what a row is about, by which labels may be joined.
- `ARRAYS`: those of the examples that metrics need beside the answers, and `counted(arrays) -> (n,)`: the rows among
  them that count; all of them where it is not there.
- `together(known) -> expression`: the number of what a row goes with, such as its user: as evidence, rows that
  go together count as one.
- `judged(given, examples) -> Answers`: answers beside the truth as they compare between parts of unlike size.
- `ALSO`: names of metrics that are judged beside the one that chose the model, where a model answers several things.
- `FEWEST`: from how many rows on a metric is judged, where it is another number than of tables.
- `learn(model, parts, asked, deciding)` and `count(package, reference, source, scratch, …)`, in place of these, where
  a row says nothing by itself, as of series: do what `reference.learn` and `batch.count` do.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeAlias

from syllabus import scoring
from syllabus.errors import Unmet
from syllabus.monitoring import performance

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from syllabus.examination.answers import Answers
    from syllabus.examples import Examples, Task
    from syllabus.settings import Data

Judge: TypeAlias = "Callable[[NDArray[Any], Examples], Answers]"


@dataclass(frozen=True)
class Known:
    """What a model knows.

    Args:
        encoding: what its modality learned from train.
        held: what the module's own `held` returned for train.
    """

    encoding: Any
    held: Mapping[str, Any] = field(default_factory=dict)


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


def watched(modality: str, table: pl.LazyFrame, signature: Sequence[Mapping[str, Any]], known: Known) -> pl.LazyFrame:
    """Return the plain columns of rows."""
    own: Any = load(modality)
    found: pl.LazyFrame = own.watched(table, signature, *([known] if getattr(own, "KNOWS", False) else []))
    return found


def truth(modality: str, task: Task, given: Sequence[str]) -> Callable[[Examples], NDArray[Any]] | None:
    """Return what tells the truth of examples where the rows are it; None where labels do."""
    own: Any = load(modality)
    found: Callable[[Examples], NDArray[Any]] | None = own.truth(task, given) if hasattr(own, "truth") else None
    return found


def judge(modality: str) -> Judge:
    """Return what sets the answers of a model beside the truth, such that parts of unlike size compare."""
    found: Judge = getattr(load(modality), "judged", _judged)
    return found


def _judged(given: NDArray[Any], examples: Examples) -> Answers:
    return scoring.answered(given, examples, 0.5)


def fewest(modality: str) -> int:
    """Return from how many rows on a metric is judged."""
    return int(getattr(load(modality), "FEWEST", performance.FEWEST))


def made_of(name: str, data: Data) -> Sequence[str]:
    """Return the columns of a source that a watched column is made of."""
    own: Any = load(data.modality)
    found: Sequence[str] = own.made_of(name, data) if hasattr(own, "made_of") else [name]
    return found


def together(modality: str, table: pl.LazyFrame, known: Known) -> list[int]:
    """Return what rows go with each other, by a number; none where each stands for itself."""
    own: Any = load(modality)
    if not hasattr(own, "together"):
        return []
    found: list[int] = table.select(own.together(known).unique()).collect().to_series().to_list()
    return found


def keys(data: Data) -> tuple[str, ...]:
    """Return the columns that together say what a row is about; none where only a key of its own does."""
    own: Any = load(data.modality)
    found: tuple[str, ...] = own.keys(data) if hasattr(own, "keys") else ()
    return found
