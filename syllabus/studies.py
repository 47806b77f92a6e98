"""The finished trials of a search, in a SQLite file: a search that was cut off goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from syllabus.errors import Unmet

REFUSED = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
}
"""What SQLite answers where the file may be whole; anything else means that it is not."""


@dataclass(frozen=True)
class Trial:
    """What is kept of a trial.

    Args:
        number: its place in the search, from 0; 0 is the declared parameters.
        state: whether it was fitted to its end.
        score: how good the model is on validation, higher is better; None where it was pruned.
        params: what was chosen, by the names that the space gave.
        losses: on validation, at the iterations at which pruning looks.
    """

    number: int
    state: Literal["complete", "pruned"]
    score: float | None
    params: dict[str, Any]
    losses: dict[int, float]


class Study:
    """Trials by their number; `add` keeps one for good before it returns."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute("CREATE TABLE IF NOT EXISTS trials (number INTEGER PRIMARY KEY, said TEXT, digest TEXT)")
        found = connection.execute("SELECT said, digest FROM trials ORDER BY number").fetchall()
        self.trials = {trial.number: trial for trial in (_parsed(*row) for row in found)}

    def add(self, trial: Trial) -> None:
        """Keep a trial.

        Raises:
            Unmet: the file cannot be written.
        """
        said = json.dumps(asdict(trial))
        try:
            with self._connection:
                self._connection.execute("INSERT INTO trials VALUES (?, ?, ?)", (trial.number, said, _digest(said)))
        except sqlite3.Error as error:
            raise Unmet(f"the study of this search cannot be written: {error}") from error
        self.trials[trial.number] = trial


@contextmanager
def opened(file: Path) -> Iterator[Study]:
    """Open the study in `file`, or begin one; a damaged file is set aside, which costs its trials and no more.

    Raises:
        Unmet: another process holds it, or the disk refuses.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with closing(_connected(file)) as connection:
        # A killed process loses nothing without waiting for the disk; a machine that loses power may damage the file.
        connection.execute("PRAGMA synchronous = OFF")
        yield Study(connection)


def _connected(file: Path) -> sqlite3.Connection:
    """Connect to a file that is whole."""
    connection = sqlite3.connect(file, timeout=10)
    try:
        if connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]:
            Study(connection)
            return connection
    except ValueError:
        pass  # a trial that does not say what was written
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in REFUSED:
            connection.close()
            raise Unmet(f"{file}: {error}") from error
    connection.close()
    aside = file.with_name(f"{file.name}.damaged")
    file.replace(aside)
    file.with_name(f"{file.name}-journal").unlink(missing_ok=True)  # of the damaged file: it would spoil the new one
    print(f"{file} is damaged: set aside as {aside.name}, the search begins anew", file=sys.stderr)
    return sqlite3.connect(file, timeout=10)


def _parsed(said: str, digest: str) -> Trial:
    if _digest(said) != digest:
        raise ValueError("a trial was changed")
    plain = json.loads(said)
    return Trial(**plain | {"losses": {int(iteration): loss for iteration, loss in plain["losses"].items()}})


def _digest(said: str) -> str:
    return hashlib.sha256(said.encode()).hexdigest()
