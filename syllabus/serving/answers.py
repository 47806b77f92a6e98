"""What a model answers, as the columns of a table, by what its task is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from syllabus import conformal
from syllabus.errors import Unmet
from syllabus.examination import bands

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl
    from numpy.typing import NDArray

    from syllabus.examples import Examples
    from syllabus.serving.packages import Package

PREDICTED = "predicted"
ENDS = ("low", "high")
RANK = "rank"
UNIT = "unit"
PROBABILITY = "probability "
"""What stands before the name of a class."""


class Form(NamedTuple):
    """What becomes of the answers of a task.

    Args:
        columns: returns the shape of an example's answer.
        told: returns the columns, for the answers and the rows that were asked about.
        intervals: reads what says how far from an answer the truth may lie.
    """

    columns: Callable[[Package], tuple[int, ...]]
    told: Callable[[Package, NDArray[Any], pl.DataFrame], dict[str, Any]]
    intervals: Callable[[Path], Any] = conformal.load


def given(package: Package, examples: Examples) -> NDArray[Any]:
    """Return what the model answers: `(n, k)` probabilities, or `(n,)` values.

    Raises:
        Unmet: its answers are none.
    """
    found = np.asarray(package.model.answers(examples))
    columns = _form(package).columns(package)
    if found.shape != (len(examples), *columns) or not np.isfinite(found).all():
        raise Unmet(
            f"{package.folder}: its model gives no answers: their shape is {found.shape}, or some are no number"
        )
    return found


def columns(package: Package, given: NDArray[Any], rows: pl.DataFrame) -> dict[str, Any]:
    """Return the columns of the answers, each `(n,)`.

    Args:
        package: what answered.
        given: its answers, `(n, k)` probabilities or `(n,)` values.
        rows: what was asked, with the column whose groups are decided apart, where there is one.

    Raises:
        Unmet: answers of this task are no columns.
    """
    return _form(package).told(package, given, rows)


def none(package: Package) -> pl.DataFrame:
    """Return the answers to no rows: their columns, with types.

    Raises:
        Unmet: answers of this task are no columns.
    """
    import polars as pl

    beside = {(package.threshold or {}).get("across") or UNIT: pl.Float64}
    told = columns(package, np.empty((0, *_form(package).columns(package))), pl.DataFrame(schema=beside))
    kinds = {name: pl.Int64 if values.dtype.kind in "iu" else pl.Float64 for name, values in told.items()}
    return pl.DataFrame(schema=kinds | ({PREDICTED: pl.String} if package.model.encoding.task.classes else {}))


def check_confidence(package: Package) -> None:
    """Refuse to ask for a confidence where there is none.

    Raises:
        Unmet: the model gives no probabilities.
    """
    if not package.model.encoding.task.classes:
        raise Unmet("--confidence: is about probabilities, and this model predicts a number")


def doubted(given: NDArray[Any], confidence: float) -> NDArray[np.bool_]:
    """Return `(n,)`: whether no class is as probable as is asked for."""
    return np.asarray(given.max(axis=1) < confidence)


def _form(package: Package) -> Form:
    kind = package.data.task
    if kind not in FORMS:
        raise Unmet(
            f"{package.folder}: a model of {kind} is not asked row by row; valid are {', '.join(sorted(FORMS))}"
        )
    return FORMS[kind]


def intervals(kind: str, file: Path) -> Any:
    """Return what says how far from an answer of a task the truth may lie."""
    return FORMS[kind].intervals(file)


def _classes(package: Package, given: NDArray[Any], rows: pl.DataFrame) -> dict[str, Any]:
    classes = package.model.encoding.task.classes
    if package.threshold is None:
        places = given.argmax(axis=1)
    else:
        positive = classes.index(package.threshold["positive"])
        places = np.where(given[:, positive] >= _thresholds(package.threshold, rows), positive, 1 - positive)
    told = {f"{PROBABILITY}{name}": given[:, place] for place, name in enumerate(classes)}
    return {PREDICTED: _named(classes)[places], **told}


@lru_cache
def _named(classes: tuple[str, ...]) -> NDArray[np.object_]:
    return np.array(classes, dtype=object)


def _thresholds(choice: Mapping[str, Any], rows: pl.DataFrame) -> Any:
    """Return the threshold, or `(n,)` of them where groups have their own."""
    if not choice["across"]:
        return choice["threshold"]
    import polars as pl

    group = pl.col(choice["across"]).cast(pl.String)
    own = group.replace_strict(choice["groups"], default=choice["threshold"], return_dtype=pl.Float64)
    return rows.select(own.fill_null(choice["threshold"])).to_series().to_numpy()


def _values(package: Package, given: NDArray[Any], _: pl.DataFrame) -> dict[str, Any]:
    if package.intervals is None:
        return {PREDICTED: given}
    return {PREDICTED: given} | dict(zip(ENDS, package.intervals.around(given), strict=True))


def _rated(package: Package, given: NDArray[Any], _: pl.DataFrame) -> dict[str, Any]:
    """Return the value that a user would give, of clicks none, and the place of the item among those not seen."""
    place = {RANK: given[:, 1].astype(np.int64)}
    return place if package.model.encoding.task.clicks else {PREDICTED: given[:, 0]} | place


def _forecasts(package: Package, given: NDArray[Any], rows: pl.DataFrame) -> dict[str, Any]:
    """Return `(n, h)` middles and ends of intervals; `rows` hold how much each example varies, as `unit`."""
    task = package.model.encoding.task
    told = {PREDICTED: given[:, :, task.quantiles.index(0.5)]}
    if package.intervals is None:
        return told
    ends = package.intervals.around(task.learned(given), rows[UNIT].to_numpy())
    return told | {name: task.original(end) for name, end in zip(ENDS, ends, strict=True)}


def _steps(package: Package) -> tuple[int, int]:
    return package.model.encoding.options.horizon, len(package.model.encoding.task.quantiles)


FORMS: Mapping[str, Form] = {
    "classification": Form(lambda package: (len(package.model.encoding.task.classes),), _classes),
    "regression": Form(lambda _: (), _values),
    "rating": Form(lambda _: (2,), _rated),
    "forecast": Form(_steps, _forecasts, bands.load),
}
"""The tasks whose answers are columns: of one row each, or of the steps ahead of a series."""
