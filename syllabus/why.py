"""Says what made a stage run: which file, which parameter. Read from `dvc.lock`, which is plain YAML."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

JOURNAL = Path(".dvc/tmp/syllabus/why.jsonl")
# As .dvcignore has it.
_IGNORED = re.compile(r"__pycache__|\..*\.partial")
UNSEEN = "its output was missing or changed, dvc.yaml describes it anew, or it was forced"


def note(project: Path) -> None:
    """Before a stage that DVC started: print why it runs, and keep that for `syllabus why`.

    DVC names the stage in `DVC_STAGE`; a stage started by hand needs no reason.
    """
    stage, root = os.environ.get("DVC_STAGE"), os.environ.get("DVC_ROOT")
    if not stage or not root:
        return
    name = stage.rpartition(":")[2]
    found = list(reasons(project, name)) or [UNSEEN]
    print("why: " + "; ".join(found), file=sys.stderr, flush=True)
    journal = Path(root) / JOURNAL
    journal.parent.mkdir(parents=True, exist_ok=True)
    entry = {"project": str(project.resolve().relative_to(Path(root).resolve())), "stage": name, "reasons": found}
    with journal.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


def last(project: Path) -> dict[str, list[str]]:
    """Return why each stage of the project last ran, the latest last."""
    root = next(
        (folder for folder in (project.resolve(), *project.resolve().parents) if (folder / ".dvc").is_dir()), None
    )
    if root is None or not (root / JOURNAL).is_file():
        return {}
    where = str(project.resolve().relative_to(root))
    found: dict[str, list[str]] = {}
    for line in (root / JOURNAL).read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        if entry["project"] == where:
            found.pop(entry["stage"], None)
            found[entry["stage"]] = entry["reasons"]
    return found


def reasons(project: Path, stage: str) -> Iterator[str]:
    """Yield how the files and parameters of a stage differ from those of its last recorded run."""
    from ruamel.yaml import YAML

    lock = project / "dvc.lock"
    recorded = YAML(typ="safe").load(lock.read_text(encoding="utf-8")) if lock.is_file() else None
    entry = ((recorded or {}).get("stages") or {}).get(stage)
    if entry is None:
        yield "it has not run before"
        return
    for dependency in entry.get("deps", []):
        path = project / dependency["path"]
        if not path.exists():
            yield f"{dependency['path']} is missing"
        elif _changed(path, dependency):
            yield f"{dependency['path']} changed"
    for file, values in entry.get("params", {}).items():
        now = YAML(typ="safe").load((project / file).read_text(encoding="utf-8"))
        for key, before in values.items():
            for where, old, new in _differences(key, before, _at(now, key)):
                yield f"{file}: {where} was {_short(old)}, is {_short(new)}"


def _changed(path: Path, dependency: Mapping[str, Any]) -> bool:
    if path.is_dir():
        return md5_of_folder(path) != dependency.get("md5")
    return path.stat().st_size != dependency.get("size") or _md5(path) != dependency.get("md5")


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def md5_of_folder(folder: Path) -> str:
    """Return a folder's hash as DVC makes it: the MD5 of the list of its files with theirs."""
    files = sorted(
        file
        for file in folder.rglob("*")
        if file.is_file() and file.suffix != ".pyc" and not any(map(_IGNORED.fullmatch, file.parts))
    )
    listed = [{"md5": _md5(file), "relpath": file.relative_to(folder).as_posix()} for file in files]
    listed.sort(key=lambda entry: entry["relpath"])
    return hashlib.md5(json.dumps(listed, sort_keys=True).encode(), usedforsecurity=False).hexdigest() + ".dir"


def _at(values: Any, key: str) -> Any:
    for part in key.split("."):
        values = values.get(part) if isinstance(values, Mapping) else None
    return values


def _differences(key: str, before: Any, now: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield the deepest keys whose values differ."""
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        for name in [*before, *(name for name in now if name not in before)]:
            yield from _differences(f"{key}.{name}", before.get(name), now.get(name))
    elif before != now:
        yield key, before, now


def _short(value: Any) -> str:
    text = "not set" if value is None else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else text[:77] + "..."
