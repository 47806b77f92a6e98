"""What a project's Git repository says, of past commits too."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from syllabus.errors import Unmet, nearest

ELSEWHERE = "run in a project's folder, where it stands"


def git(project: Path, *words: str) -> str:
    """Return what a Git command prints.

    Raises:
        Unmet: it fails: what it says of why.
    """
    try:
        done = subprocess.run(["git", *words], cwd=project, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise Unmet("Git is not installed; a version is a tag of Git's") from None
    if done.returncode:
        raise Unmet(f"git {words[0]}: {_complaint(done.stderr.strip() or done.stdout.strip() or 'it failed')}")
    return done.stdout


def _complaint(said: str) -> str:
    """Return the line that says why: Git may end with a hint; a hook says it last."""
    lines = [line.strip() for line in said.splitlines()]
    return " ".join(next((line for line in lines if line.startswith(("! ", "fatal: ", "error: "))), lines[-1]).split())


def top(project: Path) -> Path:
    """Return the root of the repository that a project stands in."""
    return Path(git(project, "rev-parse", "--show-toplevel").strip())


@contextmanager
def alone(project: Path) -> Iterator[None]:
    """Wait until no other promotion is under way: GTO looks for a free tag, and then overwrites one made meanwhile."""
    import fcntl

    folder = project / git(project, "rev-parse", "--git-common-dir").strip()
    with (folder / "syllabus-promote.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # closing the file, or the end of the process, gives it back
        yield


def models(project: Path, model: str | None = None) -> dict[str, str]:
    """Return the models that `dvc.yaml` declares, or the one that is named, each with the path of its package.

    Raises:
        Unmet: there is no `dvc.yaml`, or it declares no such model.
    """
    declared = read(project / "dvc.yaml", ELSEWHERE).get("artifacts") or {}
    if model is not None and model not in declared:
        raise Unmet(f"dvc.yaml declares no artifact {model}; {nearest(model, declared)}")
    return {name: str(found["path"]) for name, found in declared.items() if model in (None, name)}


def artifact(project: Path, model: str | None) -> tuple[str, Path]:
    """Return a model's name and where its package stands; without a name, those of the only one.

    Raises:
        Unmet: there is no such model, or there are several and none is named.
    """
    declared = models(project, model)
    if len(declared) != 1:
        raise Unmet(f"dvc.yaml declares {len(declared)} artifacts; name one of: {', '.join(declared) or 'none'}")
    ((name, path),) = declared.items()
    return name, project / path


def lock_of(project: Path, commit: str | None) -> dict[str, Any]:
    """Return what `dvc.lock` held in a commit, or holds now where none is named.

    Raises:
        Unmet: there is none, or it is no YAML.
    """
    if commit is None:
        return read(project / "dvc.lock", "no run has come to its end; run `dvc repro`")
    try:
        held = git(project, "show", f"{commit}:./dvc.lock")
    except Unmet:
        told = f"no dvc.lock stands in the commit {commit[:7]}, so nobody knows what it made"
        raise Unmet(f"{told}: a version is made by `syllabus promote`, and not by `git tag` alone") from None
    return parsed(held, f"dvc.lock of {commit[:7]}")


def package_of(project: Path, commit: str, path: str) -> str:
    """Return the hash of a package in the `dvc.lock` of a commit; nothing where it has none."""
    try:
        return recorded(lock_of(project, commit), path)
    except Unmet:
        return ""


def recorded(lock: Mapping[str, Any], path: str) -> str:
    """Return the hash of an output in `dvc.lock`; nothing where no stage has it."""
    for stage in (lock.get("stages") or {}).values():
        for out in stage.get("outs", []):
            if out["path"] == path:
                return str(out["md5"])
    return ""


def read(file: Path, otherwise: str) -> dict[str, Any]:
    """Return what a YAML file of the project holds.

    Raises:
        Unmet: it is missing, and `otherwise` is to be done; or it is no YAML.
    """
    if not file.is_file():
        raise Unmet(f"{file} is missing: {otherwise}")
    return parsed(file.read_text(encoding="utf-8"), str(file))


def parsed(text: str, where: str) -> dict[str, Any]:
    """Return what YAML says.

    Raises:
        Unmet: it is none, as after an unfinished merge.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        found: dict[str, Any] = YAML(typ="safe").load(text) or {}
    except YAMLError:
        raise Unmet(f"{where}: not YAML; `git diff` shows what was changed in it") from None
    return found
