"""The versions that a project's results are made with: written once, compared before every stage."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

from syllabus.errors import Unmet

LOCK = Path("requirements.lock")
DECIDING = (
    "syllabus", "numpy", "polars", "duckdb", "scikit-learn", "lightgbm", "optuna", "great-expectations", "torch",
    "pillow", "onnx", "onnxruntime",
)  # fmt: skip
"""The packages whose versions are compared: from another one comes another result."""
HEADER = "# What this project's results are made with, written by `syllabus new`. `syllabus lock` writes it anew."
EXTRAS = "# With the extras "
WORKFLOW = "train"
"""The extra without which no stage runs."""


def text(extras: Iterable[str] = ()) -> str:
    """Return a line for Syllabus and for everything that it needs, with these extras of its own, as pip reads it."""
    pinned: dict[str, str] = {}
    asked = sorted(extras)
    waiting = deque(["syllabus", *(name for extra in [WORKFLOW, *asked] for name in _of_extra(extra))])
    while waiting:
        name = _plain(waiting.popleft())
        if name in pinned:
            continue
        try:
            found = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # for another platform, or an extra that is not installed
        pinned[name] = _public(found.version)
        for requirement in found.requires or ():
            if "extra ==" not in requirement:
                waiting.append(_named(requirement))
    told = [f"{EXTRAS}{', '.join(asked)}"] if asked else []
    return "\n".join([HEADER, *told, *(f"{name}=={pinned[name]}" for name in sorted(pinned))]) + "\n"


def extras(file: Path = LOCK) -> list[str]:
    """Return the extras that a project's lock file was written with."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    told = [line.removeprefix(EXTRAS).split(", ") for line in lines if line.startswith(EXTRAS)]
    return told[0] if told else []


def _of_extra(extra: str) -> Iterator[str]:
    """Yield the packages that an extra of Syllabus's names."""
    for requirement in metadata.distribution("syllabus").requires or ():
        if re.search(rf"""extra == ["']{re.escape(extra)}["']""", requirement):
            yield _named(requirement)


def _named(requirement: str) -> str:
    return re.split(r"[\s\[<>=!~;(]", requirement, maxsplit=1)[0]


def _public(version: str) -> str:
    """Return a version without what says how it was built: of torch 2.0+cpu the index has 2.0."""
    return version.partition("+")[0]


def check(file: Path = LOCK) -> None:
    """Compare what is installed with what a project was made with.

    A lock file that no `syllabus new` wrote, such as the one of Syllabus's own repository, is not compared.

    Raises:
        Unmet: another version of a package is installed, whose results must not be mixed with the earlier ones.
    """
    if not file.is_file():
        return
    lines = file.read_text(encoding="utf-8").splitlines()
    if HEADER not in lines[:1]:
        return
    pinned = dict(line.split("==", 1) for line in lines if "==" in line and not line.startswith("#"))
    other = [
        f"{name} {pinned[name]}, and {held} is installed"
        for name in DECIDING
        if name in pinned and (held := _installed(name)) != pinned[name]
    ]
    if other:
        raise Unmet(
            f"{file} says {'; '.join(other)}: install what it says (`pip install -r {file}`), or accept what is "
            "installed (`syllabus lock`), and everything runs again"
        )


def _installed(name: str) -> str:
    try:
        return _public(metadata.version(name))
    except metadata.PackageNotFoundError:
        return "none"


def _plain(name: str) -> str:
    """Return a package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()
