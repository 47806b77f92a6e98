"""Versions of a registered model: Git tags, made through GTO over the artifacts that `dvc.yaml` declares."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from syllabus import why
from syllabus.errors import Unmet, nearest
from syllabus.registry import package

_ELSEWHERE = "run in a project's folder, where it stands"


def commit_lock(project: Path) -> None:
    """Commit `dvc.lock`, and nothing else, if the last run changed it: a version is a commit that holds it.

    Raises:
        Unmet: there is no Git repository, or Git refuses the commit.
    """
    if _git(project, "status", "--porcelain", "--", "dvc.lock").strip():
        _git(project, "add", "--", "dvc.lock")
        _git(project, "commit", "--quiet", "--message", "Results of the pipeline", "--", "dvc.lock")


def promote(project: Path, model: str | None = None, version: str | None = None) -> str:
    """Tag the commit that holds the registered model as a version of it; return what was done.

    The tag binds the version to a commit, whose `dvc.lock` names the package by its hash: data, parameters, code and
    lock file of that commit are those that made it. The same package is never made a version twice.

    Raises:
        Unmet: no model is registered, the package is damaged, or the commit does not hold what made it.
    """
    name, path = _artifact(project, model)
    if not path.is_dir():
        raise Unmet(f"{path} is missing: no model is registered; run `dvc repro`")
    package.verify(path)
    with _alone(project):
        return _tag(project, name, path, version)


def _tag(project: Path, name: str, path: Path, version: str | None) -> str:
    commit = _git(project, "rev-parse", "HEAD").strip()
    lock = _read(project / "dvc.lock", "no run has come to its end; run `dvc repro`")
    recorded = _recorded(lock, path, project)
    if recorded != why.md5_of_folder(path):
        raise Unmet(f"{path} is not the one of dvc.lock: run `dvc repro` to its end")
    _check_committed(project)
    _check_made_of(project, lock)
    for tag in _git(project, "tag", "--list", f"{name}@v*", "--sort=-creatordate").splitlines():
        if _recorded(_yaml(_git(project, "show", f"{tag}:./dvc.lock"), tag), path, project) == recorded:
            return f"{tag} is this package already"
    tag = _register(project, name, version, commit, recorded)
    return f"{tag} is now a version; `git push origin TAG` shares it"


@contextmanager
def _alone(project: Path) -> Iterator[None]:
    """Wait until no other promotion is under way: GTO looks for a free tag, and then overwrites one made meanwhile."""
    import fcntl

    folder = project / _git(project, "rev-parse", "--git-common-dir").strip()
    with (folder / "syllabus-promote.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # closing the file, or the end of the process, gives it back
        yield


def _register(project: Path, name: str, version: str | None, commit: str, recorded: str) -> str:
    import gto.api
    from gto.exceptions import GTOException

    root = _git(project, "rev-parse", "--show-toplevel").strip()
    try:
        event = gto.api.register(root, name, commit, version=version, message=f"package {recorded}")
    except GTOException as error:
        raise Unmet(f"{name}: {error}") from None
    return str(event.tag)


def _artifact(project: Path, model: str | None) -> tuple[str, Path]:
    declared = _read(project / "dvc.yaml", _ELSEWHERE).get("artifacts") or {}
    if model is None and len(declared) == 1:
        model = next(iter(declared))
    if model is None:
        raise Unmet(f"dvc.yaml declares {len(declared)} artifacts; name one of: {', '.join(declared) or 'none'}")
    if model not in declared:
        raise Unmet(f"dvc.yaml declares no artifact {model}; {nearest(model, declared)}")
    return model, project / declared[model]["path"]


def _recorded(lock: Mapping[str, Any], path: Path, project: Path) -> str:
    relative = path.relative_to(project).as_posix()
    for stage in lock.get("stages", {}).values():
        for out in stage.get("outs", []):
            if out["path"] == relative:
                return str(out["md5"])
    return ""


def _check_committed(project: Path) -> None:
    """Raise Unmet if the version's commit would not hold what made the model."""
    changed = _git(project, "status", "--porcelain", "--untracked-files=no", "--", ".").splitlines()
    if changed or not _git(project, "ls-files", "dvc.lock").strip():
        names = ", ".join(line[3:] for line in changed[:3]) or "dvc.lock"
        raise Unmet(f"not committed: {names}; a version is a commit, so `git add` and `git commit` first")


def _check_made_of(project: Path, lock: Mapping[str, Any]) -> None:
    """Raise Unmet if a stage would run again, or read what neither Git nor DVC holds."""
    held = set(_held_by_dvc(project, lock))
    for stage in _current(project, lock):
        for reason in why.reasons(project, stage):
            raise Unmet(f"{stage} is not up to date: {reason}; run `dvc repro`")
        for file in _unknown_to_git(project, lock["stages"][stage]):
            if held.isdisjoint((file, *file.parents)):
                raise Unmet(
                    f"{stage} read {file}, which neither Git nor DVC holds: `git add` or `dvc add` it, and commit"
                )


def _current(project: Path, lock: Mapping[str, Any]) -> list[str]:
    """Return the stages of dvc.lock but those that were dropped since: DVC leaves them there."""
    declared = _read(project / "dvc.yaml", _ELSEWHERE).get("stages") or {}
    candidates = _read(project / "params.yaml", _ELSEWHERE).get("candidates") or []
    parted = {stage: stage.partition("@") for stage in lock["stages"]}
    return [stage for stage, (name, _, item) in parted.items() if name in declared and item in ("", *candidates)]


def _unknown_to_git(project: Path, entry: Mapping[str, Any]) -> list[PurePosixPath]:
    read = [*(dependency["path"] for dependency in entry.get("deps", [])), *entry.get("params", []), "dvc.yaml"]
    root = project.resolve()
    literal = [f":(literal){path}" for path in read if (root / path).resolve().is_relative_to(root)]
    # What DVC ignores in a folder is no part of it.
    listed = _git(project, "ls-files", "-z", "--others", "--exclude-per-directory=.dvcignore", "--", *literal)
    return [PurePosixPath(file) for file in listed.split("\0") if file]


def _held_by_dvc(project: Path, lock: Mapping[str, Any]) -> Iterator[PurePosixPath]:
    """Yield the outputs of stages, and what the `.dvc` files that Git tracks stand for."""
    for entry in lock["stages"].values():
        yield from (PurePosixPath(out["path"]) for out in entry.get("outs", []))
    for file in filter(None, _git(project, "ls-files", "-z", "--", "*.dvc").split("\0")):
        outs = _read(project / file, _ELSEWHERE).get("outs") or []
        yield from (PurePosixPath(file).parent / out["path"] for out in outs)


def _git(project: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=project, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or "it failed").splitlines()[-1]
        raise Unmet(f"git {words[0]}: {said}")
    return done.stdout


def _read(file: Path, otherwise: str) -> dict[str, Any]:
    if not file.is_file():
        raise Unmet(f"{file} is missing: {otherwise}")
    return _yaml(file.read_text(encoding="utf-8"), str(file))


def _yaml(text: str, where: str) -> dict[str, Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        found: dict[str, Any] = YAML(typ="safe").load(text) or {}
    except YAMLError:
        raise Unmet(f"{where}: not YAML; `git diff` shows what was changed in it") from None
    return found
