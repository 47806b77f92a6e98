"""Versions of a registered model: Git tags, made through GTO over the artifacts that `dvc.yaml` declares."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from syllabus import why
from syllabus.errors import Unmet, nearest
from syllabus.registry import package


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
    decision = path.parent / "decision.json"
    if not decision.is_file() or not path.is_dir():
        raise Unmet(f"{path} is missing: no model is registered; run `dvc repro`")
    package.verify(path)
    recorded = _recorded(_yaml((project / "dvc.lock").read_text(encoding="utf-8")), path, project)
    if recorded != why.md5_of_folder(path):
        raise Unmet(f"{path} is not the one of dvc.lock: run `dvc repro` to its end")
    _check_committed(project)
    for tag in _git(project, "tag", "--list", f"{name}@v*", "--sort=-creatordate").splitlines():
        lock = _git(project, "show", f"{tag}:./dvc.lock")
        if _recorded(_yaml(lock), path, project) == recorded:
            return f"{tag} is this package already"
    return f"{_register(project, name, version, recorded)} is now a version; `git push origin TAG` shares it"


def _register(project: Path, name: str, version: str | None, recorded: str) -> str:
    import gto.api
    from gto.exceptions import GTOException

    root = _git(project, "rev-parse", "--show-toplevel").strip()
    try:
        event = gto.api.register(root, name, "HEAD", version=version, message=f"package {recorded}")
    except GTOException as error:
        raise Unmet(f"{name}: {error}") from None
    return str(event.tag)


def _artifact(project: Path, model: str | None) -> tuple[str, Path]:
    declared = _yaml((project / "dvc.yaml").read_text(encoding="utf-8")).get("artifacts") or {}
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


def _git(project: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=project, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or "it failed").splitlines()[-1]
        raise Unmet(f"git {words[0]}: {said}")
    return done.stdout


def _yaml(text: str) -> dict[str, Any]:
    from ruamel.yaml import YAML

    found: dict[str, Any] = YAML(typ="safe").load(text) or {}
    return found
