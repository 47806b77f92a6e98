"""The winner of a forecast on test: metrics, forecasts beside what came, errors by steps ahead and by series."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import Any

from syllabus.reports.material import Material
from syllabus.reports.scale import Scale, exact, linear
from syllabus.reports.sections.curves import line
from syllabus.reports.sections.regression import measures

TITLE = "Examination"


def facts(material: Material) -> dict[str, Any] | None:
    """Return what the examination of a forecast found; None for another task."""
    test = material.test
    if test["task"] != "forecast":
        return None
    covered = test["metrics"]["coverage"]["high"]
    return {
        "test": test,
        "target": material.settings.data.target,
        "primary": material.metric,
        "metrics": measures(material, ordinary=True),
        "of_intervals": measures(material, ordinary=False),
        "pictures": _pictures(material.plot("forecasts")),
        "leads": _leads(test["leads"]),
        "intervals": _coverage(test["leads"], test["intervals"]),
        "short": bool(test["intervals"] and covered is not None and covered < test["intervals"]["level"]),
        "stride": material.settings.data.options.get("stride", 1),
    }


def _pictures(rows: list[dict[str, str]]) -> list[dict[str, Any]]:
    """Return a picture for each series that is drawn: what came, the median, and the interval as an area."""
    by_series: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        by_series.setdefault(row["series"], []).append(row)
    return [_picture(name, few) for name, few in by_series.items()]


def _picture(name: str, rows: list[dict[str, str]]) -> dict[str, Any]:
    at = [dt.datetime.fromisoformat(row["moment"]).replace(tzinfo=dt.UTC).timestamp() for row in rows]
    held = {
        key: [float(row[key]) if row[key] else None for row in rows] for key in ("actual", "predicted", "low", "high")
    }
    x, y = exact(at), linear([value for values in held.values() for value in values], most=5)
    runs = _runs(at)

    def lines(key: str) -> list[str]:
        return [
            line(piece, x, y) for run in runs for piece in _pieces([at[n] for n in run], [held[key][n] for n in run])
        ]

    return {
        "name": name,
        "y": y,
        "from": rows[0]["moment"],
        "to": rows[-1]["moment"],
        "ticks": [(x.at(at[place]), rows[place]["moment"]) for place in _spread(len(rows))],
        "areas": [_area(run, at, held["low"], held["high"], x, y) for run in runs]
        if held["low"][0] is not None
        else [],
        "actual": lines("actual"),
        "predicted": lines("predicted"),
    }


def _runs(at: list[float]) -> list[list[int]]:
    """Return the places of moments that follow each other: between two forecasts there may be a step that none has."""
    apart = sorted(after - before for before, after in pairwise(at))
    found: list[list[int]] = [[]]
    for place, moment in enumerate(at):
        if found[-1] and moment - at[place - 1] > 1.5 * apart[len(apart) // 2]:
            found.append([])
        found[-1].append(place)
    return found


def _area(run: list[int], at: list[float], low: list[Any], high: list[Any], x: Scale, y: Scale) -> str:
    """Return the points around an interval."""
    return line([*((at[n], low[n]) for n in run), *((at[n], high[n]) for n in reversed(run))], x, y)


def _spread(count: int) -> list[int]:
    """Return the places of the moments that are named: the first, the last and those between."""
    return sorted({round(share * (count - 1)) for share in (0, 0.25, 0.5, 0.75, 1)})


def _pieces(at: list[float], values: list[float | None]) -> list[list[tuple[float, float]]]:
    """Return the stretches without a gap."""
    found: list[list[tuple[float, float]]] = [[]]
    for moment, value in zip(at, values, strict=True):
        if value is None:
            found.append([])
        else:
            found[-1].append((moment, value))
    return [piece for piece in found if piece]


def _leads(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the errors of the model and of the seasonal naive forecast by steps ahead."""
    known = [row for row in rows if row["mae"] is not None]
    if len(known) < 2:
        return None
    x, y = (
        exact([row["lead"] for row in known]),
        linear([0.0, *(row[key] for row in known for key in ("mae", "naive"))]),
    )
    lines = {key: line([(row["lead"], row[key]) for row in known], x, y) for key in ("mae", "naive")}
    return {"x": x, "y": y, **lines}


def _coverage(rows: list[dict[str, Any]], intervals: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return the coverage by steps ahead beside the declared level."""
    known = [row for row in rows if row["coverage"] is not None]
    if intervals is None or len(known) < 2:
        return None
    lowest = min(intervals["level"], *(row["coverage"] for row in known))
    y = (
        Scale(0.0, 1.0, (0.0, 0.25, 0.5, 0.75, 1.0))
        if lowest < 0.5
        else Scale(0.5, 1.0, (0.5, 0.6, 0.7, 0.8, 0.9, 1.0))
    )
    x = exact([row["lead"] for row in known])
    held = line([(row["lead"], row["coverage"]) for row in known], x, y)
    widths = linear([0.0, *(row["width"] for row in known)], most=5)
    width = line([(row["lead"], row["width"]) for row in known], x, widths)
    return {"x": x, "y": y, "held": held, "level": intervals["level"], "widths": widths, "width": width} | {
        "rows": intervals["rows"]
    }
