"""What the key of DVC's run cache leaves out of the settings: every key named `size` or `nfiles`, at any depth.

DVC takes them for what it notes of files (its issue 10296): after a change of such a key alone it would give the old
results for new ones. A column may have any name, so ingest, which takes little time, is never taken from the run cache
(`persist` in `dvc.yaml`), and what is left out stands in its report and in that of split, on which all others depend.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from syllabus.settings import Settings

NAMES = frozenset({"size", "nfiles"})


def unseen(settings: Settings) -> dict[str, Any]:
    """Return the values of such keys of `data`, by where they stand."""
    return dict(_found(settings.data.model_dump(mode="json"), "data"))


def _found(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, held in value.items():
            place = f"{path}.{key}"
            if key in NAMES:
                yield place, held
            else:
                yield from _found(held, place)
    elif isinstance(value, list):
        for number, held in enumerate(value):
            yield from _found(held, f"{path}.{number}")
