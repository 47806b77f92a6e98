"""DVC in this process: one turn at a time, patient with a held lock, one sentence for what went wrong."""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from syllabus.errors import Unmet

if TYPE_CHECKING:
    from dvc.repo import Repo

T = TypeVar("T")
Log = Callable[[str], None]

turn = threading.Lock()
"""Whose turn it is: DVC is not safe between threads, so a thread holds this while it is inside DVC. The commands
of stages run outside of it (`flows.commands`), side by side; no two threads ever wait for DVC's own lock."""


@contextmanager
def opened() -> Iterator[Repo]:
    """Open the DVC repository around the working folder and hold its lock.

    Raises:
        Unmet: there is no DVC repository here, or no Git repository around it.
    """
    import logging

    from dvc.exceptions import NotDvcRepoError
    from dvc.repo import Repo, lock_repo
    from dvc.scm import SCMError

    logging.getLogger("dvc").setLevel(logging.WARNING)  # the flow tells the same story in its own log
    with turn:
        try:
            repo = Repo()
        except NotDvcRepoError:
            raise Unmet(f"{Path.cwd()} is not inside a DVC repository: run `dvc init` there") from None
        except SCMError as error:
            raise Unmet(f"{Path.cwd()} cannot be read as a Git repository: {first_line(error)}") from None
        with repo, lock_repo(repo):
            yield repo


def patiently(call: Callable[[], T], log: Log, patience: float = 60.0) -> T:
    """Return what `call` returns; while another process holds DVC's lock, try again for `patience` seconds.

    Raises:
        Unmet: the lock is still held, or DVC refuses for another reason, which is said.
    """
    from dvc.exceptions import DvcException

    deadline = time.monotonic() + patience
    while True:
        try:
            return call()
        except DvcException as error:
            holder = lock_holder(error)
            if not holder:
                raise Unmet(" ".join(str(error).split())) from error
            if time.monotonic() >= deadline:
                raise Unmet(
                    f"the DVC repository is locked by {holder}: wait until it ends and run this again"
                ) from None
            log(f"The DVC repository is locked by {holder}: trying again")
            time.sleep(random.uniform(0.2, 1.0))  # noqa: S311 (jitter, not a secret)
        except OSError as error:  # a full disk, a folder that may not be written
            raise Unmet(f"{error.filename or 'the disk'}: {error.strerror or error}") from error


def lock_holder(error: BaseException) -> str:
    """Say who holds the lock that `error` or one of its causes tells of; empty when it is about something else."""
    from dvc.lock import LockError

    for cause in causes(error):
        if isinstance(cause, LockError):
            found = re.search(r"\(PID (\d+)\): (.*)", str(cause))
            return f"process {found[1]} ({found[2]})" if found else "another DVC process"
    return ""


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield `error`, what caused it, what caused that …"""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message, or its type where it has none."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
