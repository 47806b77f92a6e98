"""All stages: each after those that it needs, side by side where nothing forbids it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol, TypeVar

from flows import graph
from flows.commands import Listener
from flows.graph import Graph
from flows.repository import Log, patiently
from flows.reproduce import Outcome, reproduce
from syllabus.architectures import cores
from syllabus.errors import Unmet


class Ending(Protocol):
    """How a stage ended: an `Outcome`, or Prefect's state of its task, which has the same names."""

    @property
    def name(self) -> Any: ...

    @property
    def message(self) -> str | None: ...


R = TypeVar("R")
E = TypeVar("E", bound=Ending)
CHANGED = ("Completed", "Restored")
FINE = (*CHANGED, "Cached")


async def carry_out(
    targets: Sequence[str],
    force: bool,
    width: int | None,
    visit: Callable[[str, bool, list[E]], Awaitable[E]],
    log: Log,
) -> tuple[Graph, dict[str, E]]:
    """Bring the project in the working folder up to date and return what was to do and how each stage ended.

    Args:
        targets: as for `dvc repro`; none for all of dvc.yaml.
        force: run every stage, changed or not.
        width: how many stages at the same time; as many as there are cores when it is None.
        visit: brings one stage up to date, given its name, whether it is already, and how those ended that it needs.
        log: hears what concerns no single stage.

    Raises:
        Unmet: DVC cannot read the project, or its lock stays held.
    """
    read = partial(patiently, partial(graph.read, targets), log)
    plan = await asyncio.to_thread(read)

    async def in_turn(stage: str, upstream: list[E]) -> E:
        # DVC has compared everything when the graph was read: only what has run since can make this stage stale.
        idle = not force and stage not in plan.stale and not any(end.name in CHANGED for end in upstream)
        return await visit(stage, idle, upstream)

    endings = await walk(plan.needs, in_turn, width)
    if any(end.name in CHANGED for end in endings.values()):
        for stage, reason in (await asyncio.to_thread(read)).stale.items():
            if stage in endings and endings[stage].name in FINE and reason != graph.ALWAYS:
                log(f"{stage} is out of date again, something was edited while the pipeline ran: {reason}")
    return plan, endings


async def walk(
    needs: Mapping[str, Sequence[str]], visit: Callable[[str, list[R]], Awaitable[R]], width: int | None = None
) -> dict[str, R]:
    """Visit every stage after those that it needs.

    Args:
        needs: the stages that each waits for; a stage stands after those that it needs.
        visit: given a stage and what the visits of those that it needs returned.
        width: how many at the same time; as many as there are cores when it is None.
    """
    room = asyncio.Semaphore(width or cores())
    visits: dict[str, asyncio.Task[R]] = {}

    async def in_turn(stage: str) -> R:
        upstream = [await visits[need] for need in needs[stage]]
        async with room:
            return await visit(stage, upstream)

    async with asyncio.TaskGroup() as group:
        for stage in needs:
            visits[stage] = group.create_task(in_turn(stage))
    return {stage: visited.result() for stage, visited in visits.items()}


async def bring(stage: str, idle: bool, force: bool, log: Log) -> Outcome:
    """Bring one stage up to date in a thread; when this is cancelled, the stage's command ends, too."""
    if idle:
        return Outcome("Cached", "Nothing that it reads has changed")
    listener = Listener(log)
    try:
        return await asyncio.to_thread(reproduce, stage, listener, force=force)
    except asyncio.CancelledError:
        listener.stop()
        raise


def conclude(endings: Mapping[str, Ending]) -> str:
    """Say in one sentence how the stages ended.

    >>> conclude({"ingest": Outcome("Cached", ""), "split": Outcome("Completed", "")})
    '1 ran, 1 had nothing to do'

    Raises:
        Unmet: a stage failed; the message is its own.
    """
    words = {"Completed": "ran", "Restored": "restored", "Cached": "had nothing to do", "NotReady": "not reached"}
    failed = [str(end.message) for end in endings.values() if end.name not in words]
    if failed:
        raise Unmet("; ".join(failed))
    names = [end.name for end in endings.values()]
    return ", ".join(f"{names.count(name)} {word}" for name, word in words.items() if name in names)
