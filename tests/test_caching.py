"""A stage is run again when anything that it is made from has changed: `dvc.yaml` names all of it."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import easy
import pytest
from imports import first_party
from ruamel.yaml import YAML

from syllabus.errors import Unmet
from syllabus.params import read

ROOT = Path(__file__).resolve().parents[1]


# What reads no table can never be a candidate of the root project, and what is made of more than its file needs a line
# that the check asks for.
CANDIDATES = easy.for_tables(networks=False)


def stages() -> dict[str, dict[str, Any]]:
    declared = YAML(typ="safe").load((ROOT / "dvc.yaml").read_text())["stages"]
    return {name: stage.get("do", stage) for name, stage in declared.items()}


def dependencies(name: str, candidate: str) -> set[str]:
    """Return a stage's deps with the choices of `params.yaml` filled in."""
    params = YAML(typ="safe").load((ROOT / "params.yaml").read_text())
    chosen = {"${item}": candidate, "${data.modality}": params["data"]["modality"]}
    return {_filled(dep, chosen) for dep in stages()[name]["deps"]}


def imported(name: str, candidate: str) -> set[str]:
    """Return what the stage imports, with the modules that it loads by name and what these import."""
    by_name = [
        dep for dep in dependencies(name, candidate) if re.match("syllabus/(architectures|modalities)/[^_]", dep)
    ]
    roots = [f"stages/{name}.py", *by_name]
    return set().union(*(first_party(ROOT / root, ROOT) for root in roots))


@pytest.mark.parametrize("candidate", CANDIDATES)
@pytest.mark.parametrize("name", stages())
def test_every_imported_file_is_a_dependency(name: str, candidate: str) -> None:
    deps = dependencies(name, candidate)
    assert {file for file in imported(name, candidate) if not _covered(file, deps)} == set()


@pytest.mark.parametrize("name", stages())
def test_no_dependency_is_in_vain(name: str) -> None:
    files = set().union(*(imported(name, candidate) for candidate in CANDIDATES))
    code = {dep for dep in dependencies(name, CANDIDATES[0]) if dep.startswith(("syllabus/", "stages/"))}
    assert {dep for dep in code if not any(_covered(file, {dep}) for file in files)} == set()


@pytest.mark.parametrize("name", stages())
def test_every_setting_read_is_declared(name: str) -> None:
    declared = set(stages()[name].get("params", []))
    read = set(re.findall(r"settings\.([a-z_]+(?:\.[a-z_]+)?)", _body(name)))
    for setting in read:
        section = setting.split(".")[0]
        covers = {setting, section, f"{section}.${{item}}"}
        assert covers & declared, f"stages/{name}.py reads {setting}, which is not among its params"


@pytest.mark.parametrize("name", stages())
def test_a_setting_that_dvc_follows_must_be_written(name: str, tmp_path: Path) -> None:
    """DVC refuses a stage whose parameter is not in the file, so the check of `params.yaml` must refuse it first."""
    for setting in stages()[name].get("params", []):
        written = YAML(typ="safe").load((ROOT / "params.yaml").read_text())
        *sections, key = setting.removesuffix(".${item}").split(".")
        holder = written
        for section in sections:
            holder = holder[section]
        del holder[key]
        YAML().dump(written, tmp_path / "params.yaml")
        with pytest.raises(Unmet, match=rf"{setting.removesuffix('.${item}')}: required, and missing"):
            read(tmp_path / "params.yaml")


@pytest.mark.parametrize("name", stages())
def test_a_stage_that_reads_the_suite_depends_on_it(name: str) -> None:
    files = imported(name, CANDIDATES[0]) | {f"stages/{name}.py"}
    reads = any("Path(settings.validation.suite)" in (ROOT / file).read_text() for file in files)
    assert reads == ("${validation.suite}" in stages()[name]["deps"])


@pytest.mark.parametrize("name", stages())
def test_results_depend_on_the_lock_file(name: str) -> None:
    assert "requirements.lock" in stages()[name]["deps"]


@pytest.mark.parametrize("name", stages())
def test_a_stage_is_short(name: str) -> None:
    assert len((ROOT / "stages" / f"{name}.py").read_text().splitlines()) <= 60


def _body(name: str) -> str:
    """Return the stage's code without docstrings."""
    tree = ast.parse((ROOT / "stages" / f"{name}.py").read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.Module) and ast.get_docstring(node):
            node.body = node.body[1:]
    return ast.unparse(tree)


def _covered(file: str, deps: set[str]) -> bool:
    return any(file == dep or file.startswith(f"{dep}/") for dep in deps)


def _filled(dep: str, chosen: dict[str, str]) -> str:
    for placeholder, value in chosen.items():
        dep = dep.replace(placeholder, value)
    return dep
