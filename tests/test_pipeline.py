"""The promises of `dvc repro`: seven cached stages, nothing run in vain, nothing stale, the same result again."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from projects import commit, make, run, variables
from ruamel.yaml import YAML

pytestmark = pytest.mark.slow
STAGES = [
    "ingest",
    "validate",
    "split",
    "train@linear",
    "train@tree",
    "tune@linear",
    "tune@tree",
    "evaluate",
    "register",
]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project that has run to its end, and is committed."""
    folder = make(tmp_path_factory.mktemp("finished") / "project")
    commit(folder)
    done = run(folder, "dvc", "repro")
    assert done.returncode == 0, done.stdout + done.stderr
    commit(folder, "run")
    return folder


@pytest.fixture
def project(finished: Path, tmp_path: Path) -> Path:
    """Return a copy of it, cache included, to be changed."""
    return shutil.copytree(finished, tmp_path / "project", symlinks=True)


def repro(folder: Path, *words: str, fails: bool = False) -> set[str]:
    """Run `dvc repro` and return the stages that ran."""
    done = run(folder, "dvc", "repro", *words)
    assert (done.returncode != 0) == fails, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return {line.split("'")[1] for line in done.stdout.splitlines() if line.startswith("Running stage")}


def lock(folder: Path) -> dict[str, Any]:
    stages: dict[str, Any] = YAML(typ="safe").load((folder / "dvc.lock").read_text())["stages"]
    return stages


def edit(file: Path, was: str, now: str) -> None:
    text = file.read_text()
    assert was in text
    file.write_text(text.replace(was, now, 1))


def test_a_clean_run_runs_every_stage_and_registers_a_model(finished: Path) -> None:
    assert set(lock(finished)) == set(STAGES)
    assert json.loads((finished / "artifacts/register/decision.json").read_text())["registered"]
    assert {file.name for file in (finished / "artifacts/register/package").iterdir()} - {"model.small.onnx"} == {
        "model", "signature.json", "card.md", "lineage.json", "decision.json", "SHA256SUMS", "threshold.json",
        "model.onnx", "onnx.json", "data.json", "novelty.json", "example.json", "reference.json",
    }  # fmt: skip


def test_a_second_run_does_nothing(project: Path) -> None:
    assert repro(project) == set()


def test_a_second_clean_run_gives_the_same_bytes(finished: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    assert run(tmp_path, "git", "clone", "-q", str(finished), str(clone)).returncode == 0
    assert repro(clone) == set(STAGES)
    assert run(clone, "git", "status", "--porcelain").stdout == "", "dvc.lock differs"


def test_a_changed_gate_runs_register_alone(project: Path) -> None:
    edit(project / "params.yaml", "roc_auc: 0.6", "roc_auc: 0.61")
    assert repro(project) == {"register"}
    assert "params.yaml: gates.at_least.roc_auc was 0.6, is 0.61" in run(project, "syllabus", "why", "register").stdout


def test_an_edited_architecture_runs_its_candidate_and_what_follows(project: Path) -> None:
    with (project / "syllabus/architectures/tree.py").open("a") as file:
        file.write("# a word\n")
    assert repro(project) == {"train@tree", "tune@tree", "evaluate", "register"}
    assert "syllabus/architectures/tree.py changed" in run(project, "syllabus", "why", "train@tree").stdout


def test_an_architecture_that_does_not_compete_runs_nothing(project: Path) -> None:
    edit(project / "params.yaml", "candidates: [linear, tree]", "candidates: [linear]")
    repro(project)
    with (project / "syllabus/architectures/tree.py").open("a") as file:
        file.write("# a word\n")
    assert repro(project) == set()


def test_what_doubts_labels_is_no_candidate_and_still_a_dependency(project: Path) -> None:
    with (project / "syllabus/architectures/lightgbm.py").open("a") as file:
        file.write("# a word\n")
    assert repro(project) == {"evaluate", "register"}


def test_a_dropped_candidate_vanishes_and_a_fresh_clone_has_the_same_hashes(project: Path, tmp_path: Path) -> None:
    edit(project / "params.yaml", "candidates: [linear, tree]", "candidates: [linear]")
    assert repro(project) == {"evaluate", "register"}
    report = (project / "artifacts/evaluate/report.json").read_text()
    assert "tree" not in json.dumps(json.loads(report)["candidates"])
    commit(project, "drop the tree")
    clone = tmp_path / "clone"
    assert run(tmp_path, "git", "clone", "-q", str(project), str(clone)).returncode == 0
    repro(clone)
    for stage in ("evaluate", "register"):
        assert lock(clone)[stage] == lock(project)[stage]
    # Back and forth: DVC's memory of earlier runs does not bring the dropped candidate back.
    edit(project / "params.yaml", "candidates: [linear]", "candidates: [linear, tree]")
    repro(project)
    edit(project / "params.yaml", "candidates: [linear, tree]", "candidates: [linear]")
    repro(project)
    assert lock(clone)["evaluate"] == lock(project)["evaluate"]
    assert repro(project) == set()


def test_going_back_to_earlier_parameters_computes_nothing(project: Path) -> None:
    edit(project / "params.yaml", "max_depth: 4", "max_depth: 3")
    assert "train@tree" in repro(project)
    edit(project / "params.yaml", "max_depth: 3", "max_depth: 4")
    assert repro(project) == set()


def test_a_model_that_misses_a_gate_is_not_registered_and_the_report_remains(project: Path) -> None:
    edit(project / "params.yaml", "roc_auc: 0.6", "roc_auc: 0.999")
    done = run(project, "dvc", "repro")
    assert done.returncode != 0
    assert "register: not registered, 1 of " in done.stderr
    assert "and must be at least 0.999, missed by 0." in done.stderr
    assert "Traceback" not in done.stderr
    assert (project / "artifacts/register/report.html").is_file()
    assert not (project / "artifacts/register/package").exists()
    edit(project / "params.yaml", "roc_auc: 0.999", "roc_auc: 0.6")
    assert repro(project) == set()
    assert (project / "artifacts/register/package").is_dir()


def test_a_critical_expectation_stops_the_run_and_leaves_its_pages(project: Path) -> None:
    suite = project / "expectations/people.json"
    edit(suite, '"max_value": 120', '"max_value": 40')
    edit(suite, '"severity": "warning"', '"severity": "critical"')
    before = {name: entry for name, entry in lock(project).items() if name != "validate"}
    done = run(project, "dvc", "repro")
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert "validate: 1 of 2 expectations failed that are critical: " in done.stderr
    assert "artifacts/validate/docs/index.html" in done.stderr
    assert (project / "artifacts/validate/docs/index.html").is_file()
    assert {name: entry for name, entry in lock(project).items() if name != "validate"} == before
    assert (project / "artifacts/evaluate/metrics.json").is_file()


def test_a_killed_stage_leaves_nothing_that_looks_whole(project: Path, finished: Path) -> None:
    edit(project / "params.yaml", "trials: 3", "trials: 400")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": variables(project)}
    process = subprocess.Popen([sys.executable, "-m", "dvc", "repro"], cwd=project, start_new_session=True, **quiet)
    deadline = time.monotonic() + 120
    while not list(project.glob("artifacts/tune/.*.partial")) and time.monotonic() < deadline:
        time.sleep(0.2)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    edit(project / "params.yaml", "trials: 400", "trials: 3")
    repro(project)
    assert lock(project) == lock(finished)
    assert not list(project.glob("artifacts/tune/.*.partial")) or repro(project) == set()


def test_dvcs_own_commands_work(project: Path) -> None:
    assert "roc_auc" in run(project, "dvc", "metrics", "show", "--md").stdout
    assert "evaluate" in run(project, "dvc", "dag").stdout
    edit(project / "params.yaml", "max_depth: 4", "max_depth: 5")
    assert "architectures.tree.max_depth" in run(project, "dvc", "params", "diff").stdout
    edit(project / "params.yaml", "max_depth: 5", "max_depth: 4")
    shown = run(project, "dvc", "plots", "show")
    assert shown.returncode == 0, shown.stderr
    page = (project / "dvc_plots/index.html").read_text()
    assert "false_positive_rate" in page
    tried = run(project, "dvc", "exp", "run", "-S", "architectures.tree.max_depth=2")
    assert tried.returncode == 0, tried.stdout + tried.stderr


def test_a_locked_repository_is_said_and_nothing_is_lost(project: Path) -> None:
    hold = "import sys, zc.lockfile; lock = zc.lockfile.LockFile(sys.argv[1]); print('held', flush=True); input()"
    words = [sys.executable, "-c", hold, str(project / ".dvc/tmp/lock")]
    holder = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    before = lock(project)
    refused = run(project, "dvc", "repro", "--force")
    holder.communicate("\n")
    assert refused.returncode != 0
    assert "Unable to acquire lock" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert lock(project) == before
    assert repro(project) == set()


def test_without_a_git_repository_the_refusal_is_one_sentence(tmp_path: Path) -> None:
    folder = make(tmp_path / "project", rows=50)
    refused = run(folder, "dvc", "repro")
    assert refused.returncode != 0
    assert "not inside of a DVC repository" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert "There is no Git repository here: run `git init` first." in run(folder, "syllabus", "check").stderr


def test_the_flow_commits_the_lock_file_and_makes_a_version(project: Path) -> None:
    identity = {f"GIT_{who}_{what}": "t@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    edit(project / "params.yaml", "roc_auc: 0.6", "roc_auc: 0.62")
    run(project, "git", "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-qam", "a higher gate")
    code = Path(__file__).resolve().parents[1]
    shutil.copytree(code / "flows", project / "flows", ignore=shutil.ignore_patterns("__pycache__"))
    done = run(project, sys.executable, "-m", "flows.pipeline", "--promote", PREFECT_API_URL="", **identity)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "adult-income@v0.0.1 is now a version" in done.stdout
    assert run(project, "git", "status", "--porcelain", "--untracked-files=no").stdout == ""
    assert run(project, "git", "rev-list", "-n1", "adult-income@v0.0.1").stdout == run(project, "git", "rev-parse", "HEAD").stdout  # fmt: skip


def test_promote_makes_a_version_once(project: Path) -> None:
    first = run(project, "syllabus", "promote")
    assert first.stdout.startswith("adult-income@v0.0.1 is now a version"), first.stderr
    assert run(project, "git", "tag").stdout.strip() == "adult-income@v0.0.1"
    assert run(project, "syllabus", "promote").stdout == "adult-income@v0.0.1 is this package already\n"
    edit(project / "params.yaml", "seed: 3", "seed: 4")
    refused = run(project, "syllabus", "promote")
    assert refused.returncode == 1
    assert refused.stderr == "syllabus promote: not committed: params.yaml; a version is a commit, so `git add` and `git commit` first\n"  # fmt: skip


HOOK = """\
import os, sys
log = os.open(os.environ["OPENED"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
def hear(event, arguments):
    stage = os.environ.get("DVC_STAGE")
    if stage and event == "open" and isinstance(arguments[0], str) and "w" not in (arguments[1] or "r"):
        path = os.path.abspath(arguments[0])
        if os.path.isfile(path):  # removing a tree opens its folders, by names relative to others
            os.write(log, f"{stage}\\t{path}\\n".encode())
sys.addaudithook(hear)
"""


def test_every_file_of_the_project_that_a_stage_opens_is_a_dependency(project: Path, tmp_path: Path) -> None:
    """What DuckDB and polars open by themselves is not heard; Python opens the rest."""
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(HOOK)
    log = tmp_path / "opened"
    done = run(project, "dvc", "repro", "--force", PYTHONPATH=f"{project}:{tmp_path / 'hook'}", OPENED=str(log))
    assert done.returncode == 0, done.stderr
    opened: dict[str, set[str]] = {}
    for line in log.read_text().splitlines():
        stage, path = line.split("\t")
        if path.startswith(f"{project}/"):
            opened.setdefault(stage, set()).add(path.removeprefix(f"{project}/"))
    assert sorted(opened) == sorted(STAGES)
    # The settings, whose keys DVC follows one by one; what notes why a stage runs; code, which another test follows.
    free = ("params.yaml", "dvc.yaml", "dvc.lock", ".dvc", ".git", ".syllabus")
    for name, recorded in lock(project).items():
        known = [entry["path"] for entry in (*recorded["deps"], *recorded["outs"])]
        unknown = {
            path
            for path in opened[name]
            if not any(path == one or path.startswith(f"{one}/") for one in (*known, *free))
            and not path.endswith((".py", ".pyc"))
            and ".partial" not in path
        }
        assert unknown == set(), name


def test_an_unpacked_archive_without_git_is_told_what_it_lacks(project: Path) -> None:
    shutil.rmtree(project / ".git")
    done = run(project, "syllabus", "check", "--quiet")
    assert done.returncode == 1
    assert done.stderr == "syllabus check: There is no Git repository here: run `git init` first.\n"
