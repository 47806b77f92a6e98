"""Makes a project of a table: what it is taken for, why, and the files that say so, for a person to review."""

from __future__ import annotations

import glob
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from syllabus import environment, frames, modalities, params
from syllabus.cleaning import proposals
from syllabus.errors import Unmet
from syllabus.projects import repositories, undoing, yaml
from syllabus.projects.look import Look, look
from syllabus.projects.roles import IGNORED
from syllabus.settings import Database, Kind
from syllabus.sources import Source, freshness

Tracking = Literal["dvc", "git", "none"]
COPIED = 2_000_000_000
"""The bytes up to which a source is copied into the project; a larger one is read where it lies."""
SUITE = "expectations/suite.json"
_IGNORED_BY_GIT = "/artifacts/\n/dvc_plots/\n/.syllabus/\n__pycache__/\n"
_IGNORED_BY_DVC = "__pycache__\n*.pyc\n# What a stage is still writing.\n.*.partial\n"


@dataclass(frozen=True)
class Project:
    """A project that is about to be written.

    Args:
        folder: where.
        look: what the source was taken for.
        source: what it is made of, as it lies now.
        held: how `params.yaml` names it, relative to the project where it is copied.
        tracking: who keeps the copy: DVC, Git, or nobody, since there is none.
        files: the text of each file, by its path in the project.
    """

    folder: Path
    look: Look
    source: Source
    held: Source
    tracking: Tracking
    files: Mapping[str, str]


def plan(
    folder: Path, source: Source, target: str, tracking: Tracking | None = None, kind: Kind | None = None
) -> Project:
    """Look at the source, draft its expectations, and return the project that would be written.

    Raises:
        Unmet: the source cannot be learned from, or the project would overwrite a file.
    """
    looked = look(source, target, kind)
    copied = _copied(source) and tracking != "none"
    held = f"data/{Path(str(source)).name}" if copied else _reference(source, folder)
    files = _files(folder, looked, held)
    there = copied and (folder / str(held)).exists() and (folder / str(held)).samefile(str(source))
    for name in [*files, SUITE, *([str(held)] if copied and not there else [])]:
        if (folder / name).exists():
            raise Unmet(f"{folder / name} exists: name a new folder, nothing is overwritten")
    usual: Tracking = "git" if there and repositories.tracked(folder / str(held)) else "dvc"
    kept: Tracking = (tracking or usual) if copied else "none"
    files[SUITE] = _suite(folder, looked, source, files["params.yaml"])
    return Project(folder, looked, source, held, kept, files)


def write(project: Project) -> None:
    """Write the project, with its Git and DVC repositories where there are none; nothing is left if that fails.

    Raises:
        Unmet: `git` or `dvc` refuses.
    """
    with undoing.whole(project.folder, [*project.files, *_kept(project)]):
        for name, text in project.files.items():
            frames.write_text(text, project.folder / name)
        target = project.folder / str(project.held)
        if project.tracking != "none" and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            with frames.replacing(target) as partial:
                shutil.copyfile(str(project.source), partial)
        repositories.make(project.folder, str(project.held) if project.tracking == "dvc" else None)


def _kept(project: Project) -> list[str]:
    """Return what keeping the source writes in the project."""
    if project.tracking == "none":
        return []
    held = str(project.held)
    return [held, *([f"{held}.dvc", "data/.gitignore"] if project.tracking == "dvc" else [])]


def _copied(source: Source) -> bool:
    path = Path(str(source))
    return not isinstance(source, Database) and path.is_file() and path.stat().st_size <= COPIED


def _reference(source: Source, folder: Path) -> Source:
    """Return how a source is named from within the project."""
    if isinstance(source, Database) or "://" in str(source):
        return source
    return os.path.relpath(source, folder) if not Path(source).is_absolute() else source


def _files(folder: Path, looked: Look, held: Source) -> dict[str, str]:
    """Return every file but the suite, which is drafted with them."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    pages = Environment(  # noqa: S701  # YAML, not HTML; its own filter escapes
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    pages.filters |= {"yaml": yaml.scalar, "comment": yaml.comment}
    said = _said(folder, looked, held)
    files = {f"{name}.yaml": pages.get_template(f"{name}.yaml.j2").render(said) for name in ("params", "dvc")}
    files[str(environment.LOCK)] = environment.text()
    return files | {".gitignore": _IGNORED_BY_GIT, ".dvcignore": _IGNORED_BY_DVC}


def _said(folder: Path, looked: Look, held: Source) -> dict[str, Any]:
    """Return what the templates are filled with."""
    kept = {"group": "group", "date": "date", "text": "text"} | dict.fromkeys(IGNORED, "ignore")
    named = [
        {"column": one.column, "role": kept[one.role], "why": f"{one.role}: {one.evidence}"}
        for one in looked.findings
        if one.role in kept
    ]
    groups = [one.column for one in looked.findings if one.role == "group"]
    dates = [one.column for one in looked.findings if one.role == "date"]
    usual = "stratified" if looked.task.kind == "classification" else "random"
    metric = "rmse" if looked.task.kind == "regression" else "roc_auc" if looked.task.classes == 2 else "log_loss"
    if looked.task.kind == "classification" and looked.task.smallest < 0.1 and looked.task.classes == 2:
        metric = "pr_auc"
    return {
        "look": looked,
        "source": _named(held),
        "database": isinstance(held, Database),
        "fresher": freshness.proposed(held, dates) if isinstance(held, Database) else None,
        # What is not one file here cannot be a dependency of DVC's: a stage looks whether it has changed.
        "watched": not _is_file(held),
        "suite": SUITE,
        "columns": named,
        "relabel": proposals.relabel(looked.target, looked.merged),
        "gaps": [one for one in looked.findings if one.gap is not None and one.role not in IGNORED],
        "hints": [one for one in looked.findings if one.hint],
        "method": "group" if groups else "time" if looked.time else usual,
        "by": groups[0] if groups else looked.time,
        "ordered": looked.time,
        "usual": usual,
        "times": dates,
        "trials": {"lightgbm": 20, "linear": 8, "tree": 12},
        "metric": metric,
        "kind": looked.task.kind,
        "code_paths": list(_code(folder)),
        "model": re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-") or "model",
        "target": looked.target,
    }


def _named(held: Source) -> str | dict[str, Any]:
    """Return the source as `params.yaml` says it."""
    if isinstance(held, Database):
        return held.model_dump(exclude_defaults=True, by_alias=True)
    return str(held)


def _is_file(held: Source) -> bool:
    if isinstance(held, Database) or "://" in str(held):
        return False
    return Path(held).is_file() or not glob.has_magic(str(held))


def _code(folder: Path) -> Iterator[str]:
    """Yield the folders of Syllabus's code where the project lies beside it, in one repository: there it changes."""
    root = Path(__file__).resolve().parents[2]
    if root in folder.resolve().parents and (root / ".git").exists():
        for room in ("stages", "syllabus"):
            yield os.path.relpath(root / room, folder.resolve())


def _suite(folder: Path, looked: Look, source: Source, text: str) -> str:
    """Return the suite drafted from the whole source, ingested as `text` says."""
    from syllabus import drafting

    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / "params.yaml").write_text(text, encoding="utf-8")
        settings = params.read(Path(scratch) / "params.yaml")
        data = settings.data.model_copy(update={"source": source})
        modalities.load(data.modality).read(data, Path(scratch) / "table.parquet")
        columns = [drafting.Column(one.column, one.role) for one in looked.findings if one.role != "target"]
        role = "numeric" if looked.task.kind == "regression" else "categorical"
        columns.append(drafting.Column(looked.target, role, target=True))  # type: ignore[arg-type]
        drafted = drafting.draft(Path(scratch) / "table.parquet", columns, name=folder.resolve().name)
    if looked.merged:
        # While it is open how many classes there are, no rule says what shares they have.
        drafted["expectations"] = [one for one in drafted["expectations"] if not _of_shares(one, looked.target)]
    return json.dumps(drafted, indent=2, ensure_ascii=False) + "\n"


def _of_shares(expectation: Mapping[str, Any], column: str) -> bool:
    of_column = expectation["kwargs"].get("column") == column
    return bool(of_column and expectation["type"] == "expect_column_kl_divergence_to_be_less_than")
