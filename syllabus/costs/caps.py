"""The caps that `params.yaml` declares under `cost`, held against the last runs and against answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from syllabus import params
from syllabus.costs import asking, runs
from syllabus.costs.runs import Took
from syllabus.errors import Unmet
from syllabus.settings import Settings

PACKAGE, PARTS = Path("artifacts/register/package"), Path("artifacts/split")
_OF_TRAINING = ("most_seconds", "most_energy")
_MIB = 2**20


def declared(settings: Settings) -> list[str]:
    """Return the names of the caps that are declared."""
    return [name for name, cap in settings.cost if name.startswith("most_") and cap is not None]


def hold(project: Path) -> None:
    """Hold a project to the caps that it declares, if it does; its answers are timed only where a cap is about them.

    Raises:
        Unmet: one is exceeded, or what it is about is not known here.
    """
    # A project that says nothing of costs is not read any further.
    if not _mentioned(project):
        return
    settings = params.read(project / "params.yaml")
    wanted = settings.cost.most_per_thousand is not None
    answers = asking.asked(project / PACKAGE, project / PARTS) if wanted else "no cap is about them"
    if said := exceeded(settings, runs.recorded(project, settings), answers):
        raise Unmet(said)


def exceeded(settings: Settings, found: Sequence[Took], answers: Mapping[str, Any] | str) -> str | None:
    """Return which caps are exceeded, or what they are about and is not known here; None where all hold.

    Args:
        settings: the project's.
        found: what the stages took.
        answers: what answers take, as `asking.asked` says, or why they are not known.
    """
    caps = declared(settings)
    lacking = runs.unrecorded(found, settings)
    if lacking and {*_OF_TRAINING, "most_memory"} & set(caps):
        return (
            f"what {', '.join(lacking)} took is not known here, as no run was on this machine; "
            f"`dvc repro --force --single-item {lacking[0]}` runs it"
        )
    if isinstance(answers, str) and "most_per_thousand" in caps:
        return f"cost.most_per_thousand: {answers}"
    return "; ".join(f"cost.{name}: {said}" for name, said in _broken(settings, found, answers)) or None


def _broken(settings: Settings, found: Sequence[Took], answers: Mapping[str, Any] | str) -> Iterator[tuple[str, str]]:
    cost, learned = settings.cost, runs.training(found)
    if learned and cost.most_seconds is not None and learned.seconds > cost.most_seconds:
        yield (
            "most_seconds",
            f"training took {learned.seconds:,.1f} s, and at most {cost.most_seconds:,g} s may be taken",
        )
    if learned and cost.most_energy is not None and learned.watt_hours > cost.most_energy:
        how = " (estimated)" if learned.estimated else ""
        yield (
            "most_energy",
            f"training took {learned.watt_hours:,.3g} Wh{how}, and at most {cost.most_energy:,g} Wh may be taken",
        )
    most = max(found, key=lambda took: took.peak, default=None)
    if most and cost.most_memory is not None and most.peak > cost.most_memory:
        held, cap = most.peak / _MIB, cost.most_memory / _MIB
        yield "most_memory", f"{most.name} held {held:,.0f} MiB, and at most {cap:,.0f} MiB may be held"
    if not isinstance(answers, str) and cost.most_per_thousand is not None:
        taken = answers["at_once"]["milliseconds"]
        if taken > cost.most_per_thousand:
            yield (
                "most_per_thousand",
                f"1,000 answers take {taken:,.1f} ms, and at most {cost.most_per_thousand:,g} ms may be taken",
            )


def _mentioned(project: Path) -> bool:
    file = project / "params.yaml"
    return file.is_file() and bool(
        re.search(r"""^["']?cost["']?\s*:""", file.read_text(encoding="utf-8"), re.MULTILINE)
    )
