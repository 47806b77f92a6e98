"""`syllabus cost`: what the stages took, what predictions take, and the caps on both."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from projects import PARAMS, make
from serving.packed import TABLE, packed, people

from syllabus import cli, frames, metering
from syllabus.costs import PAGE, caps

STAGES = {"ingest": 1.0, "train@linear": 10.0, "train@tree": 20.0, "tune@linear": 30.0, "tune@tree": 40.0}


@pytest.fixture(scope="module")
def registered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packed(tmp_path_factory.mktemp("package"), people(400), TABLE)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose stages have run, the energy of one of which was measured."""
    folder = make(tmp_path / "project", rows=20)
    for stage, seconds in STAGES.items():
        record(folder, stage, seconds)
    monkeypatch.chdir(folder)
    return folder


def record(folder: Path, stage: str, seconds: float, joules: float | None = None) -> None:
    took = {"seconds": seconds, "cpu_seconds": 2 * seconds, "peak": 300 * 2**20, "joules": joules, "rows": 1234}
    frames.write_json(took | {"when": "2026-01-02T03:04:05+00:00"}, folder / metering.JOURNAL / f"{stage}.json")


def registers(project: Path, package: Path) -> None:
    (project / "artifacts" / "register").mkdir(parents=True)
    (project / caps.PACKAGE).symlink_to(package)
    (project / caps.PARTS).symlink_to(package.parent)


def declare(project: Path, cost: str) -> None:
    (project / "params.yaml").write_text(f"{PARAMS}cost: {cost}\n")


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = 0
    try:
        cli.main(["cost", *words])
    except SystemExit as end:
        status = int(end.code or 0)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def known(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    status, out, err = said(capsys, "--json", *words)
    assert (status, err) == (0, "")
    found: dict[str, Any] = json.loads(out)
    return found


def test_each_stage_and_their_total_are_a_line(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = said(capsys)
    assert status == 0
    lines = [line.split() for line in out.splitlines()]
    assert [line[0] for line in lines[1:6]] == list(STAGES)
    assert lines[2] == ["train@linear", "10.0", "20.0", "300", "~0.0667", "1,234", "2026-01-02", "03:04"]
    assert out.splitlines()[6].split()[:6] == ["train", "+", "tune", "100.0", "200.0", "300"]
    assert "no model is registered" in out


def test_an_estimate_follows_the_declared_watts_and_a_measurement_does_not(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record(project, "tune@tree", 40, joules=7200)
    declare(project, "{watts_per_core: 36}")
    found = {one["name"]: one for one in known(capsys)["stages"]}
    assert (found["ingest"]["watt_hours"], found["ingest"]["estimated"]) == (pytest.approx(0.02), True)
    assert (found["tune@tree"]["watt_hours"], found["tune@tree"]["estimated"]) == (2.0, False)
    total = known(capsys)["training"]
    assert (total["watt_hours"], total["estimated"]) == (pytest.approx(2 + 2 * 60 * 36 / 3600), True)


def test_a_candidate_that_no_longer_competes_is_left_out(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record(project, "train@lightgbm", 1000)
    found = known(capsys)
    assert found["training"]["seconds"] == 100
    assert "train@lightgbm" not in [one["name"] for one in found["stages"]]


def test_predictions_are_timed_one_by_one_and_at_once(
    project: Path, registered: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    registers(project, registered)
    found = known(capsys, "--per-kwh", "0.3")["predictions"]
    assert (found["one"]["rows"], found["at_once"]["rows"]) == (1, 1000)
    assert found["one"]["milliseconds"] > found["at_once"]["milliseconds"] > 0
    assert found["at_once"]["price"] == pytest.approx(found["at_once"]["watt_hours"] * 0.0003)
    assert found["peak"] > 50e6
    assert "1,000 at once: " in said(capsys)[1]


@pytest.mark.parametrize(
    ("cap", "told"),
    [
        ("{most_seconds: 99}", "cost.most_seconds: training took 100.0 s, and at most 99 s may be taken"),
        ("{most_energy: 0.5}", "cost.most_energy: training took 0.667 Wh (estimated), and at most 0.5 Wh may be taken"),
        ("{most_memory: 200MiB}", "cost.most_memory: ingest held 300 MiB, and at most 200 MiB may be held"),
        ("{most_per_thousand: 0.001}", "and at most 0.001 ms may be taken"),
    ],
)
def test_a_cap_that_is_exceeded_is_one_sentence(
    project: Path, registered: Path, capsys: pytest.CaptureFixture[str], cap: str, told: str
) -> None:
    registers(project, registered)
    declare(project, cap)
    status, out, err = said(capsys, "--check")
    assert (status, err.count("\n")) == (1, 1)
    assert err.startswith("syllabus cost: cost.most_")
    assert told in err
    assert "train@linear" in out


def test_caps_that_hold_are_named(project: Path, registered: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "No cap is declared" in said(capsys, "--check")[1]
    registers(project, registered)
    declare(project, "{most_seconds: 101, most_memory: 1GB, most_energy: 1, most_per_thousand: 1e6}")
    status, out, err = said(capsys, "--check")
    assert (status, err) == (0, "")
    assert out.endswith("Within its caps: most_seconds, most_memory, most_energy, most_per_thousand.\n")


def test_what_was_not_run_here_cannot_be_within_a_cap(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / metering.JOURNAL / "tune@tree.json").unlink()
    declare(project, "{most_seconds: 1000}")
    status, out, err = said(capsys, "--check")
    assert status == 1
    assert "what tune@tree took is not known here" in err
    assert "No run here: tune@tree." in out


@pytest.mark.parametrize("damage", [{"seconds": float("nan")}, {"peak": -1}, {"cpu_seconds": 1e300}, {"when": "today"}])
def test_a_damaged_record_is_within_no_cap(
    project: Path, capsys: pytest.CaptureFixture[str], damage: dict[str, Any]
) -> None:
    file = project / metering.JOURNAL / "train@tree.json"
    file.write_text(json.dumps(frames.read_json(file) | damage))
    declare(project, "{most_seconds: 1e9}")
    status, _, err = said(capsys, "--check")
    assert (status, err.partition(" took")[0]) == (1, "syllabus cost: what train@tree")


def test_no_answers_cannot_be_within_a_cap(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    declare(project, "{most_per_thousand: 1000}")
    status, _, err = said(capsys, "--check")
    assert (status, err.count("\n")) == (1, 1)
    assert "cost.most_per_thousand: artifacts/register/package is missing: no model is registered" in err


def test_a_damaged_package_is_told_and_hides_no_stage(
    project: Path, registered: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    registers(project, registered)
    (project / caps.PACKAGE).unlink()
    (project / caps.PACKAGE).mkdir()
    status, out, err = said(capsys)
    assert (status, err) == (0, "")
    assert "train@tree" in out
    assert "What predictions cost is not known: " in out
    assert "Traceback" not in out


@pytest.mark.parametrize("price", ["-1", "nan", "inf"])
def test_a_price_is_a_number_from_nought(project: Path, capsys: pytest.CaptureFixture[str], price: str) -> None:
    status, out, err = said(capsys, f"--per-kwh={price}")
    assert (status, out) == (1, "")
    assert err == f"syllabus cost: --per-kwh: is a price, from 0, received {price}\n"


def test_nothing_has_run(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for file in (project / metering.JOURNAL).iterdir():
        file.unlink()
    assert said(capsys)[1].startswith("No stage has run here: `dvc repro`.")


def test_a_cap_that_is_exceeded_forbids_a_version(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    declare(project, "{most_seconds: 99}")
    with pytest.raises(SystemExit):
        cli.main(["promote"])
    assert "cost.most_seconds: training took 100.0 s" in capsys.readouterr().err


@pytest.mark.parametrize("cost", ["{most_seconds: 0}", "{most_memory: lots}", "{most_gold: 3}"])
def test_a_cap_that_is_none_is_refused_with_its_line(
    project: Path, capsys: pytest.CaptureFixture[str], cost: str
) -> None:
    declare(project, cost)
    status, _, err = said(capsys)
    assert status == 1
    assert f"params.yaml:{len(PARAMS.splitlines()) + 1}: cost.most_" in err


def test_the_page_tells_training_beside_predictions_and_runs_nothing(
    project: Path, registered: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    registers(project, registered)
    declare(project, "{most_seconds: 99}")
    record(project, "train@linear", 1234.5)
    status, _, err = said(capsys, "--page", "cost.html", "--per-kwh", "0.3")
    assert (status, err) == (0, "")
    page = (project / "cost.html").read_text()
    assert "training took 1,324.5 s, and at most 99 s may be taken" in page
    assert "1,000 predictions, one by one" in page
    assert "1,000 predictions, 1,000 at once" in page
    assert all(f">{stage}<" in page for stage in [*STAGES, "train + tune"])
    assert "default-src 'none'" in page
    assert "<script" not in page


def test_a_page_of_a_project_that_never_ran_says_so(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for file in (project / metering.JOURNAL).iterdir():
        file.unlink()
    assert said(capsys, "--page", "cost.html")[0] == 0
    assert "No stage has run here" in (project / "cost.html").read_text()


def test_a_page_is_named_as_one(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = said(capsys, "--page", "params.yaml")
    assert (status, err) == (1, "syllabus cost: --page params.yaml: is a page, so its name ends in .html\n")
    assert (project / "params.yaml").read_text() == PARAMS


def test_the_page_is_told_of_until_a_stage_has_run_again(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frames.write_json({"winner": "tree (tuned)", "test": {}}, project / "artifacts/evaluate/metrics.json")

    def told() -> bool:
        cli.main(["where"])
        return f"Cost: {project / PAGE}" in capsys.readouterr().out.splitlines()

    assert not told()
    assert said(capsys, "--page")[0] == 0
    assert told()
    os.utime(project / PAGE, (0, 0))
    assert not told()
