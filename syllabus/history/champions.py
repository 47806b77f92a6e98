"""Promotion and rollback: a version becomes challenger, champion or archived by one tag."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import NamedTuple

from syllabus.errors import Unmet
from syllabus.history import past, stored
from syllabus.history.git import alone, artifact, lock_of, recorded, top
from syllabus.history.past import Stage, Version
from syllabus.registry import package


class Done(NamedTuple):
    """What was done to a version's stage: in words; the tag that says so, if one does; whether that tag is new."""

    told: str
    tag: str | None
    new: bool


def assign(project: Path, model: str | None, name: str, stage: Stage) -> Done:
    """Give a version a stage that it does not have already, and say so.

    Raises:
        Unmet: there is no such version, or it is to be champion and its package is gone or damaged.
    """
    found, path = artifact(project, model)
    with alone(project):
        one = past.version(project, found, path.relative_to(project).as_posix(), name)
        if one.stage == stage:
            tag = past.reign(project, found).tags.get(one.name)
            return Done(f"{one.tag} is {_a(stage)} already", tag and f"{found}{tag}", False)
        return _assign(project, one, stage)


def rollback(project: Path, model: str | None) -> Done:
    """Make the champion before this one the champion again, and say so.

    Raises:
        Unmet: there is none, or its package is in neither cache nor remote.
    """
    found, path = artifact(project, model)
    with alone(project):
        reign = past.reign(project, found)
        if reign.before is None:
            now = f"{found}@{reign.champion} is the first champion" if reign.champion else f"{found} has no champion"
            raise Unmet(f"{now}: there is none before it to go back to; `syllabus models {found}` lists the versions")
        one = past.version(project, found, path.relative_to(project).as_posix(), reign.before)
        return _assign(project, one, "champion")


def check(project: Path, one: Version) -> None:
    """Bring a version's package from cache or remote into a folder that is then removed, and check every byte of it.

    Raises:
        Unmet: it is in neither, or is damaged.
    """
    digest = recorded(lock_of(project, one.commit), one.package)
    if not digest:
        raise Unmet(f"{one.tag}: its dvc.lock names no {one.package}")
    with tempfile.TemporaryDirectory(prefix="syllabus-") as folder:
        try:
            package.verify(stored.bring(project, one.commit, one.package, digest, Path(folder) / "package"))
        except Unmet as error:
            raise Unmet(f"{one.tag} cannot be the champion: {error}") from None


def _assign(project: Path, one: Version, stage: Stage) -> Done:
    import gto.api
    from gto.exceptions import GTOException

    if stage == "champion":
        check(project, one)
    before = past.reign(project, one.model).champion
    note = f"{one.name} is {_a(stage)}"
    try:
        # Which stage a version has, we tell otherwise than GTO: it may get one again that it had before.
        event = gto.api.assign(str(top(project)), one.model, stage, version=one.name, message=note, force=True)
    except GTOException as error:
        raise Unmet(f"{one.model}: {error}") from None
    return Done(f"{one.tag} is now {_a(stage)}{_of(one, before, stage)}", str(event.tag), True)


def _of(one: Version, before: str | None, stage: Stage) -> str:
    if stage == "champion":
        return f"; {one.model}@{before}, the champion before it, is archived" if before else ""
    return f"; {one.model} has no champion now" if before == one.name else ""


def _a(stage: Stage) -> str:
    return {"champion": "the champion", "challenger": "a challenger", "archived": "archived"}[stage]
