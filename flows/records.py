"""What each retraining came to: a small JSON file each, so that nothing is tried twice, and people see why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from flows.turns import FOLDER
from syllabus import frames

Outcome = Literal["promoted", "kept", "refused", "nothing new", "failed"]

WHEN = "%Y%m%dT%H%M%S.%f%z"
"""How a record's time, which is its file's name, is written: so that they stand in order."""


@dataclass(frozen=True)
class Record:
    """One retraining.

    Args:
        outcome: "promoted"; "kept" where the champion stays, since the challenger is not better; "refused" where the
            challenger missed a gate; "nothing new"; "failed".
        sentence: what came of it, and why.
        tried: a digest of what went in and of what was asked; empty where that is not known.
        champion: the tag of the champion before, None where there was none.
        challenger: the hash of the challenger's package, None where there is none.
        version: the tag of the version that the challenger became.
        figures: both on the same rows of test.
        shared: whether what was promoted has reached the remotes; None where there are none.
        when: the time, in UTC.
    """

    outcome: Outcome
    sentence: str
    tried: str = ""
    champion: str | None = None
    challenger: str | None = None
    version: str | None = None
    figures: Mapping[str, Any] = field(default_factory=dict)
    shared: bool | None = None
    when: str = field(default_factory=lambda: f"{datetime.now(UTC):{WHEN}}")

    @property
    def day(self) -> str:
        """When it ended, for people."""
        return f"{datetime.strptime(self.when, WHEN):%Y-%m-%d %H:%M} UTC"

    def keep(self) -> Record:
        """Write it among the project's records, and return it."""
        frames.write_json(asdict(self), FOLDER / f"{self.when}.json")
        return self


def all_of() -> list[Record]:
    """Return the records of the project in the working folder, the latest first."""
    return list(_read(sorted(FOLDER.glob("*.json"), reverse=True)))


def tried(digest: str) -> Record | None:
    """Return the latest record of what was tried with the same and came to nothing for good.

    What was promoted and is no champion any more was taken back by a person: that is looked at anew.
    """
    ended = ("kept", "refused", "nothing new")
    return next((one for one in all_of() if one.tried == digest and one.outcome in ended), None)


def _read(files: list[Path]) -> Iterator[Record]:
    for file in files:
        try:
            yield Record(**frames.read_json(file))
        except (ValueError, TypeError, OSError):  # another version's, or edited: it is told from then on as unknown
            continue
