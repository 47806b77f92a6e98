"""A version is a Git tag on a commit that holds all that made the model; what it does not hold is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from syllabus import frames, why
from syllabus.errors import Unmet
from syllabus.registry import package, versions

ROOT = Path(__file__).resolve().parents[2]
DECLARED = {
    "stages": {
        "ingest": {"cmd": "ingest"},
        "train": {"foreach": "${candidates}", "do": {"cmd": "train ${item}"}},
        "register": {"cmd": "register"},
    },
    "artifacts": {"people": {"path": "artifacts/package"}},
}
SETTINGS = {"seed": 7, "candidates": ["tree"]}
DEPENDENCIES = {
    "ingest": ["data/people.csv", "code"],
    "train@tree": ["artifacts/table", "code"],
    "train@linear": ["artifacts/table", "code"],
    "register": ["artifacts/trees", "suite.json"],
}
OUTPUTS = {
    "ingest": ["artifacts/table"],
    "train@tree": ["artifacts/trees/tree"],
    "train@linear": ["artifacts/trees/linear"],
    "register": ["artifacts/package"],
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a committed project that has run to its end; `linear` is a candidate no more."""
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "t")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "t@example.org")
    write(tmp_path, "data/people.csv", "age\n1\n")
    write(tmp_path, "code/tree.py", "depth = 1\n")
    write(tmp_path, "code/__pycache__/tree.pyc", "compiled")
    write(tmp_path, "suite.json", "{}")
    write(tmp_path, "artifacts/table/part", "1")
    write(tmp_path, "artifacts/trees/tree/model", "1")
    write(tmp_path, "dvc.yaml", json.dumps(DECLARED))
    write(tmp_path, "params.yaml", json.dumps(SETTINGS))
    write(tmp_path, ".gitignore", "/artifacts\n__pycache__\n")
    write(tmp_path, ".dvcignore", "__pycache__\n")
    run_to_the_end(tmp_path)
    git(tmp_path, "init", "-q", "-b", "main")
    commit(tmp_path)
    return tmp_path


def write(project: Path, name: str, text: str) -> None:
    frames.write_text(text, project / name)


def git(project: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=project, check=True, capture_output=True, text=True).stdout


def commit(project: Path) -> None:
    git(project, "add", "-A")
    git(project, "commit", "-q", "--allow-empty", "-m", "as it is")


def run_to_the_end(project: Path, model: str = "1") -> None:
    """Write the package and dvc.lock, as `dvc repro` would."""
    write(project, "artifacts/package/model", model)
    digest = frames.sha256(project / "artifacts/package/model")
    write(project, f"artifacts/package/{package.CHECKSUMS}", f"{digest}  model\n")
    stages = {
        stage: {
            "cmd": stage.replace("@", " "),
            "deps": [recorded(project, path) for path in paths],
            "params": {"params.yaml": {"seed": frames.read_json(project / "params.yaml")["seed"]}},
            "outs": [recorded(project, path) for path in OUTPUTS[stage]],
        }
        for stage, paths in DEPENDENCIES.items()
    }
    stages["train@linear"]["params"]["params.yaml"] = {"seed": 6}
    write(project, "dvc.lock", json.dumps({"schema": "2.0", "stages": stages}))


def recorded(project: Path, path: str) -> dict[str, Any]:
    file = project / path
    if file.is_file():
        return {"path": path, "md5": why._md5(file), "size": file.stat().st_size}
    return {"path": path, "md5": why.md5_of_folder(file)}


def refused(project: Path) -> str:
    with pytest.raises(Unmet) as error:
        versions.promote(project)
    assert "\n" not in str(error.value)
    assert not (project / ".git").exists() or git(project, "tag") == ""
    return str(error.value)


def test_a_package_is_made_a_version_once(project: Path) -> None:
    assert versions.promote(project).startswith("people@v0.0.1 is now a version")
    assert versions.promote(project) == "people@v0.0.1 is this package already"
    run_to_the_end(project, "2")
    commit(project)
    assert versions.promote(project).startswith("people@v0.0.2 is now a version")
    assert git(project, "rev-list", "-n1", "people@v0.0.2") == git(project, "rev-parse", "HEAD")


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("params.yaml", json.dumps(SETTINGS | {"seed": 8}), "ingest is not up to date: params.yaml: seed was 7, is 8"),
        ("code/tree.py", "depth = 2\n", "ingest is not up to date: code changed"),
        ("suite.json", "[]", "register is not up to date: suite.json changed"),
    ],
)
def test_a_change_that_was_committed_without_a_run_is_refused(project: Path, name: str, text: str, reason: str) -> None:
    write(project, name, text)
    commit(project)
    assert refused(project) == f"{reason}; run `dvc repro`"


@pytest.mark.parametrize(
    ("name", "stage"), [("data/people.csv", "ingest"), ("code/tree.py", "ingest"), ("suite.json", "register")]
)
@pytest.mark.parametrize("ignored", [False, True])
def test_what_neither_git_nor_dvc_holds_is_refused(project: Path, name: str, stage: str, ignored: bool) -> None:
    git(project, "rm", "-q", "--cached", name)
    if ignored:
        write(project, ".gitignore", f"/artifacts\n__pycache__\n{name}\n")
        git(project, "add", ".gitignore")
    git(project, "commit", "-q", "-m", "forgets one")
    advice = "`git add` or `dvc add` it, and commit"
    assert refused(project) == f"{stage} read {name}, which neither Git nor DVC holds: {advice}"


def test_a_source_of_a_dvc_file_is_held(project: Path) -> None:
    git(project, "rm", "-q", "-r", "--cached", "data")
    write(project, ".gitignore", "/artifacts\n__pycache__\n/data\n")
    write(project, "data.dvc", "outs:\n- path: data\n")
    git(project, "add", ".gitignore")
    git(project, "commit", "-q", "-m", "the data moves to DVC")
    assert "which neither Git nor DVC holds" in refused(project), "the .dvc file itself must be in Git"
    commit(project)
    assert versions.promote(project).startswith("people@v0.0.1 is now a version")


def test_what_is_not_committed_is_refused(project: Path) -> None:
    write(project, "suite.json", "[]")
    assert refused(project).startswith("not committed: suite.json; a version is a commit")


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        ("dvc.yaml", "dvc.yaml is missing: run in a project's folder, where it stands"),
        ("dvc.lock", "dvc.lock is missing: no run has come to its end; run `dvc repro`"),
        ("artifacts", "artifacts/package is missing: no model is registered; run `dvc repro`"),
        (".git", "git rev-parse: fatal: not a git repository (or any of the parent directories): .git"),
    ],
)
def test_what_is_missing_is_said(project: Path, monkeypatch: pytest.MonkeyPatch, missing: str, sentence: str) -> None:
    (project / missing).rename(project.parent / f"{project.name}-{missing}")
    monkeypatch.chdir(project)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(project.parent))
    assert refused(Path()) == sentence


def test_a_lock_file_of_an_unfinished_merge_is_said(project: Path) -> None:
    write(project, "dvc.lock", "<<<<<<< HEAD\nschema: '2.0'\n=======\n")
    assert refused(project) == f"{project / 'dvc.lock'}: not YAML; `git diff` shows what was changed in it"


def test_promotions_at_once_neither_lose_nor_double_a_version(project: Path, tmp_path_factory: Any) -> None:
    """Two working trees of one repository, each with a package of its own, are promoted four times each."""
    other = tmp_path_factory.mktemp("other") / "tree"
    git(project, "worktree", "add", "-q", "-b", "other", str(other))
    for name in ("artifacts/table/part", "artifacts/trees/tree/model"):
        write(other, name, "1")
    run_to_the_end(other, "2")
    commit(other)
    call = "import sys; from pathlib import Path; from syllabus.registry import versions; print(versions.promote(Path(sys.argv[1])))"
    promotions = [
        subprocess.Popen([sys.executable, "-c", call, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for folder in (project, other) * 2
    ]
    said = sorted(promotion.communicate()[0].partition(" is ")[2].partition(";")[0].strip() for promotion in promotions)
    assert said == ["now a version"] * 2 + ["this package already"] * 2
    heads = {git(folder, "rev-parse", "HEAD") for folder in (project, other)}
    assert {git(project, "rev-list", "-n1", f"people@v0.0.{number}") for number in (1, 2)} == heads
