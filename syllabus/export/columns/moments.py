"""Parts of a moment as nodes of a graph: the calendar reckoned from the seconds since 1970, in double precision.

Year, month and day follow Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from syllabus.export.graph import Graph

DAY = 86_400
_THURSDAY = 3  # 1970-01-01, counted from Monday as 0


def days(graph: Graph, seconds: str) -> str:
    """Return seconds as days, with their fractions."""
    return graph("Div", seconds, graph.double(DAY))


def parts(graph: Graph, seconds: str, newest: float, wanted: Iterable[str]) -> list[str]:
    """Return the wanted parts of moments, named as in `DatePart`; NaN stays NaN."""
    moment = _Moment(graph, seconds, newest)
    return [getattr(moment, part) for part in wanted]


@dataclass(frozen=True)
class _Moment:
    """The parts, each added to the graph when it is first asked for."""

    graph: Graph
    seconds: str
    newest: float

    @cached_property
    def age(self) -> str:
        return self.graph("Sub", self.graph.double(self.newest), days(self.graph, self.seconds))

    @cached_property
    def year(self) -> str:
        late = self.graph.cast(self._at_most(self.month, 2), np.float64)
        return self._add(self._add(self._year_of_era, self._times(self._era, 400)), late)

    @cached_property
    def month(self) -> str:
        early = self._at_most(self._from_march, 9)
        return self.graph("Where", early, self._plus(self._from_march, 3), self._plus(self._from_march, -9))

    @cached_property
    def day(self) -> str:
        before = self._over(self._plus(self._times(self._from_march, 153), 2), 5)
        return self._plus(self._less(self._day_of_year, before), 1)

    @cached_property
    def weekday(self) -> str:
        counted = self._plus(self._day, _THURSDAY)
        return self._plus(self._less(counted, self._times(self._over(counted, 7), 7)), 1)

    @cached_property
    def hour(self) -> str:
        return self._over(self._since_midnight, 3600)

    @cached_property
    def minute(self) -> str:
        return self._over(self._less(self._since_midnight, self._times(self.hour, 3600)), 60)

    @cached_property
    def _day(self) -> str:
        return self._over(self.seconds, DAY)

    @cached_property
    def _since_midnight(self) -> str:
        return self._less(self.seconds, self._times(self._day, DAY))

    # Years begin in March here, so that the day that comes every four years is the last.

    @cached_property
    def _era(self) -> str:
        return self._over(self._plus(self._day, 719_468), 146_097)

    @cached_property
    def _day_of_era(self) -> str:
        return self._less(self._plus(self._day, 719_468), self._times(self._era, 146_097))

    @cached_property
    def _year_of_era(self) -> str:
        day = self._day_of_era
        counted = self._add(self._less(day, self._over(day, 1_460)), self._over(day, 36_524))
        return self._over(self._less(counted, self._over(day, 146_096)), 365)

    @cached_property
    def _day_of_year(self) -> str:
        year = self._year_of_era
        begun = self._less(self._add(self._times(year, 365), self._over(year, 4)), self._over(year, 100))
        return self._less(self._day_of_era, begun)

    @cached_property
    def _from_march(self) -> str:
        return self._over(self._plus(self._times(self._day_of_year, 5), 2), 153)

    def _over(self, name: str, number: float) -> str:
        return self.graph("Floor", self.graph("Div", name, self.graph.double(number)))

    def _times(self, name: str, number: float) -> str:
        return self.graph("Mul", name, self.graph.double(number))

    def _plus(self, name: str, number: float) -> str:
        return self.graph("Add", name, self.graph.double(number))

    def _add(self, one: str, other: str) -> str:
        return self.graph("Add", one, other)

    def _less(self, one: str, other: str) -> str:
        return self.graph("Sub", one, other)

    def _at_most(self, name: str, number: float) -> str:
        return self.graph("LessOrEqual", name, self.graph.double(number))
