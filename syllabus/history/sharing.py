"""Tags that others see: data to DVC's remote first, then the tag to Git's."""

from __future__ import annotations

from pathlib import Path

from syllabus.errors import Unmet
from syllabus.history import stored
from syllabus.history.git import git

ORIGIN = "origin"


def share(project: Path, tag: str, *, data: bool) -> str:
    """Push a tag that was just made, and return what was done.

    Args:
        project: the folder that holds dvc.yaml.
        tag: what is to be pushed, with the commits that it needs.
        data: whether DVC pushes the data of the working tree's `dvc.lock` before.

    Raises:
        Unmet: DVC or Git refuses; the tag is then taken back, or it would stand for something else here than there.
    """
    told = f"pushed to {ORIGIN}"
    try:
        if data and stored.remote(project):
            stored.push(project)
        elif data:
            told += (
                "; its data are here alone, since DVC has no remote: `dvc remote add --default NAME URL`, `dvc push`"
            )
        git(project, "push", "--quiet", ORIGIN, f"refs/tags/{tag}")
    except Unmet as error:
        git(project, "tag", "--delete", tag)
        if _there(project, tag):
            raise Unmet(
                f"{ORIGIN} has another {tag}: somebody was first, and the one here is taken back. "
                "`git fetch --tags` brings theirs; then do it again, and it gets the next number"
            ) from None
        raise Unmet(f"{tag} is taken back, since it could not be shared: {error}") from None
    return told


def _there(project: Path, tag: str) -> bool:
    try:
        return bool(git(project, "ls-remote", "--tags", ORIGIN, f"refs/tags/{tag}").strip())
    except Unmet:
        return False
