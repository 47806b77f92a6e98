"""`syllabus`: check, schema, why, where, promote; what a user can mend is one sentence and exit status 1."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from projects import make
from ruamel.yaml import YAML

from syllabus import cli, schema


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = make(tmp_path / "project", rows=20)
    monkeypatch.chdir(folder)
    return folder


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = 0
    try:
        cli.main(list(words))
    except SystemExit as end:
        status = int(end.code or 0)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_check_prints_the_plan(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / ".git").mkdir()
    (project / ".dvc").mkdir()
    status, out, err = said(capsys, "check")
    assert (status, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()[1:8]] == [
        "ingest", "validate", "split", "train", "tune", "evaluate", "register",
    ]  # fmt: skip


def test_check_says_what_must_be_done_once(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    need = "There is no {0} repository here: run `{1} init` first."
    both = f"syllabus check: {need.format('Git', 'git')} {need.format('DVC', 'dvc')}\n"
    assert said(capsys, "check", "--quiet") == (1, "", both)
    (project / ".dvc").mkdir()
    (project / ".dvc" / "config").write_text("[core]\n    no_scm = True\n")
    assert said(capsys, "check", "--quiet") == (0, "", "")


@pytest.mark.parametrize(
    ("was", "now", "sentence"),
    [
        ("target: buys", "target: buyz", "data.target: buyz is not a column of data/people.csv; did you mean buys?"),
        ("people.csv", "persons.csv", "data/persons.csv: no such file"),
        ("[sex]", "[gender]", "examination.sensitive.0: gender is not a column of data/people.csv; Valid: "),
        ("[town]", "[twon]", "examination.slices.0: twon is not a column of data/people.csv; did you mean town?"),
        ("people.json", "persons.json", "validation.suite: there is no file expectations/persons.json"),
        ("missing:", "mising:", "params.yaml:7: data.cleaning.mising: unknown key mising; did you mean missing?"),
    ],
)  # fmt: skip
def test_check_refuses_in_one_sentence(
    project: Path, capsys: pytest.CaptureFixture[str], was: str, now: str, sentence: str
) -> None:
    text = (project / "params.yaml").read_text()
    (project / "params.yaml").write_text(text.replace(was, now, 1))
    status, out, err = said(capsys, "check")
    assert (status, out) == (1, "")
    assert sentence in err
    assert len(err.splitlines()) == 1


def test_the_schema_accepts_the_root_project_and_refuses_a_wrong_key(root: Path) -> None:
    validator = jsonschema.Draft202012Validator(schema.schema(root))
    right = YAML(typ="safe").load((root / "params.yaml").read_text())
    validator.validate(right)
    for wrong in (
        right | {"sede": 1},
        right | {"candidates": ["forest"]},
        right | {"architectures": {"tree": {"depth": 3}}},
        right | {"data": right["data"] | {"modality": "tabels"}},
        right | {"gates": {"at_least": {"roc_acu": 0.9}}},
    ):
        assert not validator.is_valid(wrong)


def test_the_schema_describes_every_key(root: Path) -> None:
    found = schema.schema(root)
    undescribed = [
        f"{name}.{key}"
        for name, section in found["$defs"].items()
        for key, field in section.get("properties", {}).items()
        if "description" not in field and "$ref" not in field and "default" not in field
    ]
    assert undescribed == []


def test_schema_prints_json(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(said(capsys, "schema")[1])["title"] == "Settings"


def test_where_and_why_say_what_to_do_before_the_first_run(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "where")[1] == "Nothing has run to the end yet: `dvc repro`\n"
    assert said(capsys, "why")[1].startswith("No stage has run here.")
    assert said(capsys, "why", "split")[0] == 1


def test_promote_without_a_model_says_so(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = said(capsys, "promote")
    assert (status, err) == (1, "syllabus promote: artifacts/register/package is missing: no model is registered; run `dvc repro`\n")  # fmt: skip
    assert "declares no artifact other" in said(capsys, "promote", "other")[2]


def test_promote_outside_of_a_project_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    status, _, err = said(capsys, "promote")
    assert (status, len(err.splitlines())) == (1, 1)
    assert err.startswith("syllabus promote: dvc.yaml")


def test_promote_without_git_is_one_sentence(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(project))
    assert said(capsys, "promote") == (1, "", "syllabus promote: Git is not installed; a version is a tag of Git's\n")


def test_settings_that_cannot_be_read_are_one_sentence(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "params.yaml").unlink()
    (project / "params.yaml").mkdir()
    assert said(capsys, "check") == (1, "", "syllabus check: params.yaml: Is a directory\n")


def test_a_source_that_cannot_be_read_is_one_sentence(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = f"{300 * 'x'}.csv"
    text = (project / "params.yaml").read_text()
    (project / "params.yaml").write_text(text.replace("data/people.csv", name))
    status, out, err = said(capsys, "check")
    assert (status, out) == (1, "")
    assert err.endswith(f"{name}: File name too long\n")
    assert len(err.splitlines()) == 1
