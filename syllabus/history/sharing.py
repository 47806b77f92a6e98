"""Tags that others see: data to DVC's remote first, then the tag to Git's."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from syllabus.errors import Unmet
from syllabus.history import past, stored
from syllabus.history.git import git
from syllabus.history.past import Version

ORIGIN = "origin"


def share(project: Path, tag: str, *, new: bool, data: bool) -> str:
    """Push a tag, and return what was done; one that is there already is no error.

    Args:
        project: the folder that holds dvc.yaml.
        tag: what is to be pushed, with the commits that it needs.
        new: whether it was just made, and is taken back where it cannot be shared: it would stand for one thing here
            and another there.
        data: whether DVC pushes the data of the working tree's `dvc.lock` before.

    Raises:
        Unmet: DVC or Git refuses.
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
        raise Unmet(_refused(project, tag, new, str(error))) from None
    return told


def _refused(project: Path, tag: str, new: bool, why: str) -> str:
    if new:
        git(project, "tag", "--delete", tag)
    if not _there(project, tag):
        return f"{tag} {'is taken back, since it ' if new else ''}could not be shared: {why}"
    back = "the one here is taken back. " if new else f"`git tag --delete '{tag}'` takes the one here back. "
    return (
        f"{ORIGIN} has another {tag}: somebody was first, and {back}"
        "`git fetch --tags` brings theirs; then do it again, and it gets the next number"
    )


def _there(project: Path, tag: str) -> bool:
    try:
        return bool(git(project, "ls-remote", "--tags", ORIGIN, f"refs/tags/{tag}").strip())
    except Unmet:
        return False


def champion(project: Path, one: Version) -> str:
    """Push a champion: data to DVC's remote, its tags and the branch to Git's; return what was done.

    What is there already is no error. Where neither has a remote nothing is done, and the answer is empty. Those who
    were champion before it while no remote was set or reached are pushed, too: elsewhere they could not come back.

    Raises:
        Unmet: DVC or Git refuses; nothing is taken back, as it is the champion here.
    """
    told, there = [], stored.remote(project)
    if there:
        stored.push(project)
        told.append("data pushed")
    if ORIGIN in git(project, "remote").split():
        earlier = _untold(project, one)
        if earlier and there:
            # Of a time with another remote, or none, DVC may not push: that is no reason to hold back the champion.
            with suppress(Unmet):
                stored.push(project, tags=True)
        stage = past.reign(project, one.model).tags.get(one.name)
        for tag in (*earlier, one.tag, *([f"{one.model}{stage}"] if stage else [])):
            share(project, tag, new=False, data=False)
        told.append(f"tags pushed to {ORIGIN}")
        branch = git(project, "branch", "--show-current").strip()
        if branch and git(project, "config", "--default", "", f"branch.{branch}.remote").strip() == ORIGIN:
            git(project, "push", "--quiet", ORIGIN, f"HEAD:refs/heads/{branch}")
            told.append(f"{branch} too")
    return ", ".join(told)


def fetch(project: Path, model: str) -> list[str]:
    """Bring the versions and stages of a model that others have shared, and return their tags.

    None are brought where Git's remote does not answer: one works on with what is known here.

    Raises:
        Unmet: Git refuses.
    """
    if ORIGIN not in git(project, "remote").split():
        return []
    try:
        held = _held(project)
    except Unmet:
        return []
    here = set(git(project, "tag", "--list").splitlines())
    lacking = sorted(tag for tag in held - here if tag.startswith((f"{model}@", f"{model}#")))
    if lacking:
        git(project, "fetch", "--quiet", "--no-tags", ORIGIN, *(f"refs/tags/{tag}:refs/tags/{tag}" for tag in lacking))
    return lacking


def _held(project: Path) -> set[str]:
    """Return the tags that Git's remote has."""
    listed = git(project, "ls-remote", "--tags", "--refs", ORIGIN).splitlines()
    return {line.rpartition("refs/tags/")[2] for line in listed}


def _untold(project: Path, one: Version) -> list[str]:
    """Return the tags that say who was champion before, and of which versions, that Git's remote has not."""
    reign = past.reign(project, one.model)
    told = {f"{one.model}@{name}" for name in reign.stages}
    told |= set(git(project, "tag", "--list", f"{one.model}#*").splitlines())
    return sorted(told - _held(project) - {one.tag, f"{one.model}{reign.tags.get(one.name)}"})
