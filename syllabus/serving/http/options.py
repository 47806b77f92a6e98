"""How a package is served: what the command line says, as processes hand it on to one another."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field

MIB = 2**20


@dataclass(frozen=True)
class Limits:
    """What a request may take.

    Args:
        body: bytes of it.
        rows: it asks about.
        tokens: it lets a language model write.
        at_once: requests that a process works on at a time; more are told to come again.
        seconds: until the answer to a request must have begun.
    """

    body: int = 16 * MIB
    rows: int = 10_000
    tokens: int = 2_048
    at_once: int = 64
    seconds: float = 30.0


@dataclass(frozen=True)
class Log:
    """Where requests and their answers are written for monitoring.

    Args:
        folder: of the Parquet files; None where nothing is written.
        share: of the requests that are written, by chance.
        masked: columns that are left empty.
        every: seconds after which what is held is written.
    """

    folder: str | None = None
    share: float = 1.0
    masked: tuple[str, ...] = ()
    every: float = 30.0


@dataclass(frozen=True)
class Options:
    """How a package is served.

    Args:
        package: its folder, or a model's stage or version such as `income#champion`.
        project: the folder of dvc.yaml, where the package is named by its stage or version.
        name: by which the model is called; None for the column that it predicts.
        native: whether the model itself answers where there is a graph, too.
        key: the file of the public key of whoever must have signed the package.
        hosts: the names by which the service may be called.
        tokens: SHA-256 of those that may ask, as hexadecimal digits; anybody may where there are none.
        watched: seconds between two looks for a newer package; 0 for never.
        limits: of a request.
        log: of requests.
        processes: that answer.
        scratch: the folder of what is brought from storage, removed when the service ends; None for the system's.
    """

    package: str
    project: str = "."
    name: str | None = None
    native: bool = False
    key: str | None = None
    hosts: tuple[str, ...] = ("localhost", "127.0.0.1", "[::1]")
    tokens: tuple[str, ...] = ()
    watched: float = 2.0
    limits: Limits = field(default_factory=Limits)
    log: Log = field(default_factory=Log)
    processes: int = 1
    scratch: str | None = None

    def text(self) -> str:
        """Return it as JSON; `parsed` reads it."""
        return json.dumps(dataclasses.asdict(self))


def parsed(text: str) -> Options:
    """Return the options that wrote `text`."""
    from pydantic import TypeAdapter

    return TypeAdapter(Options).validate_json(text)
