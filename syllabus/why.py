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
from urllib.parse import quote, unquote

from syllabus import frames

JOURNAL = Path(".syllabus/why")
"""Where the reasons of each stage's last run stand: a file a stage, as candidates run side by side."""
# DVC removes the outputs of a stage before it starts its command: here, one that was missing looks like any other.
UNSEEN = "its output was missing or changed, dvc.yaml describes it anew, or it was forced"
# As .dvcignore has it.
_IGNORED = re.compile(r"__pycache__|\..*\.partial")
# A key of params.yaml in dvc.yaml.
_EXPRESSION = re.compile(r"\$\{\s*([\w.-]+)\s*\}")


def note(project: Path) -> None:
    """Before a stage that DVC started: print why it runs, and keep that for `syllabus why`.

    DVC names the stage in `DVC_STAGE`; a stage started by hand needs no reason.
    """
    stage = os.environ.get("DVC_STAGE")
    if not stage:
        return
    name = stage.rpartition(":")[2]
    found = list(reasons(project, name)) or [UNSEEN]
    print("why: " + "; ".join(found), file=sys.stderr, flush=True)
    frames.write_json(found, project / JOURNAL / f"{quote(name, safe='@')}.json")


def last(project: Path) -> dict[str, list[str]]:
    """Return why each stage of the project last ran, the latest last; what cannot be read is left out."""
    files = sorted((project / JOURNAL).glob("*.json"), key=lambda file: file.stat().st_mtime_ns)
    return {unquote(file.stem): found for file in files if (found := _read(file))}


def _read(file: Path) -> list[str]:
    try:
        found = frames.read_json(file)
    except (OSError, ValueError):
        return []
    return [str(reason) for reason in found] if isinstance(found, list) else []


def reasons(project: Path, stage: str) -> Iterator[str]:
    """Yield how the files and parameters of a stage differ from those of its last recorded run."""
    entry = (_yaml(project / "dvc.lock").get("stages") or {}).get(stage)
    if entry is None:
        yield "it has not run before"
        return
    command = _command(project, stage)
    if command is not None and command != entry.get("cmd"):
        yield "its command changed"
    for dependency in entry.get("deps", []):
        path = project / dependency["path"]
        if not path.exists():
            yield f"{dependency['path']} is missing"
        elif _changed(path, dependency):
            yield f"{dependency['path']} changed"
    for file, values in entry.get("params", {}).items():
        now = _yaml(project / file)
        for key, before in values.items():
            for where, old, new in _differences(key, before, _at(now, key)):
                yield f"{file}: {where} was {_short(old)}, is {_short(new)}"


def _yaml(file: Path) -> dict[str, Any]:
    """Return what a YAML file holds; nothing if there is none."""
    from ruamel.yaml import YAML

    found: dict[str, Any] | None = YAML(typ="safe").load(file.read_text(encoding="utf-8")) if file.is_file() else None
    return found or {}


def _command(project: Path, stage: str) -> str | list[str] | None:
    """Return a stage's command as dvc.yaml has it now; None where it takes more of DVC to know that."""
    name, _, item = stage.partition("@")
    described = (_yaml(project / "dvc.yaml").get("stages") or {}).get(name) or {}
    template = (described.get("do") or described).get("cmd")
    values = _yaml(project / "params.yaml")
    each = described.get("foreach")
    if isinstance(each, str):
        each = _at(values, each.strip("${} "))
    values["item"] = each.get(item) if isinstance(each, Mapping) else item

    def filled(expression: re.Match[str]) -> str:
        value = _at(values, expression[1])
        plain = isinstance(value, str | int | float) and not isinstance(value, bool)
        return str(value) if plain else expression[0]

    lines = [_EXPRESSION.sub(filled, line) for line in ([template] if isinstance(template, str) else template or [])]
    if not lines or any("${" in line for line in lines):
        return None
    return lines[0] if isinstance(template, str) else lines


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
