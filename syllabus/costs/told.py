"""What things cost, as tables: for people as text, for programs as what JSON can hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from syllabus.costs import caps, runs
from syllabus.costs.runs import TOTAL, Took
from syllabus.errors import shown
from syllabus.settings import Settings

_MIB = 2**20
__all__ = ["HEAD", "TOTAL", "aligned", "asked", "energy", "facts", "head", "notes", "price", "row", "text"]

HEAD = ("stage", "seconds", "CPU seconds", "peak MiB", "Wh", "rows", "ended")


def facts(
    settings: Settings, found: Sequence[Took], answers: Mapping[str, Any] | str, per_kwh: float | None
) -> dict[str, Any]:
    """Return all that is known.

    Args:
        settings: the project's.
        found: what the stages took.
        answers: what answers take, as `asking.asked` says, or why nothing can be asked.
        per_kwh: the price of a kilowatt-hour, in whatever currency.
    """
    learned = runs.training(found)
    return {
        "stages": [_priced(took, per_kwh) for took in found],
        "training": _priced(learned, per_kwh) if learned else None,
        "unrecorded": runs.unrecorded(found, settings),
        "predictions": None if isinstance(answers, str) else _answers(answers, settings, per_kwh),
        "unasked": answers if isinstance(answers, str) else None,
        "caps": settings.cost.model_dump(),
        "declared": caps.declared(settings),
        "exceeded": caps.exceeded(settings, found, answers),
    }


def _priced(took: Took, per_kwh: float | None) -> dict[str, Any]:
    return asdict(took) | {"price": _price(took.watt_hours, per_kwh)}


def _answers(answers: Mapping[str, Any], settings: Settings, per_kwh: float | None) -> dict[str, Any]:
    """Return what 1,000 answers take, with their energy, which is always an estimate."""
    told: dict[str, Any] = {"peak": answers["peak"]}
    for how in ("one", "at_once"):
        if (one := answers[how]) is not None:
            energy = runs.estimate(one["cpu_seconds"], settings.cost.watts_per_core)
            told[how] = dict(one) | {"watt_hours": energy, "estimated": True, "price": _price(energy, per_kwh)}
    return told


def _price(watt_hours: float, per_kwh: float | None) -> float | None:
    return None if per_kwh is None else watt_hours / 1000 * per_kwh


def text(found: Mapping[str, Any]) -> str:
    """Return what `facts` found, as text."""
    total = [found["training"]] if found["training"] else []
    cells = [[*row(one), *price(one)] for one in [*found["stages"], *total]]
    lines = [*aligned([head(found), *cells]), ""] if cells else []
    if asks := list(asked(found)):
        lines.append("1,000 predictions, on one thread:")
    for how, one in asks:
        cost = "".join(f", price {cell}" for cell in price(one))
        lines.append(f"  {how}: {one['milliseconds']:,.1f} ms, {energy(one)} Wh{cost}")
    return "\n".join([*lines, *notes(found)])


def notes(found: Mapping[str, Any]) -> list[str]:
    """Return what else is to be said, a sentence each."""
    said, told = [], found["predictions"]
    if not found["stages"]:
        said.append("No stage has run here: `dvc repro`. What is fetched, or comes from DVC's run cache, cost nothing.")
    elif found["unrecorded"]:
        said.append(f"No run here: {', '.join(found['unrecorded'])}.")
    if told is None:
        said.append(f"What predictions cost is not known: {found['unasked']}")
    elif found["training"] and told["at_once"]["watt_hours"]:
        count = found["training"]["watt_hours"] / told["at_once"]["watt_hours"] * 1000
        how = f"{told['at_once']['rows']:,} at once"
        said.append(f"Training took the energy of some {float(f'{count:.2g}'):,.0f} predictions, asked {how}.")
    watts = found["caps"]["watts_per_core"]
    return [*said, f"~: estimated, {watts:g} W for a busy core (cost.watts_per_core)."]


def asked(found: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield in how many rows at a time 1,000 predictions were asked for, in words, and what they take."""
    told = found["predictions"] or {}
    for how in ("one", "at_once"):
        if one := told.get(how):
            yield ("one by one" if how == "one" else f"{one['rows']:,} at once"), one


def head(found: Mapping[str, Any]) -> list[str]:
    """Return the names of the columns; there is a price where one is asked for."""
    return [*HEAD, *(["price"] if found["training"] and found["training"]["price"] is not None else [])]


def row(one: Mapping[str, Any]) -> list[str]:
    """Return the cells of a stage."""
    return [
        shown(one["name"]),
        f"{one['seconds']:,.1f}",
        f"{one['cpu_seconds']:,.1f}",
        f"{one['peak'] / _MIB:,.0f}",
        energy(one),
        "-" if one["rows"] is None else f"{one['rows']:,}",
        shown(one["when"][:16].replace("T", " ")),
    ]


def price(one: Mapping[str, Any]) -> list[str]:
    """Return the cell of the price, where one is asked for."""
    return [] if one["price"] is None else [f"{one['price']:.3g}"]


def energy(one: Mapping[str, Any]) -> str:
    """Return the watt-hours, with a sign where they are estimated."""
    return f"{'~' * one['estimated']}{one['watt_hours']:.3g}"


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the rows as lines, the first column to the left and the others to the right."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return [
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in rows
    ]
