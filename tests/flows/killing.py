"""Retrain a project again and again, killed each time at another moment: python -m tests.flows.killing FOLDER FIRST EVERY SECONDS…

FOLDER holds `whole`, where a project with new data lies beside its remotes; each round copies that. The run is killed at
its step FIRST, in the next round EVERY steps later, until it comes to its end; then after so many SECONDS each. A JSON
line a round tells what the next run, and the one after that, made of it.
A process that has imported everything forks one for each run, so that a round takes a second.
"""

from __future__ import annotations

import asyncio
import builtins
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import redirect_stdout
from itertools import count
from pathlib import Path
from typing import Any

from flows.retrain import plain


def main(folder: Path, first: int, every: int, seconds: list[float]) -> None:
    for number in count(first, every):
        said = round_of(folder, f"step {number}", lambda number=number: kill_at(number))
        print(json.dumps(said), flush=True)
        if not said["killed"]:
            break
    for after in seconds:
        print(json.dumps(round_of(folder, f"{after:.3f} s", lambda after=after: kill_after(after))), flush=True)


def round_of(folder: Path, name: str, killer: Callable[[], None]) -> dict[str, Any]:
    """Copy the project, kill a run of it, and run it twice again."""
    shutil.rmtree(folder / "round", ignore_errors=True)
    # The copies take one place after the other: DVC's remote and Git's origin are named by where they lie.
    shutil.copytree(folder / "whole", folder / "round", symlinks=True)
    os.chdir(folder / "round/project")
    killed, _ = forked(killer)
    left = subprocess.run(["git", "tag"], capture_output=True, text=True, check=True).stdout.split()
    ended, told = forked(lambda: None)
    again, nothing = forked(lambda: None)
    facts = check(folder / "round")
    return {"at": name, "killed": killed == -9, "left": left, "ended": [ended, again], "said": [told, nothing]} | facts


def forked(prepare: Callable[[], None]) -> tuple[int, str]:
    """Retrain in a process of its own; return its status and its last line."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        status, told = 1, io.StringIO()
        try:
            os.close(read)
            prepare()
            with redirect_stdout(told):
                sentence = asyncio.run(plain(Path(), check=False)).sentence
            status = 0
        except BaseException as error:
            sentence = f"{type(error).__name__}: {error}"
        os.write(write, sentence.encode())
        os._exit(status)
    os.close(write)
    with os.fdopen(read) as pipe:
        said = pipe.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said


def check(folder: Path) -> dict[str, Any]:
    """Return what a project is like after a run."""
    from syllabus import why
    from syllabus.history import past, stored
    from syllabus.history.git import git, lock_of, recorded

    project, package = Path(), "artifacts/register/package"
    one = past.champion(project, "people", package)
    assert one is not None
    held = {recorded(lock_of(project, commit), package) for commit in ("HEAD", one.commit, None)}
    return {
        "champion": one.name,
        "stages": [version.stage for version in past.versions(project, "people", package)],
        "agree": held == {why.md5_of_folder(project / package)},
        "status": git(project, "status", "--porcelain").split(),
        "origin": git(project, "ls-remote", "--tags", "--refs", "origin").split()[1::2],
        "remote": all(list((folder / "store/files/md5").glob(f"{digest[:2]}/{digest[2:]}")) for digest in held),
        "lock": (project / ".syllabus/retraining/lock").read_text(),
        "dvc": stored._dvc(project, "status", "--quiet", "ingest", "split", "evaluate", "register").returncode,
    }


def kill_at(number: int) -> None:
    """Kill this process before or after its n-th start of another program, or line of its own."""
    start, say = subprocess.Popen.__init__, builtins.print
    moments = count()

    def moment() -> None:
        if next(moments) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    def started(self: Any, *args: Any, **options: Any) -> None:
        moment()
        start(self, *args, **options)
        moment()

    def said(*args: Any, **options: Any) -> None:
        moment()
        say(*args, **options)

    subprocess.Popen.__init__ = started  # type: ignore[method-assign]
    builtins.print = said


def kill_after(seconds: float) -> None:
    threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGKILL)).start()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), [float(word) for word in sys.argv[4:]])
