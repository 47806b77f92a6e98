"""What a command line calls a package: its folder, or a version of a project's model, by its stage or its name."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

HELP = "a registered package's folder, or a version of this project's: MODEL#champion, MODEL@v0.1.0"
SIGNS = ("#", "@")
"""What stands between a model's name and its stage, or its version."""


class Version(NamedTuple):
    """A version of a model.

    Args:
        name: of the version.
        commit: that it is a tag of.
        path: of its package within the project.
        digest: of the package, as DVC counts it.
    """

    name: str
    commit: str
    path: str
    digest: str


def is_folder(words: str) -> bool:
    """Return whether it is a folder that is named."""
    return not any(sign in Path(words).name for sign in SIGNS) or Path(words).is_dir()


def model(words: str) -> str:
    """Return the model of which a version is named."""
    return words.partition("#")[0].partition("@")[0]


def version(words: str, project: Path) -> Version:
    """Return the version that `MODEL#STAGE` or `MODEL@VERSION` names now.

    Raises:
        Unmet: there is none.
    """
    from syllabus.history import past
    from syllabus.history.git import artifact, lock_of, recorded

    sign = next(sign for sign in SIGNS if sign in words)
    name, _, which = words.partition(sign)
    found, path = artifact(project, name)
    inner = path.relative_to(project).as_posix()
    one = past.version(project, found, inner, which)
    return Version(one.name, one.commit, inner, recorded(lock_of(project, one.commit), inner))


def bring(one: Version, project: Path, out: Path) -> Path:
    """Bring the package of a version from cache or remote to a folder, and return it.

    Raises:
        Unmet: it is in neither.
    """
    from syllabus.history import stored

    return stored.bring(project, one.commit, one.path, one.digest, out)


@contextmanager
def folder(words: str) -> Iterator[Path]:
    """Yield the folder of a package; that of a version is brought from cache or remote, and removed afterwards.

    Raises:
        Unmet: there is no such version, or its package is in neither cache nor remote.
    """
    if is_folder(words):
        yield Path(words)
        return
    with tempfile.TemporaryDirectory(prefix="syllabus-package-") as scratch:
        yield bring(version(words, Path()), Path(), Path(scratch) / "package")
