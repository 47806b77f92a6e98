"""What answers rows that came as JSON: ONNX Runtime where the package has a graph, else the model itself.

A cell means the same whoever sends it, so what became of one is remembered: a request whose texts were all seen before
goes from JSON to arrays without a table in between. Any other is cleaned as `syllabus predict` cleans.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from syllabus import architectures, export
from syllabus.cleaning.asking import REASON
from syllabus.export import asking
from syllabus.frames import ROW
from syllabus.serving import answers, graphs
from syllabus.serving.fields import Field, Wrong
from syllabus.serving.graphs import Graphed

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from syllabus.serving.packages import Package

REMEMBERED = 20_000
"""So many different cells of a column are remembered."""
SHORT = 100
"""Texts of more letters are not: whoever sends long ones would fill the memory."""
_TEXT, _NUMBER = np.dtype(object), np.dtype(np.float64)
_AS_SAID = ("numeric",)
"""Roles of columns whose numbers come into the graph as they stand in a request, unless a rule changes them."""
_RULES = ("numbers", "dates", "limits", "missing_in", "types")


@dataclass
class Engine:
    """Answers rows of a package.

    Args:
        package: that is asked.
        fields: the columns of its requests.
        session: runs the graph; None where the model itself answers.
    """

    package: Package
    fields: tuple[Field, ...]
    session: Any
    _known: dict[str, dict[Any, Any]] = field(default_factory=dict)
    """By column, what cells become in the graph."""

    @property
    def name(self) -> str:
        """What runs it."""
        return "onnxruntime" if self.session is not None else self.package.model.architecture

    def answer(self, columns: Mapping[str, Sequence[Any]], count: int) -> tuple[NDArray[Any], dict[str, Any]]:
        """Return the answers, `(n, k)` or `(n,)`, and what they say as columns, by name.

        Args:
            columns: checked values, by name.
            count: of the rows.

        Raises:
            Wrong: a cell cannot be read; it names the row.
        """
        given = self._at_once(columns) if self._by_column else None
        rows = None
        if given is None:
            rows = frame(columns, count, self._decimals, self._binary)
            given = self._cleaned(readable(self.package, rows), columns)
        across = (self.package.threshold or {}).get("across")
        beside = rows if rows is not None or not across else frame({across: columns[across]}, count, {})
        return given, answers.columns(self.package, given, beside)  # type: ignore[arg-type]  # None only where no column of it is read

    def read(self, columns: Mapping[str, Sequence[Any]], count: int) -> pl.DataFrame:
        """Return the rows as the model reads them.

        Raises:
            Wrong: one of them cannot be read.
        """
        return readable(self.package, frame(columns, count, self._decimals, self._binary))

    def _at_once(self, columns: Mapping[str, Sequence[Any]]) -> NDArray[Any] | None:
        """Return the answers of rows whose cells are all known; None where one is not."""
        feeds: dict[str, NDArray[Any]] = {}
        try:
            for name, role in self._roles.items():
                known = self._known.get(name)
                if known is None:
                    feeds[name] = np.array(columns[name], _NUMBER)
                else:
                    kind = _TEXT if role == "categorical" else _NUMBER
                    feeds[name] = np.array([known[value] for value in columns[name]], kind)
        except (KeyError, OverflowError):
            return None
        found: NDArray[Any] = asking.run(self.session, feeds)
        return found

    def _cleaned(self, known: pl.DataFrame, columns: Mapping[str, Sequence[Any]]) -> NDArray[Any]:
        if self.session is None:
            return self.package.model.answers(self.package.model.examples(known.lazy()))
        if not self._by_column:
            return np.asarray(asking.answered(self.package.model, self.session, known.lazy()))
        feeds = asking.feeds(self.package.model, known.lazy())
        for name, held in self._known.items():
            if len(held) < REMEMBERED:
                pairs = zip(columns[name], feeds[name].tolist(), strict=True)
                held.update(pair for pair in pairs if not isinstance(pair[0], str) or len(pair[0]) <= SHORT)
        return np.asarray(asking.run(self.session, feeds))

    @cached_property
    def _by_column(self) -> bool:
        """Whether the cells of a request become the inputs of a graph one by one."""
        return self.session is not None and asking.by_column(self.package.model.modality)

    @property
    def _decimals(self) -> Mapping[str, str]:
        return {field.name: field.decimal for field in self.fields}

    @property
    def _binary(self) -> Collection[str]:
        return [field.name for field in self.fields if field.binary]

    @property
    def _roles(self) -> Mapping[str, str]:
        roles: Mapping[str, str] = self.package.model.encoding.columns
        return roles


def engine(package: Package, fields: tuple[Field, ...], *, native: bool = False) -> Engine:
    """Return what answers a package's rows.

    Args:
        package: that is asked.
        fields: the columns of its requests.
        native: whether the model itself is to answer, though there is a graph.
    """
    session = _session(package, native=native)
    made = Engine(package, fields, session)
    if not made._by_column:
        return made
    cleaning = package.data.cleaning
    for name, role in made._roles.items():
        if role not in _AS_SAID or any(name in getattr(cleaning, rule) for rule in _RULES):
            made._known[name] = {}
    return made


def _session(package: Package, *, native: bool) -> Any:
    """Return what runs the package's graph; None where the model itself answers."""
    if isinstance(package.model, Graphed):
        return package.model.session
    file = package.folder / export.FILE
    if native or not file.is_file() or architectures.missing(graphs.NEEDS, export.FILE):
        return None
    return graphs.session(file)


def frame(
    columns: Mapping[str, Sequence[Any]], count: int, decimals: Mapping[str, str], binary: Collection[str] = ()
) -> pl.DataFrame:
    """Return values of JSON as a table's cells, with `row` from 0: numbers as numbers where all of a column are.

    Args:
        columns: checked values, by name.
        count: of the rows.
        decimals: by column, the sign before the decimals of a number that stands among texts.
        binary: columns that hold bytes, even where all of them are missing.
    """
    import polars as pl

    made = [pl.Series(ROW, range(count), dtype=pl.UInt64)]
    for name, values in columns.items():
        kinds = {*map(type, values)} - {type(None)}
        if kinds == {bytes} or name in binary:
            made.append(pl.Series(name, values, dtype=pl.Binary))
        elif kinds <= {str}:
            made.append(pl.Series(name, values, dtype=pl.String))
        elif kinds <= {bool}:
            made.append(pl.Series(name, values, dtype=pl.Boolean))
        elif kinds <= {int} and all(value is None or abs(value) < 2**63 for value in values):
            made.append(pl.Series(name, values, dtype=pl.Int64))
        elif kinds <= {int, float}:
            made.append(pl.Series(name, values, dtype=pl.Float64, strict=False))
        else:
            made.append(pl.Series(name, [_text(value, decimals.get(name, ".")) for value in values], dtype=pl.String))
    return pl.DataFrame(made)


def _text(value: str | float | bool | None, decimal: str) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    return np.format_float_positional(value, trim="-").replace(".", decimal)


def readable(package: Package, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows as the model reads them.

    Raises:
        Wrong: one of them cannot be read.
    """
    known, refused = package.modality.asked(rows, package.data, package.signature)
    if len(refused):
        first = refused.sort(ROW).row(0, named=True)
        raise Wrong(str(first[REASON]), f"rows[{first[ROW]}]")
    found: pl.DataFrame = known
    return found
