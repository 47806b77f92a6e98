"""Computes which first-party files a module imports, directly and through others, without running them."""

from __future__ import annotations

import ast
from pathlib import Path

ROOMS = ("stages", "syllabus")


def first_party(module: Path, root: Path) -> set[str]:
    """Return the files, relative to `root`, that running `module` may import: lazy imports too, those for types not."""
    found: set[str] = set()
    pending = [module]
    while pending:
        file = pending.pop()
        name = file.relative_to(root).as_posix()
        if name in found:
            continue
        found.add(name)
        for imported in _imported(ast.parse(file.read_text(encoding="utf-8")), file):
            pending += _files(imported, root)
    return found


def _imported(node: ast.AST, file: Path) -> list[str]:
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
        return [name for child in node.orelse for name in _imported(child, file)]
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, f"{file}: relative import"
        return [str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)]
    return [name for child in ast.iter_child_nodes(node) for name in _imported(child, file)]


def _files(name: str, root: Path) -> list[Path]:
    """Return the module's file with the packages around it, all of which an import runs."""
    parts = name.split(".")
    if parts[0] not in ROOMS:
        return []
    found = []
    for end in range(1, len(parts) + 1):
        path = root.joinpath(*parts[:end])
        found += [file for file in (path / "__init__.py", path.with_suffix(".py")) if file.is_file()]
    return found
