"""What a result was made from: digests of the first-party code that made it."""

from __future__ import annotations

import sys
from pathlib import Path

from syllabus import frames

ROOMS = ("syllabus", "stages")


def code() -> dict[str, str]:
    """Return the SHA-256 of every first-party module that this process has imported, by its name.

    Written into a stage's result it makes what follows depend on code that it loads by name: an architecture that
    was edited changes its candidate, and so everything that reads the candidate.
    """
    loaded = {
        f"stages.{Path(str(module.__file__)).stem}" if name == "__main__" else name: Path(str(module.__file__))
        for name, module in list(sys.modules.items())  # asking a lazy module imports others
        if getattr(module, "__file__", None) and _first_party(name, Path(str(module.__file__)))
    }
    return {name: frames.sha256(file) for name, file in sorted(loaded.items())}


def _first_party(name: str, file: Path) -> bool:
    return name.split(".")[0] in ROOMS or (name == "__main__" and file.parent.name == "stages")
