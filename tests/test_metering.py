"""What a stage took is measured where it can be, and kept only for the stage that DVC started."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from projects import make, run

from syllabus import metering


@pytest.fixture
def powercap(tmp_path: Path) -> Path:
    """Two processors, one with a part of its own."""
    for zone, drawn in (("intel-rapl:0", 900), ("intel-rapl:1", 50), ("intel-rapl:0:0", 10)):
        (tmp_path / "powercap" / zone).mkdir(parents=True)
        turn(tmp_path / "powercap", zone, drawn)
        (tmp_path / "powercap" / zone / "max_energy_range_uj").write_text("999\n")
    return tmp_path / "powercap"


def turn(powercap: Path, zone: str, microjoules: int) -> None:
    (powercap / zone / "energy_uj").write_text(f"{microjoules}\n")


def test_energy_is_that_of_all_processors_though_a_counter_starts_over(powercap: Path) -> None:
    counters = metering.Counters(powercap)
    turn(powercap, "intel-rapl:0", 100)  # by 200, past 999
    turn(powercap, "intel-rapl:1", 80)
    turn(powercap, "intel-rapl:0:0", 500)  # part of the first
    assert counters.joules() == pytest.approx(230e-6)
    turn(powercap, "intel-rapl:1", 90)
    assert counters.joules() == pytest.approx(240e-6)


def test_energy_is_unknown_without_counters_and_once_one_is_gone(powercap: Path, tmp_path: Path) -> None:
    assert metering.Counters(tmp_path / "none").joules() is None
    counters = metering.Counters(powercap)
    (powercap / "intel-rapl:1" / "energy_uj").unlink()
    assert counters.joules() is None


def test_the_peak_grows_with_what_is_held() -> None:
    before = metering.peak()
    held = np.ones(before // 4, dtype=np.float64)  # twice as many bytes
    assert metering.peak() > held.nbytes
    assert metering.Meter().read()["peak"] >= metering.peak() > before


def test_a_stage_of_dvc_keeps_what_it_took_and_one_by_hand_nothing(tmp_path: Path) -> None:
    folder = make(tmp_path / "project", rows=80)
    words = ("python", "-m", "stages.ingest", "artifacts/ingest")
    assert run(folder, *words).returncode == 0
    assert dict(metering.last(folder)) == {}
    assert run(folder, *words, DVC_STAGE="dvc.yaml:ingest").returncode == 0
    found = dict(metering.last(folder))["ingest"]
    assert found["rows"] == 80
    assert found["cpu_seconds"] > 0.1
    assert found["seconds"] > 0.1
    assert 50e6 < found["peak"] < 4e9


def test_a_stage_that_fails_leaves_the_record_of_its_last_run(tmp_path: Path) -> None:
    folder = make(tmp_path / "project", rows=80)
    record = folder / metering.JOURNAL / "ingest.json"
    record.parent.mkdir(parents=True)
    record.write_text("{}")
    (folder / "data" / "people.csv").unlink()
    assert run(folder, "python", "-m", "stages.ingest", "artifacts/ingest", DVC_STAGE="ingest").returncode == 1
    assert record.read_text() == "{}"


def test_a_record_that_cannot_be_kept_fails_no_stage(tmp_path: Path) -> None:
    folder = make(tmp_path / "project", rows=80)
    (folder / metering.JOURNAL).parent.mkdir()
    (folder / metering.JOURNAL).write_text("no folder")
    done = run(folder, "python", "-m", "stages.ingest", "artifacts/ingest", DVC_STAGE="ingest")
    assert done.returncode == 0
    assert "cost: not kept in .syllabus/cost/ingest.json" in done.stderr


def test_a_damaged_record_is_left_out(tmp_path: Path) -> None:
    folder = tmp_path / metering.JOURNAL
    folder.mkdir(parents=True)
    (folder / "ingest.json").write_text("{")
    (folder / "split.json").write_text("[]")
    (folder / "train@tree.json").write_text(json.dumps({"rows": 3}))
    assert dict(metering.last(tmp_path)) == {"train@tree": {"rows": 3}}
