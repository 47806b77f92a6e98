"""Makes a project of any data: what it is taken for, why, and the files that say so, for a person to review."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from syllabus import architectures, environment, export, frames, modalities, params
from syllabus.errors import Unmet
from syllabus.projects import keeping, kinds, repositories, undoing, yaml
from syllabus.projects.draft import Asked, Draft
from syllabus.projects.keeping import Kept, Tracking
from syllabus.projects.surveys import survey
from syllabus.settings import Database, Kind
from syllabus.sources import Source, freshness

SUITE = "expectations/suite.json"
_IGNORED_BY_GIT = "/artifacts/\n/dvc_plots/\n/.syllabus/\n__pycache__/\n"
_IGNORED_BY_DVC = "__pycache__\n*.pyc\n# What a stage is still writing.\n.*.partial\n"


@dataclass(frozen=True)
class Project:
    """A project that is about to be written.

    Args:
        folder: where.
        modality: what its data is.
        why: the evidence for that.
        draft: what the source was taken for.
        kept: what it keeps of the source.
        files: the text of each file, by its path in the project.
    """

    folder: Path
    modality: str
    why: str
    draft: Draft
    kept: Kept
    files: Mapping[str, str]

    @property
    def held(self) -> Source:
        """The source as `params.yaml` names it."""
        return self.kept.source

    @property
    def tracking(self) -> Tracking:
        """Who keeps the copy of the source."""
        return self.kept.tracking


def plan(
    folder: Path,
    source: Source,
    target: str | None = None,
    tracking: Tracking | None = None,
    kind: Kind | None = None,
    asked: Asked | None = None,
) -> Project:
    """Look at the source, draft its expectations, and return the project that would be written.

    Args:
        folder: where it is to be.
        source: what it is made of.
        target: the column to predict.
        tracking: who keeps a copy of the source.
        kind: whether a class or a number is predicted.
        asked: all that is asked for, in place of `target` and `kind`.

    Raises:
        Unmet: the source cannot be learned from, or the project would overwrite a file.
        Untold: nobody says what is to be predicted.
    """
    asked = asked or Asked(target, kind)
    seen = survey(source, asked.one("image"))
    name, why = kinds.chosen(seen, asked)
    draft = kinds.load(name).draft(seen, asked)
    _check_installed(name, draft)
    kept = keeping.kept(folder, source, draft.beside, tracking)
    files = _files(folder, name, draft, kept.source, kept.folder)
    for path in [*files, SUITE]:
        if (folder / path).exists():
            raise Unmet(f"{folder / path} exists: name a new folder, nothing is overwritten")
    keeping.check(folder, kept.copies)
    # The suite is drafted from the source where it lies now.
    beside = None if draft.beside is None else str(draft.beside.folder)
    files[SUITE] = _suite(folder, draft, _files(folder, name, draft, source, beside)["params.yaml"])
    return Project(folder, name, why, draft, kept, files)


def write(project: Project) -> None:
    """Write the project, with its Git and DVC repositories where there are none; nothing is left if that fails.

    Raises:
        Unmet: `git` or `dvc` refuses.
    """
    kept = project.kept
    with undoing.whole(project.folder, [*project.files, *keeping.written(kept)]):
        for name, text in project.files.items():
            frames.write_text(text, project.folder / name)
        keeping.copy(project.folder, kept)
        repositories.make(project.folder, list(kept.copies) if kept.tracking == "dvc" else [])


def _check_installed(name: str, draft: Draft) -> None:
    """Look whether the candidates can learn here.

    Raises:
        Unmet: a package is missing.
    """
    for candidate in draft.candidates:
        if told := architectures.unfit(architectures.load(candidate), candidate):
            raise Unmet(f"a project of {name} learns with {candidate}, and {told}")


def _files(folder: Path, name: str, draft: Draft, held: Source, beside: str | None) -> dict[str, str]:
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
    said = {"reading": {}} | dict(draft.said) | _said(folder, name, draft, held) | {"folder": beside}
    pages_of = {"params.yaml": f"kinds/{name}.yaml.j2", "dvc.yaml": "dvc.yaml.j2"}
    files = {file: pages.get_template(page).render(said) for file, page in pages_of.items()}
    files[str(environment.LOCK)] = environment.text(_extras(name, draft))
    return files | {".gitignore": _IGNORED_BY_GIT, ".dvcignore": _IGNORED_BY_DVC}


def _extras(name: str, draft: Draft) -> list[str]:
    """Return the extras of Syllabus that the project is made with."""
    found = set(kinds.load(name).EXTRAS)
    for candidate in draft.candidates:
        found |= set(getattr(architectures.load(candidate), "NEEDS", {}).values())
    # Without it the project runs, too, but its package has no ONNX: the lock file must tell the two apart.
    if export.known(name) and not architectures.missing(export.NEEDS, "ONNX"):
        found |= set(export.NEEDS.values())
    return sorted(found)


def _said(folder: Path, name: str, draft: Draft, held: Source) -> dict[str, Any]:
    """Return what the templates are filled with, whatever the data is."""
    return {
        "modality": name,
        "task": draft.task,
        "about": draft.about,
        "source": _named(held),
        "database": isinstance(held, Database),
        "fresher": freshness.proposed(held, list(draft.dates)) if isinstance(held, Database) else None,
        # What is not one file here cannot be a dependency of DVC's: a stage looks whether it has changed.
        "watched": not keeping.is_here(held),
        "suite": SUITE,
        "code_paths": list(_code(folder)),
        "model": re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-") or "model",
    }


def _named(held: Source) -> str | dict[str, Any]:
    """Return the source as `params.yaml` says it."""
    if isinstance(held, Database):
        return held.model_dump(exclude_defaults=True, by_alias=True)
    return str(held)


def _code(folder: Path) -> Iterator[str]:
    """Yield the folders of Syllabus's code where the project lies beside it, in one repository: there it changes."""
    root = Path(__file__).resolve().parents[2]
    if root in folder.resolve().parents and (root / ".git").exists():
        for room in ("stages", "syllabus"):
            yield os.path.relpath(root / room, folder.resolve())


def _suite(folder: Path, draft: Draft, text: str) -> str:
    """Return the suite drafted from the whole source, ingested as `text` says."""
    from syllabus import drafting

    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / "params.yaml").write_text(text, encoding="utf-8")
        data = params.read(Path(scratch) / "params.yaml").data
        modalities.load(data.modality).read(data, Path(scratch) / "table.parquet")
        drafted = drafting.draft(Path(scratch) / "table.parquet", draft.columns, name=folder.resolve().name)
    # While it is open how many values a column has, no rule says what shares they have.
    drafted["expectations"] = [one for one in drafted["expectations"] if not _of_shares(one, draft.undecided)]
    return json.dumps(drafted, indent=2, ensure_ascii=False) + "\n"


def _of_shares(expectation: Mapping[str, Any], columns: frozenset[str]) -> bool:
    of_column = expectation["kwargs"].get("column") in columns
    return bool(of_column and expectation["type"] == "expect_column_kl_divergence_to_be_less_than")
