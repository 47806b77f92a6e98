"""What there is to do: the stages of a DVC project in order, and why each of them would run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.repository import opened
from syllabus.errors import Unmet

if TYPE_CHECKING:
    from dvc.stage import Stage

ALWAYS = "it always runs"
SAID = 6
"""How many reasons are said of a stage, so that they fit a line; `dvc status` says all."""
CHANGE = {"modified": "changed", "deleted": "is missing", "new": "is new", "not in cache": "is not in the cache"}


@dataclass(frozen=True)
class Graph:
    """The stages that a run visits.

    Attributes:
        needs: for each stage the stages that it waits for; a stage stands after those that it needs.
        stale: why a stage would run now, by stage; a stage that has nothing to do is not in it.
        outputs: what the stages write, as paths relative to the working folder.
        metrics: those of them that DVC knows as metrics.
    """

    needs: dict[str, tuple[str, ...]]
    stale: dict[str, str]
    outputs: tuple[str, ...]
    metrics: tuple[str, ...]


def read(targets: Sequence[str] = ()) -> Graph:
    """Read what `dvc repro TARGETS…` would visit in the working folder, and ask DVC what has changed.

    Raises:
        Unmet: there is no DVC repository, or dvc.yaml has no stage.
        DvcException: dvc.yaml cannot be read, a target is unknown, or another process holds the lock.
    """
    from dvc.repo.reproduce import collect_stages, get_active_graph, plan_repro

    with opened() as repo:
        edges = get_active_graph(repo.index.graph)
        here = str(Path("dvc.yaml").absolute())
        # Without targets, the stages that the graph has loaded already: loading them again takes as long as the rest.
        stages = collect_stages(repo, targets) if targets else [stage for stage in edges if stage.path == here]
        if not stages:
            raise Unmet(f"{here} describes no stage: name a folder whose dvc.yaml has some")
        order: list[Stage] = plan_repro(edges, stages)
        return Graph(
            needs={
                stage.addressing: tuple(up.addressing for up in order if edges.has_edge(stage, up)) for stage in order
            },
            stale={stage.addressing: reason for stage in order if (reason := why(stage))},
            outputs=tuple(str(out) for stage in order for out in stage.outs),
            metrics=tuple(str(out) for stage in order for out in stage.outs if out.metric),
        )


def why(stage: Stage) -> str:
    """Say why DVC would run a stage: which file, which parameter; empty when it has nothing to do."""
    status = stage.status().get(stage.addressing, [])
    known = any(entry.hash_info for entry in (*stage.deps, *stage.outs))
    if status and stage.cmd and not known and not stage.is_callback:
        return "it never ran"
    found = [reason for part in status for reason in reasons(part)]
    return ", ".join([*found[:SAID], f"and {len(found) - SAID} more"] if len(found) > SAID else found)


def reasons(part: str | dict[str, dict[str, Any]]) -> Iterator[str]:
    """Yield the reasons in one part of what DVC says of a stage.

    >>> list(reasons({"changed deps": {"raw.csv": "modified", "params.yaml": {"tree.depth": "modified"}}}))
    ['raw.csv changed', 'tree.depth in params.yaml changed']
    >>> list(reasons({"changed outs": {"model.txt": "deleted"}}))
    ['output model.txt is missing']
    >>> list(reasons("changed command"))
    ['its command changed']
    """
    if isinstance(part, str):
        yield {"always changed": ALWAYS}.get(part, f"its {part.removeprefix('changed ')} changed")
        return
    for side, changes in part.items():
        prefix = "output " if side == "changed outs" else ""
        for path, change in changes.items():
            if isinstance(change, dict):
                yield from (f"{key} in {path} {CHANGE.get(how, how)}" for key, how in change.items())
            else:
                yield f"{prefix}{path} {CHANGE.get(change, change)}"
