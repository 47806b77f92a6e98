"""How a project of each kind of data is drafted. A kind is a module here with the name of its modality.

Its contract, which `tests/new/test_kinds.py` checks for every one:

- `OPTIONS`: the options of the command line that it reads: they name columns.
- `EXTRAS`: the extras of Syllabus that its modality needs.
- `claim(survey, asked) -> Claim | None`: whether the source is of this kind, where nobody has said it.
- `draft(survey, asked) -> Draft`: what it is taken for.
- a template of the same name in `templates/kinds/`, which fills the blocks of `params.yaml.j2`.

What cannot be learned from is raised as `Unmet`, in one sentence that says what would be right.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType
from typing import NamedTuple

from syllabus import modalities
from syllabus.errors import Unmet, nearest
from syllabus.projects.draft import Asked
from syllabus.projects.surveys import DOCUMENTS, PICTURES, SOUNDS, TEXTS, Folder, Survey
from syllabus.sources import local


class Claim(NamedTuple):
    """Why a source is of a kind.

    Args:
        strength: how much of the source that explains; the strongest claim is believed.
        why: in words.
    """

    strength: int
    why: str


def names() -> list[str]:
    """Return the modalities that a project can be drafted for."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def load(name: str) -> ModuleType:
    """Import a kind by its name.

    Raises:
        Unmet: there is no such modality, or nobody has said how its projects are drafted.
    """
    if name not in names():
        modalities.load(name)
        raise Unmet(f"no project of {name} can be drafted yet; {nearest(name, names())}")
    return importlib.import_module(f"{__name__}.{name}")


def chosen(survey: Survey, asked: Asked) -> tuple[str, str]:
    """Return the modality of a source and the evidence for it.

    Raises:
        Unmet: it is not known or not seen, or a column is named that such a project has not.
    """
    if asked.modality is not None:
        load(asked.modality)
        return _reading(asked.modality, asked), "as --modality says"
    claims = {name: load(name).claim(survey, asked) for name in names()}
    made = {name: claim for name, claim in claims.items() if claim is not None}
    if not made:
        assert isinstance(survey, Folder)
        raise Unmet(unclaimed(survey))
    best = max(made, key=lambda name: (made[name].strength, name))
    return _reading(best, asked), made[best].why


def _reading(name: str, asked: Asked) -> str:
    """Return the kind, if it reads what is named.

    Raises:
        Unmet: it does not.
    """
    options = load(name).OPTIONS
    for option in asked.named:
        if option not in options:
            fitting = [other for other in names() if option in load(other).OPTIONS]
            raise Unmet(f"--{option} says nothing of {name}: it goes with --modality {' or '.join(fitting)}")
    return name


def unclaimed(folder: Folder) -> str:
    """Return the sentence that says what can be done with a folder that is of no kind."""
    known = [ending for ending in folder.endings if ending in local.KINDS and ending != ".txt"]
    tables = max(known, key=lambda ending: folder.endings[ending], default=None)
    held = {
        "pictures": folder.many(PICTURES),
        "texts": folder.many(TEXTS),
        "recordings": folder.many(SOUNDS),
        "documents": folder.many(DOCUMENTS),
    }
    if tables is not None and folder.endings[tables] >= max(held.values()):
        deep = (
            "" if any(file.suffix.lower() == tables and file.parent == folder.path for file in folder.files) else "**/"
        )
        where = f"'{folder.path}/{deep}*{tables}'"
        return f"{folder.path}: is a folder; several files are one table by a pattern: --data {where}"
    if not folder.files:
        return (
            f"{folder.path}: is a folder without a table, a picture or a text; --data names a file, a folder with a "
            f"folder for each class, or a pattern such as '{folder.path}/*.csv'"
        )
    told = [f"{count:,} {name}" for name, count in held.items() if count]
    others = len(folder.files) - sum(held.values())
    told += [f"{others:,} other files"] if others else []
    if held["pictures"] or held["texts"]:
        return (
            f"{folder.path}: holds {' and '.join(told)}, so it is not plain what is to be learned from: move the "
            f"others away, or say --modality images or --modality text"
        )
    return (
        f"{folder.path}: holds {' and '.join(told)}, and what can be learned from is a table, or a folder of pictures "
        f"or texts with a folder for each class"
    )
