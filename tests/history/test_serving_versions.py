"""What is served by the name of a stage or a version: the next champion takes over, and what is gone does not."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from services import client

from syllabus.cli import main
from syllabus.errors import Unmet
from syllabus.history import champions
from syllabus.serving.http.following import opened
from syllabus.serving.http.options import Options


def wait(done: Callable[[], bool]) -> None:
    end = time.monotonic() + 120
    while not done():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_the_next_champion_takes_over_and_a_rollback_brings_the_last_one_back(past: Path, capfd: Any) -> None:
    main(["promote", "people", "--version", "v0.0.1", "--to", "champion"])
    with client("people#champion", watched=0.05) as asking:

        def version() -> str:
            found = asking.post("/v1/predict", json={"rows": [{"age": 60, "town": "town 1"}]})
            assert found.status_code == 200
            assert found.json()["model"] == "people"
            return str(found.json()["version"])

        assert version() == "v0.0.1"
        main(["promote", "people", "--version", "v0.0.2", "--to", "champion"])
        wait(lambda: version() == "v0.0.2")
        main(["rollback"])
        wait(lambda: version() == "v0.0.1")
    assert "v0.0.2 takes the place of v0.0.1" in capfd.readouterr().err


def test_a_champion_whose_data_are_gone_is_not_served_and_the_one_that_answers_goes_on(
    past: Path, capfd: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    main(["promote", "people", "--version", "v0.0.1", "--to", "champion"])
    with client("people#champion", watched=0.05) as asking:
        shutil.rmtree(past / ".dvc/cache")
        # `syllabus promote` would refuse it; a tag from elsewhere does not ask.
        monkeypatch.setattr(champions, "check", lambda *_: None)
        main(["promote", "people", "--version", "v0.0.2", "--to", "champion"])
        wait(lambda: "syllabus_swaps_failed_total 1.0" in asking.get("/metrics").text)
        found = asking.post("/v1/predict", json={"rows": [{"age": 60, "town": "town 1"}]})
        assert found.json()["version"] == "v0.0.1"
    assert "v0.0.1 goes on: artifacts/register/package" in capfd.readouterr().err
    with pytest.raises(Unmet, match="artifacts/register/package of"):
        opened(Options("people#champion"))


def test_a_version_is_served_by_its_name_and_what_is_none_is_one_sentence(past: Path) -> None:
    served = opened(Options("people@v0.0.2"))
    assert (served.name, served.version) == ("people", "v0.0.2")
    for name, said in {
        "people@v9": "people has no version v9; Valid: v0.0.1",
        "people#champion": "people has no champion",
        "peple#champion": "dvc.yaml declares no artifact peple; did you mean people",
    }.items():
        with pytest.raises(Unmet, match=said):
            opened(Options(name))


def test_the_champion_is_asked_and_watched_by_its_stage_wherever_it_stands(
    past: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["promote", "people", "--version", "v0.0.1", "--to", "champion"])
    shutil.rmtree(past / "artifacts/register")
    rows = pl.DataFrame({"age": [60, 20], "town": ["town 1", "town 2"]})
    rows.write_csv("rows.csv")
    main(["predict", "people#champion", "rows.csv", "answers.csv"])
    assert pl.read_csv("answers.csv")["predicted"].null_count() == 0
    for command in ("predict", "monitor"):
        with pytest.raises(SystemExit):
            main([command, "people@v9", "rows.csv", *(["other.csv"] if command == "predict" else [])])
        assert "people has no version v9" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["monitor", "people#champion", "rows.csv"])
    assert "reference.json" in capsys.readouterr().err, "this small one has none; it was opened"
