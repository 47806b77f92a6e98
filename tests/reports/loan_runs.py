"""A small run on made-up loans, by the stages themselves, and the page that is written of it."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from html_page import Page

from syllabus import params, registry, reports
from syllabus.registry.gates import Decision
from syllabus.settings import Settings

EVIL = '<script>document.title="run"</script>'
PARAMS = """\
seed: 3
about:
  purpose: Tell who pays back a loan.
  data: Made up for a test.
  until: "2024"
  limits: Lend nobody money by it.
data:
  modality: tables
  source: loans.csv
  target: paid
  positive: "yes"
  cleaning:
    missing: ["", "n/a"]
    relabel: {city: {Pariss: Paris}}
validation: {suite: suite.json}
split: {parts: {train: 0.6, validation: 0.2, test: 0.2}}
candidates: [tree, linear]
architectures: {tree: {max_depth: 3}, linear: {}}
tuning: {trials: 5}
examination:
  metric: METRIC
  threshold: 0.5
  sensitive: ['group EVIL']
  slices: [city, income]
  smallest_group: 12
gates:
  at_least: {roc_auc: 0.6}
  at_most: {log_loss: 0.0001}
  fairness: {measure: equal_opportunity_difference, at_most: 0.9}
  better_than_baseline_by: 0.0
  fit: [good, underfit, overfit, shifted]
"""


@dataclass(frozen=True)
class Made:
    """A run that stands on disk, and what the gates said of it."""

    run: registry.Run
    decision: Decision
    settings: Settings
    folder: Path

    def changed(self, **reports: Callable[[Any], None]) -> Made:
        """Return the run with its reports edited, and judged anew."""
        edited = {name: copy.deepcopy(getattr(self.run, name)) for name in reports}
        for name, edit in reports.items():
            edit(edited[name])
        run = replace(self.run, **edited)
        return replace(self, run=run, decision=registry.judge(run, self.settings))

    def write(self, page: Path) -> Page:
        reports.write(self.run, self.decision, self.settings, page)
        return Page(page.read_text(encoding="utf-8"))


def make(folder: Path, text: str, csv: str) -> Made:
    """Run all stages but validate, which takes seconds to import, and give its report by hand."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        Path("params.yaml").write_text(text)
        Path("suite.json").write_text("{}")
        settings = params.read(Path("params.yaml"))
        Path(settings.data.source).write_text(csv)
        _stages(settings)
    run = registry.read(*(folder / name for name in ("ingest", "validate", "split", "train", "tune", "evaluate")))
    return Made(run, registry.judge(run, settings), settings, folder)


def _stages(settings: Settings) -> None:
    from stages.evaluate import evaluate
    from stages.ingest import ingest
    from stages.split import split
    from stages.train import train
    from stages.tune import tune
    from syllabus import frames

    # As `stages.run` does for a stage.
    for stage in (
        "ingest",
        "split",
        "evaluate",
        *(f"{kind}/{name}" for kind in ("train", "tune") for name in settings.candidates),
    ):
        Path(stage).mkdir(parents=True)
    ingest(settings, Path("ingest"))
    frames.write_json(validated(), Path("validate/report.json"))
    frames.sink(frames.scan(Path("ingest/table.parquet")).head(3), Path("validate/quarantine.parquet"))
    split(settings, Path("ingest"), Path("validate"), Path("split"))
    for name in settings.candidates:
        train(settings, name, Path("split"), Path("checkpoints"), Path("train") / name)
        tune(settings, name, Path("split"), Path("train") / name, Path("studies"), Path("tune") / name)
    evaluate(settings, Path("split"), Path("train"), Path("tune"), Path("evaluate"))


def loans() -> str:
    """Return 700 loans as CSV: stray spaces, markers for missing, a misspelt city, duplicates, hostile names."""
    chance = random.Random(5)
    lines = [f'id,income,city,"group {EVIL.replace(chr(34), chr(34) * 2)}",paid']
    for number in range(700):
        income = chance.gauss(3000, 900)
        city = chance.choice(["Paris", " Lyon", "Pariss", "n/a", "Nice", EVIL.replace('"', "'")])
        group = chance.choice(["a", "a", "a", "b", "b", "<b>c</b>"])
        paid = "yes" if income + chance.gauss(0, 700) + (300 if group == "a" else 0) > 3000 else "no"
        lines.append(f"{number},{income:.0f},{city},{group},{paid}")
    return "\n".join([*lines, *lines[1:4]]) + "\n"


def validated() -> dict[str, Any]:
    """Return what validate reports of one expectation that holds, one that bends and one that fails."""

    def check(sentence: str, severity: str, success: bool, unexpected: int | None, observed: str) -> dict[str, Any]:
        return {
            "type": "expect_something",
            "columns": ["city"],
            "severity": severity,
            "success": success,
            "sentence": sentence,
            "note": f"why {sentence}",
            "observed": observed,
            "unexpected": unexpected,
            "percent": None,
            "table": [],
            "values": [{"city": f" {EVIL}", "rows": 4321}, {"city": None, "rows": 17}] if unexpected else [],
            "examples": [],
        }

    return {
        "name": "loans.csv",
        "suite": "suite of loans",
        "success": True,
        "rows": 700,
        "quarantined": 3,
        "failed": {"critical": [], "warning": ["expect_something(city)"], "info": []},
        "checks": [
            check("paid must be there", "critical", True, 0, "all 700 hold"),
            check("city must be a city", "warning", False, 4338, "4,338 of 700 fail"),
            check("income must be earned", "info", True, 2, "2 of 700 fail"),
        ],
    }
