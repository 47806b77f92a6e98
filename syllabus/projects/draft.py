"""What a project of any kind is made of: what a person asked for, and what a kind of data answers with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from syllabus.drafting import Column
from syllabus.errors import Unmet
from syllabus.settings import Kind

Row = tuple[str, str, str, str]
"""A line of what is shown: a column or a part of the source, its role, the evidence, and what will be done."""


class Untold(Unmet):
    """Nobody has said which column is to be predicted, and nothing says it by itself."""


@dataclass(frozen=True)
class Asked:
    """What the command line says beside the source.

    Args:
        target: the column to predict.
        task: whether that is a class or a number.
        modality: what the data is.
        named: columns by the option that names them, such as `{"time": ("date",)}`.
    """

    target: str | None = None
    task: Kind | None = None
    modality: str | None = None
    named: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def one(self, option: str) -> str | None:
        """Return the column that an option names.

        Raises:
            Unmet: it names several.
        """
        several = self.named.get(option, ())
        if len(several) > 1:
            raise Unmet(f"--{option} names one column, received {', '.join(several)}")
        return several[0] if several else None


@dataclass(frozen=True)
class Beside:
    """Files that the source names, which the project keeps beside it.

    Args:
        folder: under which their names lie.
        names: of the files.
    """

    folder: Path
    names: tuple[str, ...]


@dataclass(frozen=True)
class Draft:
    """What a source was taken for.

    Args:
        task: what is predicted, a kind of `data.task`.
        target: the column to predict; empty where there is none.
        about: what the model does, in a few words, as YAML.
        rows: what is shown of the source.
        counted: how large it is, in words.
        said: what the kind's template is filled with.
        candidates: the architectures that compete.
        columns: what each column that ingest makes is, for the suite; those left out are drafted by their type.
        notes, hints: further lines, and what a person should look at, by column.
        beside: files that the source names.
        dates: columns of dates, by which a database may tell what is new.
        undecided: columns of whose values it is open how many there are: no rule says what shares they have.
    """

    task: str
    target: str
    about: str
    rows: Sequence[Row]
    counted: str
    said: Mapping[str, Any]
    candidates: Sequence[str]
    columns: Sequence[Column]
    notes: Sequence[str] = ()
    hints: Sequence[tuple[str, str]] = ()
    beside: Beside | None = None
    dates: Sequence[str] = ()
    undecided: frozenset[str] = frozenset()
