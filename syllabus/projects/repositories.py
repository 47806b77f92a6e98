"""The Git and DVC repositories of a project."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from syllabus.errors import Unmet

_DVC = (sys.executable, "-m", "dvc")


def tracked(file: Path) -> bool:
    """Return whether Git keeps a file already."""
    words = ("git", "ls-files", "--error-unmatch", file.name)
    if not shutil.which("git"):
        return False
    return subprocess.run(words, cwd=file.parent, capture_output=True, check=False).returncode == 0


def make(folder: Path, held: Sequence[str]) -> None:
    """Make the repositories that a project lacks, and let DVC keep `held`, files and folders in it.

    Raises:
        Unmet: `git` or `dvc` is missing, or refuses.
    """
    around = [folder.resolve(), *folder.resolve().parents]
    git = next((one for one in around if (one / ".git").exists()), None)
    if git is None:
        _run(folder, "git", "init", "--quiet")
    if not (folder / ".dvc").exists():
        # A repository of its own, so that DVC never reads the pipelines of the projects around.
        sub = ["--subdir"] if git is not None and git != folder.resolve() else []
        _run(folder, *_DVC, "init", "--quiet", *sub)
        _run(folder, *_DVC, "config", "core.analytics", "false")
    for one in held:
        if not (folder / f"{one}.dvc").exists():
            if tracked(folder / one):
                raise Unmet(f"Git keeps {folder / one} already: leave --track out, and Git goes on keeping it")
            _run(folder, *_DVC, "add", one)


def forget(folder: Path) -> None:
    """Take what `dvc init` staged out of the index of the repository around, where the project is not to be."""
    if folder.is_dir() and shutil.which("git"):
        words = ("git", "rm", "-r", "--force", "--cached", "--quiet", "--ignore-unmatch", ".dvc", ".dvcignore")
        subprocess.run(words, cwd=folder, capture_output=True, check=False)


def _run(folder: Path, *words: str) -> None:
    try:
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise Unmet(f"{words[0]} is not installed: a project needs it") from None
    if done.returncode:
        lines = (done.stderr or done.stdout).splitlines()
        errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
        said = " ".join(" ".join(errors or lines).split()) or f"exit {done.returncode}"
        raise Unmet(f"`{' '.join(words[-2:])}` in {folder}: {said}")
