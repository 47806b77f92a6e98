"""One stage: DVC brings it up to date, and what came of it is one word and one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Literal

from flows.commands import Listener, listening
from flows.graph import why
from flows.repository import causes, opened, patiently
from syllabus.errors import Unmet


@dataclass(frozen=True)
class Outcome:
    """How a stage ended.

    Attributes:
        name: "Completed" when its command ran, "Restored" when DVC's run cache held what it would have made,
            "Cached" when it had nothing to do, "Failed", or "NotReady" when one that it needs has failed.
        message: why it ran, or why it failed.
    """

    name: Literal["Completed", "Restored", "Cached", "Failed", "NotReady"]
    message: str


def reproduce(stage: str, listener: Listener, *, force: bool = False, patience: float = 60.0) -> Outcome:
    """Let DVC bring one stage up to date, without those that it needs: they come first (`flows.walk`).

    What the stage prints is heard by `listener`; a lock that another process holds is waited for, a stage that
    fails is not tried again.
    """
    from dvc.exceptions import DvcException

    def attempt() -> Outcome:
        if listener.stopped:
            return Outcome("Failed", f"{stage}: stopped")
        with listening(listener), opened() as repo:
            (found,) = repo.stage.collect(stage)
            reason = "it was forced to" if force else why(found)
            if not reason:
                return Outcome("Cached", "Nothing that it reads has changed")
            listener.log(f"Why: {reason}")
            # DVC takes its lock again after the command, and gives up soon: the stage's work would be lost.
            repo.lock.lock = partial(patiently, repo.lock.lock, listener.log, patience)
            try:
                repo.reproduce(stage, single_item=True, force=force)
            except DvcException as error:
                return Outcome("Failed", failure(stage, error, listener))
        if listener.started or not found.cmd:
            return Outcome("Completed", f"Ran because {reason}")
        return Outcome("Restored", f"Restored from the run cache because {reason}")

    try:
        return patiently(attempt, listener.log, patience)
    except Unmet as error:
        return Outcome("Failed", f"{stage}: {error}")


def failure(stage: str, error: BaseException, listener: Listener) -> str:
    """Return the stage's own last sentence, or DVC's where DVC could not even start it.

    Raises:
        DvcException: another process holds the lock; the stage itself has not failed.
    """
    from dvc.lock import LockError
    from dvc.stage.exceptions import StageCmdFailedError

    chain = list(causes(error))
    for cause in chain:
        if isinstance(cause, LockError):
            raise cause
    own = any(isinstance(cause, StageCmdFailedError) for cause in chain)
    name = stage.rpartition(":")[2].partition("@")[0]
    return f"{stage}: {(own and listener.complaint(name)) or ' '.join(str(chain[-1]).split())}"
