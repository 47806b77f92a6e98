"""Versions of a registered model: Git tags, made through GTO over the artifacts that `dvc.yaml` declares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from syllabus import why
from syllabus.errors import Unmet
from syllabus.history.git import ELSEWHERE, alone, artifact, git, package_of, read, recorded, top
from syllabus.registry import package


def commit_lock(project: Path) -> None:
    """Commit `dvc.lock`, and nothing else, if the last run changed it: a version is a commit that holds it.

    Raises:
        Unmet: there is no Git repository, or Git refuses the commit.
    """
    if git(project, "status", "--porcelain", "--", "dvc.lock").strip():
        git(project, "add", "--", "dvc.lock")
        git(project, "commit", "--quiet", "--message", "Results of the pipeline", "--", "dvc.lock")


def promote(project: Path, model: str | None = None, version: str | None = None) -> str:
    """Tag the commit that holds the registered model as a version of it; return what was done.

    Raises:
        Unmet: as `make`.
    """
    tag, new = make(project, model, version)
    return f"{tag} is now a version; `git push origin {tag}` shares it" if new else f"{tag} is this package already"


def make(project: Path, model: str | None = None, version: str | None = None) -> tuple[str, bool]:
    """Tag the commit that holds the registered model as a version of it; return the tag, and whether it is new.

    The tag binds the version to a commit, whose `dvc.lock` names the package by its hash: data, parameters, code and
    lock file of that commit are those that made it. The same package is never made a version twice.

    Raises:
        Unmet: no model is registered, the package is damaged, or the commit does not hold what made it.
    """
    name, path = artifact(project, model)
    if not path.is_dir():
        raise Unmet(f"{path} is missing: no model is registered; run `dvc repro`")
    package.verify(path)
    with alone(project):
        return _tag(project, name, path, version)


def _tag(project: Path, name: str, path: Path, version: str | None) -> tuple[str, bool]:
    commit = git(project, "rev-parse", "HEAD").strip()
    lock = read(project / "dvc.lock", "no run has come to its end; run `dvc repro`")
    relative = path.relative_to(project).as_posix()
    held = recorded(lock, relative)
    if held != why.md5_of_folder(path):
        raise Unmet(f"{path} is not the one of dvc.lock: run `dvc repro` to its end")
    _check_committed(project)
    check_made_of(project)
    for tag in git(project, "tag", "--list", f"{name}@v*", "--sort=-creatordate").splitlines():
        if package_of(project, tag, relative) == held:
            return tag, False
    return _register(project, name, version, commit, held), True


def _register(project: Path, name: str, version: str | None, commit: str, held: str) -> str:
    import gto.api
    from gto.exceptions import GTOException

    try:
        event = gto.api.register(str(top(project)), name, commit, version=version, message=f"package {held}")
    except GTOException as error:
        raise Unmet(f"{name}: {error}") from None
    return str(event.tag)


def _check_committed(project: Path) -> None:
    """Raise Unmet if the version's commit would not hold what made the model."""
    changed = git(project, "status", "--porcelain", "--untracked-files=no", "--", ".").splitlines()
    if changed or not git(project, "ls-files", "dvc.lock").strip():
        names = ", ".join(line[3:] for line in changed[:3]) or "dvc.lock"
        raise Unmet(f"not committed: {names}; a version is a commit, so `git add` and `git commit` first")


def check_made_of(project: Path) -> None:
    """Check that no stage would run again, and that none has read what neither Git nor DVC holds.

    Raises:
        Unmet: one would, or has; or there is no `dvc.lock`.
    """
    lock = read(project / "dvc.lock", "no run has come to its end; run `dvc repro`")
    held = set(_held_by_dvc(project, lock))
    for stage in _current(project, lock):
        for reason in why.reasons(project, stage):
            raise Unmet(f"{stage} is not up to date: {reason}; run `dvc repro`")
        for file in _unknown_togit(project, lock["stages"][stage]):
            if held.isdisjoint((file, *file.parents)):
                raise Unmet(
                    f"{stage} read {file}, which neither Git nor DVC holds: `git add` or `dvc add` it, and commit"
                )


def _current(project: Path, lock: Mapping[str, Any]) -> list[str]:
    """Return the stages of dvc.lock but those that were dropped since: DVC leaves them there."""
    declared = read(project / "dvc.yaml", ELSEWHERE).get("stages") or {}
    candidates = read(project / "params.yaml", ELSEWHERE).get("candidates") or []
    parted = {stage: stage.partition("@") for stage in lock["stages"]}
    return [stage for stage, (name, _, item) in parted.items() if name in declared and item in ("", *candidates)]


def _unknown_togit(project: Path, entry: Mapping[str, Any]) -> list[PurePosixPath]:
    read = [*(dependency["path"] for dependency in entry.get("deps", [])), *entry.get("params", []), "dvc.yaml"]
    root = project.resolve()
    literal = [f":(literal){path}" for path in read if (root / path).resolve().is_relative_to(root)]
    # What DVC ignores in a folder is no part of it.
    listed = git(project, "ls-files", "-z", "--others", "--exclude-per-directory=.dvcignore", "--", *literal)
    return [PurePosixPath(file) for file in listed.split("\0") if file]


def _held_by_dvc(project: Path, lock: Mapping[str, Any]) -> Iterator[PurePosixPath]:
    """Yield the outputs of stages, and what the `.dvc` files that Git tracks stand for."""
    for entry in lock["stages"].values():
        yield from (PurePosixPath(out["path"]) for out in entry.get("outs", []))
    for file in filter(None, git(project, "ls-files", "-z", "--", "*.dvc").split("\0")):
        outs = read(project / file, ELSEWHERE).get("outs") or []
        yield from (PurePosixPath(file).parent / out["path"] for out in outs)
