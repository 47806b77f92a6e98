"""The commands of stages: DVC starts them here, so that every line that they print is heard at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from itertools import takewhile
from pathlib import Path
from typing import IO, Any

from flows import turns
from flows.repository import Log, turn
from syllabus.architectures import cores


class Listener:
    """Hears what the commands of one stage print, and can end them.

    Args:
        log: called with every line, without its end, in the order in which they come.

    Attributes:
        started: whether a command was started at all; DVC starts none for what its run cache holds.
        stopped: whether `stop` was called; then nothing is started any more.
    """

    def __init__(self, log: Log) -> None:
        self.log = log
        self.started = False
        self.stopped = False
        self._said = {"stdout": deque[str](maxlen=50), "stderr": deque[str](maxlen=50)}
        self._starting = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def complaint(self, name: str) -> str:
        """Return what the stage called `name` said last: its last line on standard error, else on standard output.

        Several errors, each a line that begins with the stage's name, are one complaint.
        """
        lines = list(self._said["stderr"] or self._said["stdout"])
        own = list(takewhile(lambda line: line.startswith(f"{name}: "), reversed(lines)))
        return "; ".join(line.removeprefix(f"{name}: ") for line in reversed(own or lines[-1:]))

    def run(self, argv: Any, **options: Any) -> int:
        """Run a command to its end and return its exit status."""
        # Unbuffered: lines come when they are printed. Side by side, stages share the cores: more threads only hinder.
        share = {"SYLLABUS_THREADS": str(max(1, cores() // max(1, len(_listening)))), "PYTHONUNBUFFERED": "1"}
        options["env"] = share | options["env"] | {"PATH": _path()}
        options |= {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with self._starting:
            if self.stopped:
                return -signal.SIGTERM
            self.started = True
            # A session of its own: what the command started ends with it.
            # It outlives a flow that is killed, and keeps the project's turn until it ends.
            options["pass_fds"] = turns.inherited()
            self._process = process = subprocess.Popen(argv, start_new_session=True, **options)
        readers = [
            threading.Thread(target=self._read, args=(name, getattr(process, name)), daemon=True) for name in self._said
        ]
        for reader in readers:
            reader.start()
        status = process.wait()
        for reader in readers:
            reader.join(timeout=1)  # a process that the command left behind may hold the pipe open
        return int(status)

    def stop(self) -> None:
        """End the running command and all that it started."""
        with self._starting:
            self.stopped = True
        if self._process is None or self._process.poll() is not None:
            return
        with suppress(ProcessLookupError):  # it has ended by itself meanwhile
            os.killpg(self._process.pid, signal.SIGTERM)
            try:
                self._process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)

    def _read(self, name: str, pipe: IO[bytes]) -> None:
        with pipe:
            for raw in pipe:
                line = raw.decode(errors="replace").rstrip().rsplit("\r", 1)[-1]
                if line:
                    self._said[name].append(line)
                    self.log(line)


_listener: ContextVar[Listener] = ContextVar("listener")
_listening: set[Listener] = set()


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Let `listener` hear the commands that DVC starts in this thread."""
    from dvc.stage import run as dvc_run

    # DVC lets a command inherit this process's own streams, where side by side stages would mix: there is no
    # public way in, and this is the one function that starts commands. tests/flows watches its signature.
    dvc_run._run = _run
    token = _listener.set(listener)
    _listening.add(listener)
    try:
        yield
    finally:
        _listening.discard(listener)
        _listener.reset(token)


def _run(executable: str | None, cmd: str, **options: Any) -> None:
    from dvc.stage.exceptions import StageCmdFailedError
    from dvc.stage.run import _make_cmd

    turn.release()  # DVC has let go of its own lock here, too
    try:
        status = _listener.get().run(_make_cmd(executable, cmd), **options)
    finally:
        turn.acquire()
    if status != 0:
        raise StageCmdFailedError(cmd, status)


def _path() -> str:
    """Return PATH with this environment's programs first: a stage's `python` is the flow's own."""
    own = str(Path(sys.executable).parent)
    known = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join([own, *(folder for folder in known if folder != own)])
