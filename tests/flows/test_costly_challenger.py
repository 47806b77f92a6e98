"""A challenger that costs more than is declared does not take the champion's place, however good it is."""

from __future__ import annotations

import re
from pathlib import Path

from syllabus import frames, metering
from tests.flows import next_models
from tests.flows.test_retraining import retrain, state
from tests.history.past_runs import git


def test_a_better_model_that_costs_too_much_is_kept_back_until_the_cap_is_raised(own: Path, library: Path) -> None:
    for stage in ("train@tree", "tune@tree"):
        took = {"seconds": 5.0, "cpu_seconds": 5.0, "peak": 10**8, "joules": None, "rows": 9, "when": "2026-01-02"}
        frames.write_json(took, own / metering.JOURNAL / f"{stage}.json")
    declare(own, "cost: {most_seconds: 9}\n")
    next_models.give(own, library, "better")
    before = state(own)

    ended = retrain(own)

    said = "cost.most_seconds: training took 10.0 s, and at most 9 s may be taken"
    assert (ended.outcome, ended.sentence) == ("kept", f"people@v0.0.1 stays the champion: {said}")
    assert state(own) == before
    declare(own, "cost: {most_seconds: 11}\n")
    assert retrain(own).outcome == "promoted"


def declare(folder: Path, cost: str) -> None:
    """Declare caps, and commit that alone."""
    params = folder / "params.yaml"
    params.write_text(re.sub("^cost: .*\n", "", params.read_text(), flags=re.MULTILINE) + cost)
    git(folder, "commit", "-qm", "caps", "params.yaml")
