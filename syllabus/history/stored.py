"""What DVC holds of a past commit: read from its cache by hash, or brought by `dvc get` from cache or remote.

A hash in `dvc.lock` is the MD5 of a file, or of the list of a folder's files with theirs; the cache keeps each under
its hash. DVC believes a cached file that is read-only without hashing it; here every byte is held against its hash.
"""

from __future__ import annotations

import configparser
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from syllabus import why
from syllabus.errors import Unmet
from syllabus.history.git import top


class Gone(Unmet):
    """What is asked for is in neither cache nor remote."""


_CONFIGS = ("config.local", "config")


def remote(project: Path) -> str | None:
    """Return the name of DVC's remote, None where none is set."""
    return next((held for _, held in _settings(project, "core", "remote")), None)


def content(project: Path, digest: str, inner: str = "") -> bytes | None:
    """Return a file by its hash, or a file in a folder by the folder's; None where the cache lacks it."""
    if digest.endswith(".dir"):
        listed = _listed(project, digest)
        digest = next((entry["md5"] for entry in listed or [] if entry["relpath"] == inner), "")
    file = _file(project, digest)
    held = file.read_bytes() if file is not None and file.is_file() else None
    return held if held is not None and _md5(held) == digest.removesuffix(".dir") else None


def bring(project: Path, commit: str, path: str, digest: str, out: Path) -> Path:
    """Write an output of a commit's `dvc.lock` to `out`, a new file or folder, and return it.

    Args:
        project: the folder that holds dvc.yaml.
        commit: whose output.
        path: where it stands in the project.
        digest: its hash.
        out: what to make; nothing stands there unless all of it does.

    Raises:
        Gone: it is in neither cache nor remote.
        Unmet: it is not what `dvc.lock` says.
    """
    beside = out.with_name(f"{out.name}.coming")  # DVC ignores what is named as stages name what is unfinished
    try:
        if not _copied(project, digest, beside):
            _remove(beside)
            _get(project, commit, path, beside)
        if _digest(beside) != digest:
            raise Unmet(
                f"{path} of {commit[:7]} is not what its dvc.lock says: another file has its place in the remote"
            )
        beside.rename(out)
    finally:
        _remove(beside)
    return out


def _copied(project: Path, digest: str, out: Path) -> bool:
    """Say whether the cache has all of it; then it is copied."""
    listed = _listed(project, digest) if digest.endswith(".dir") else [{"md5": digest, "relpath": ""}]
    if listed is None:
        return False
    for entry in listed:
        file, target = _file(project, entry["md5"]), out / entry["relpath"]
        if file is None or not file.is_file() or not target.resolve().is_relative_to(out.resolve()):
            return False
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    return bool(listed) and _digest(out) == digest


def _get(project: Path, commit: str, path: str, out: Path) -> None:
    root, name = top(project), remote(project)
    inner = (project.resolve() / path).relative_to(root.resolve()).as_posix()
    # The remote of today: that commit may know of none.
    words = ["--rev", commit, "--out", str(out.resolve()), *(["--remote", name] if name else [])]
    done = _dvc(project, "get", *words, str(root), inner)
    if done.returncode or not out.exists():
        elsewhere = f"nor in the remote {name}: {_said(done.stderr)}" if name else "and no remote is set"
        raise Gone(f"{path} of {commit[:7]} is not in DVC's cache, {elsewhere}")


def _dvc(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"DVC_NO_ANALYTICS": "1"}
    told = [sys.executable, "-m", "dvc", *words]
    return subprocess.run(told, cwd=project, env=environment, capture_output=True, text=True, check=False)


def _said(errors: str) -> str:
    told = [line.removeprefix("ERROR: ") for line in errors.splitlines() if line.startswith("ERROR: ")]
    return " ".join(" ".join(told or ["DVC does not say why"]).removeprefix("unexpected error - ").split())


def push(project: Path, *, tags: bool = False) -> None:
    """Let DVC push what the working tree's `dvc.lock` names to the remote.

    Args:
        project: the folder that holds dvc.yaml.
        tags: what those of all tags name, too, as far as the cache has it.

    Raises:
        Unmet: DVC refuses.
    """
    done = _dvc(project, "push", *(["--all-tags"] if tags else []))
    if done.returncode:
        raise Unmet(f"`dvc push`: {_said(done.stderr)}")


def _listed(project: Path, digest: str) -> list[dict[str, str]] | None:
    file = _file(project, digest)
    held = file.read_bytes() if file is not None and file.is_file() else None
    if held is None or f"{_md5(held)}.dir" != digest:
        return None
    listed: list[dict[str, str]] = json.loads(held)
    return listed


def _file(project: Path, digest: str) -> Path | None:
    root = _root(project)
    if root is None or not digest:
        return None
    own = next((place / held for place, held in _settings(project, "cache", "dir")), root / ".dvc" / "cache")
    return own / "files" / "md5" / digest[:2] / digest[2:]


def _root(project: Path) -> Path | None:
    around = [project.resolve(), *project.resolve().parents]
    return next((folder for folder in around if (folder / ".dvc").is_dir()), None)


def _settings(project: Path, section: str, key: str) -> list[tuple[Path, str]]:
    """Return what DVC's configuration files say of a key, the strongest first, each with its folder."""
    root = _root(project)
    usual = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "dvc"
    own = Path(os.environ.get("DVC_GLOBAL_CONFIG_DIR") or usual)
    files = [root / ".dvc" / name for name in _CONFIGS] if root else []
    found = []
    for file in (*files, own / "config"):
        read = configparser.ConfigParser(interpolation=None, strict=False)
        try:
            read.read(file, encoding="utf-8")
        except configparser.Error:
            continue  # DVC itself says what is wrong with it
        if read.has_option(section, key):
            found.append((file.parent, read.get(section, key)))
    return found


def _digest(path: Path) -> str:
    return why.md5_of_folder(path) if path.is_dir() else _md5(path.read_bytes()) if path.is_file() else ""


def _md5(held: bytes) -> str:
    return hashlib.md5(held, usedforsecurity=False).hexdigest()


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
