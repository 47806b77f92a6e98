"""Everything that a run's JSON says stands on its page, for a person to read."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pytest
from html_page import Page
from loan_runs import EVIL, Made

from syllabus.reports import wording
from syllabus.reports.wording import count, named, number, parameter, signed


def percent(share: float | None) -> str:
    return wording.percent(share).replace("\xa0", " ")


def test_the_verdict_stands_at_the_top_with_what_to_do_next(made: Made, page: Page) -> None:
    top = page.section("summary")
    assert not made.decision.passed
    assert "Not registered" in top
    assert made.run.evaluated["winner"]["name"] in top
    assert f"missed {len(made.decision.failed)} of {len(made.decision.gates)} gates" in top
    for gate in made.decision.failed:
        assert (str(gate.value) if isinstance(gate.value, int) else number(gate.value)) in top
        assert gate.advice[1:] in top
    ours = made.run.evaluated["test"]["metrics"]["roc_auc"]
    assert f"{number(ours['value'])} {number(ours['low'])} to {number(ours['high'])}" in top
    assert f"baseline {number(made.run.evaluated['baseline']['roc_auc'])}" in top


def test_every_gate_with_its_value_threshold_and_advice(made: Made, page: Page) -> None:
    said = page.section("decision")
    for gate in made.decision.gates:
        assert named(gate.name) in said
        assert number(gate.value).replace(".0000", "") in said
        assert gate.asks in said
        assert gate.advice[1:] in said


def test_what_was_learned_from(made: Made, page: Page) -> None:
    said, ingested = page.section("data"), made.run.ingested
    for text in (made.settings.about.data, made.settings.about.until, made.settings.about.limits):
        assert text in said
    assert f"{count(ingested['source']['rows'])} in the file" in said
    assert f"{count(ingested['rows'])} after cleaning −3" in said
    for column, missing in ingested["missing"].items():
        assert column in said
        assert not missing or f"{count(missing)} {percent(missing / ingested['rows'])}" in said
    assert "Every row" not in said
    assert "No row of test stands in train as well" in said


def test_every_change_of_the_cleaning_with_what_it_was_before(made: Made, page: Page) -> None:
    said = page.section("data")
    changes = made.run.ingested["changes"]
    assert {change["rule"] for change in changes} == {"strip", "missing", "relabel", "duplicates"}
    for change in changes:
        assert count(change["rows"]) in said
        assert all(f"row {count(example['row'])}" in said for example in change["examples"])
    assert "Pariss → Paris" in said
    assert "n/a → missing" in said
    assert "␣Lyon → Lyon" in said, "white space that a page would hide is made visible"


def test_how_classes_and_groups_stand_in_each_part(made: Made, page: Page) -> None:
    said = page.section("data")
    for values in made.run.split["representation"].values():
        for value, parts in values.items():
            shares = " ".join(
                f"{percent(parts[part]['share'])} {count(parts[part]['rows'])}"
                for part in ("train", "validation", "test")
            )
            assert f"{' '.join(value.split())} {shares}" in said


def test_every_expectation_and_what_failed(made: Made, page: Page) -> None:
    said = page.section("quality")
    for check in made.run.validated["checks"]:
        assert check["sentence"] in said
        assert check["observed"] in said
    assert "1 expectation failed that is not critical" in said
    assert "3 rows went into quarantine" in said
    assert "why city must be a city" in said
    assert "4,321" in said
    assert {"href": "../validate/docs/index.html"} in page.all("a")


def test_every_candidate_with_its_intervals_and_all_metrics(made: Made, page: Page) -> None:
    said = page.section("candidates")
    for entry in made.run.evaluated["candidates"]:
        assert f"{entry['candidate']} {entry['variant']}" in said
        for part in ("validation", "test"):
            for one in entry[part].values():
                assert number(one["value"]) in said
                assert one["low"] is None or f"{number(one['low'])} to {number(one['high'])}" in said
    assert said.count("winner") == 1 + 1, "in the prose and on the winner's row"


def test_every_curve_with_its_best_iteration(made: Made, page: Page) -> None:
    said = page.section("curves")
    for entry in made.run.evaluated["candidates"]:
        assert entry["name"] in said
        folder = "tune" if entry["variant"] == "tuned" else "train"
        with (made.folder / folder / entry["candidate"] / "curve.csv").open() as file:
            points = [(int(point["iteration"]), float(point["validation"])) for point in csv.DictReader(file)]
        iteration, loss = min(points, key=lambda point: (point[1], point[0]))
        assert f"{number(loss)} at iteration {iteration} of {points[-1][0]}" in said


def test_every_trial_with_its_parameters(made: Made, page: Page) -> None:
    said = page.section("search")
    for name in ("tree", "linear"):
        with (made.folder / "tune" / name / "trials.csv").open() as file:
            for trial in csv.DictReader(file):
                assert trial["state"] != "complete" or number(float(trial["score"])) in said
                for value in list(trial.values())[3:]:
                    shown = parameter(float(value)) if value[:1].isdigit() else value
                    assert shown in said


def test_the_examination_with_its_intervals(made: Made, page: Page) -> None:
    said, test = page.section("examination"), made.run.evaluated["test"]
    for name, one in test["metrics"].items():
        shown = f"{number(one['value'])} {number(one['low'])} to {number(one['high'])}"
        assert f"{shown} {number(made.run.evaluated['baseline'][name])}" in said
    for row in test["confusion"]:
        for cell in row:
            assert f"{count(cell)} {percent(cell / sum(row))}" in said
    for bin in test["calibration"]["bins"]:
        shown = f"{percent(bin['observed'])} {percent(bin['low'])} to {percent(bin['high'])}"
        assert f"{percent(bin['predicted'])} {shown} {count(bin['n'])}" in said


def test_every_slice_the_worst_first_and_the_small_ones_grey(made: Made, page: Page) -> None:
    said = page.section("slices")
    for one in made.run.evaluated["test"]["slices"]:
        assert f"{one['column']} {one['value']} {count(one['n'])} {percent(one['share'])}" in said
        assert signed(one["gap"]) in said
        assert one["verdict"] in said
    grey = page.html.split('<section id="slices"')[1].split("</section>")[0].count('class="grey"')
    small = [one for one in made.run.evaluated["test"]["slices"] if one["low"] is None]
    assert grey == 2 * len(small), "in the table of gaps and in that of metrics"


def test_every_group_and_every_gap(made: Made, page: Page) -> None:
    said = page.section("fairness")
    for attribute in made.run.evaluated["test"]["fairness"]:
        assert attribute["name"] in said
        for group in attribute["groups"]:
            assert (
                f"{group['group']} {count(group['n'])} {percent(group['share'])} {percent(group['base_rate'])}" in said
            )
            for rate in ("selection_rate", "true_positive_rate", "false_positive_rate", "accuracy"):
                assert f"{percent(group[rate]['value'])} of {count(group[rate]['behind'])}" in said
        for gaps in (attribute["gaps"], attribute["gaps_large"]):
            for gap in gaps.values():
                assert number(gap["value"]) in said
                assert not gap["reason"] or gap["reason"] in said


def test_the_verdict_on_the_fit_with_every_sign(made: Made, page: Page) -> None:
    said, fit = page.section("fit"), made.run.evaluated["fit"]
    assert fit["verdict"] in said
    assert fit["why"] in said
    for advice in fit["advice"]:
        assert advice[1:] in said
    for sign in fit["signs"]:
        assert sign["says"] in said
    for part, gain in fit["parts"].items():
        assert f"{number(gain['fall'])} ± {number(1.96 * gain['error'])}" in said, part


def test_what_may_be_known_only_afterwards_with_the_line_that_leaves_it_out(made: Made, tmp_path: Path) -> None:
    plain = made.write(tmp_path / "plain.html")
    assert "Known only afterwards" not in plain.section("review")
    mark = {"column": EVIL, "explains": None, "class": "<no>", "within": 0.998, "of": 0.9, "gap": False}
    found = [{"column": 'paid "on"', "explains": 0.9876}, mark, mark | {"column": "fee", "gap": True}]

    def leaking(evaluated: dict[str, Any]) -> None:
        evaluated["leaks"] = found
        for sign in evaluated["fit"]["signs"]:
            sign["seen"] |= sign["speaks_for"] == "leak"

    page = made.changed(evaluated=leaking).write(tmp_path / "leaks.html")
    said = page.section("review")
    assert "Alone it explains 98.8 % of paid" in said.replace("\xa0", " ")
    assert 'paid \\"on\\"": ignore' in said
    assert "Other than nothing in 90.0 % of the rows of <no>, and where it is, 99.8 % of" in said.replace("\xa0", " ")
    assert "Filled in in" in said
    assert "leaks: false under examination" in said
    assert EVIL in said
    assert "too good?" in page.html
    before, after = (int("0" + "".join(re.findall(r"(\d+) to look at", one.html))) for one in (plain, page))
    assert after == before + 1


def test_what_it_takes_to_make_it_again(made: Made, page: Page) -> None:
    said = page.section("remake")
    assert f"seed {made.settings.seed}" in said
    assert made.run.ingested["source"]["sha256"] in said
    assert "dvc repro" in said
    for name, value in made.run.evaluated["winner"]["params"].items():
        assert name in said
        assert parameter(value) in said
    for digest in made.run.code.values():
        assert digest in said


def test_a_hostile_name_is_read_as_it_is_spelled(page: Page) -> None:
    for section in ("summary", "data", "quality", "slices", "fairness"):
        assert EVIL.replace('"', "'") in page.section(section) or EVIL in page.section(section)


def test_the_same_run_gives_the_same_bytes_wherever_it_stands(made: Made, page: Page, tmp_path: Path) -> None:
    import shutil
    from dataclasses import replace

    from syllabus import registry

    moved = tmp_path / "elsewhere"
    shutil.copytree(made.folder, moved)
    run = registry.read(*(moved / name for name in ("ingest", "validate", "split", "train", "tune", "evaluate")))
    again = replace(made, run=run, folder=moved).write(tmp_path / "again.html")
    assert again.html == page.html


@pytest.mark.parametrize("word", ["/tmp", "None", "nan", "Undefined", "object at 0x", "{{", "{%"])
def test_nothing_of_the_machinery_shows(page: Page, word: str) -> None:
    assert word not in page.text + page.section("summary")
