"""All of a project or nothing: what was there before stays as it was."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from syllabus.projects import repositories


@contextmanager
def whole(folder: Path, names: Iterable[str]) -> Iterator[None]:
    """Remove what this block makes, if it fails, and nothing else; a file that it changes is as before.

    Args:
        folder: of the project.
        names: the files that the block may write, relative to the folder.
    """
    files = [folder / name for name in names]
    folders = {parent for file in files for parent in file.parents}
    may_be = [*files, *sorted(folders, reverse=True), folder / ".dvc", folder / ".git"]
    absent = [path for path in may_be if not path.exists()]
    # The source is large, and nothing here changes it; what DVC appends a line to is small.
    before = {file: file.read_bytes() for file in files if file.name == ".gitignore" and file.exists()}
    try:
        yield
    except BaseException:
        if folder / ".dvc" in absent:
            repositories.forget(folder)
        for path in absent:
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
        for file, content in before.items():
            file.write_bytes(content)
        raise
