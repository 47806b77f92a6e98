"""What the last run of each stage took, as `syllabus.metering` kept it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from syllabus import metering
from syllabus.settings import Settings

TOTAL = "train + tune"
TRAINING = ("train", "tune")
"""The stages that learn, each once for every candidate."""
_ORDER = ("freshness", "ingest", "validate", "split", *TRAINING, "evaluate", "register")


@dataclass(frozen=True)
class Took:
    """What a run took, or several together.

    Args:
        name: of the stage, or of what it stands for.
        seconds: from its start to its end.
        cpu_seconds: of the processor, of all its threads and child processes.
        peak: the most bytes of memory that one of its processes held.
        watt_hours: what the processor drew.
        estimated: whether that is reckoned from the CPU seconds.
        rows: how many rows it was about; None where it does not say.
        when: the moment of its end, as ISO 8601 has it; of several the earliest.
    """

    name: str
    seconds: float
    cpu_seconds: float
    peak: int
    watt_hours: float
    estimated: bool
    rows: int | None
    when: str


def recorded(project: Path, settings: Settings) -> list[Took]:
    """Return what the stages of a project took, in their order; candidates that no longer compete are left out."""
    found = [
        took
        for name, record in metering.last(project)
        if _candidate(name) in (None, *settings.candidates) and (took := _took(name, record, settings)) is not None
    ]
    return sorted(found, key=_place)


def training(found: Sequence[Took]) -> Took | None:
    """Return what the stages that learn took together, one after the other; None where none is known."""
    learned = [took for took in found if took.name.partition("@")[0] in TRAINING]
    if not learned:
        return None
    return Took(
        name=TOTAL,
        seconds=sum(took.seconds for took in learned),
        cpu_seconds=sum(took.cpu_seconds for took in learned),
        peak=max(took.peak for took in learned),
        watt_hours=sum(took.watt_hours for took in learned),
        estimated=any(took.estimated for took in learned),
        rows=max((took.rows for took in learned if took.rows is not None), default=None),
        when=min(took.when for took in learned),
    )


def unrecorded(found: Sequence[Took], settings: Settings) -> list[str]:
    """Return the stages that learn of which no run is known here: what they left was fetched, say."""
    known = {took.name for took in found}
    return [name for stage in TRAINING for one in settings.candidates if (name := f"{stage}@{one}") not in known]


def estimate(cpu_seconds: float, watts: float) -> float:
    """Return the watt-hours of so many CPU seconds, where a busy core draws so many watts."""
    return cpu_seconds * watts / 3600


def _took(name: str, record: Mapping[str, Any], settings: Settings) -> Took | None:
    """Return what a record says; None where it is damaged: no cap may hold since a figure is none."""
    try:
        joules, cpu = record["joules"], _figure(record["cpu_seconds"])
        watts = settings.cost.watts_per_core
        return Took(
            name=name,
            seconds=_figure(record["seconds"]),
            cpu_seconds=cpu,
            peak=int(_figure(record["peak"])),
            watt_hours=estimate(cpu, watts) if joules is None else _figure(joules) / 3600,
            estimated=joules is None,
            rows=None if record["rows"] is None else int(_figure(record["rows"])),
            when=dt.datetime.fromisoformat(record["when"]).isoformat(),
        )
    except (KeyError, TypeError, ValueError):
        return None


def _figure(value: Any) -> float:
    """Return a number that may be one of seconds, bytes or rows.

    Raises:
        ValueError: it is none.
    """
    number = float(value)
    if not 0 <= number <= 1e18:
        raise ValueError(value)
    return number


def _candidate(name: str) -> str | None:
    stage, _, item = name.partition("@")
    return item if stage in TRAINING else None


def _place(took: Took) -> tuple[int, str]:
    stage = took.name.partition("@")[0]
    return (_ORDER.index(stage) if stage in _ORDER else len(_ORDER)), took.name
