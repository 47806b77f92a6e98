"""A corpus through all seven stages: what it comes to, what the page shows, and what params.yaml may not say of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from corpora.test_document_sources import SENTENCES
from ruamel.yaml import YAML

from stages.evaluate import evaluate
from stages.ingest import ingest
from stages.register import register
from stages.split import split
from stages.train import train
from stages.tune import tune
from stages.validate import validate
from syllabus import params, registry
from syllabus.cli import main
from syllabus.errors import Unmet
from syllabus.examination import intervals
from syllabus.history import comparing

SAID: dict[str, Any] = {
    "seed": 3,
    "about": {"purpose": "Write on."},
    "data": {
        "modality": "corpus",
        "task": "language",
        "source": "a.txt",
        "options": {"separator": "||", "vocabulary": 300},
    },
    "validation": {"suite": "suite.json"},
    "split": {"method": "random", "parts": {"train": 0.6, "validation": 0.2, "test": 0.2}},
    "candidates": ["ngram", "gpt"],
    "architectures": {
        "ngram": {"order": 4},
        "gpt": {"width": 16, "depth": 1, "context": 16, "epochs": 2, "batch": 32},
    },
    "tuning": {"trials": 1},
    "examination": {
        "metric": "bits_per_byte",
        "sensitive": [],
        "slices": ["bytes"],
        "samples": {"prompts": ["<script>On day"], "tokens": 40},
    },
    "gates": {
        "at_most": {"bits_per_byte": 4.0},
        "better_than_baseline_by": 0.5,
        "fit": ["good", "underfit", "overfit"],
    },
}


def written(folder: Path, **other: Any) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "a.txt").write_text("||".join(SENTENCES))
    rule = {"type": "expect_column_values_to_not_be_null", "severity": "critical", "kwargs": {"column": "text"}}
    (folder / "suite.json").write_text(json.dumps({"name": "a", "expectations": [rule]}))
    (folder / "lock").write_text("")
    with (folder / "params.yaml").open("w") as file:
        YAML().dump(json.loads(json.dumps({**SAID, **other})), file)
    return folder


def refused(folder: Path, **other: Any) -> str:
    with pytest.raises(Unmet) as caught:
        params.read(written(folder, **other) / "params.yaml")
    return str(caught.value)


def test_a_corpus_becomes_a_registered_model_that_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(written(tmp_path / "project"))
    settings, out = params.read(), Path("artifacts")
    for name in ("ingest", "validate", "split", "train", "tune", "evaluate", "register"):
        (out / name).mkdir(parents=True)
    ingest(settings, out / "ingest")
    validate(settings, out / "ingest", out / "validate")
    split(settings, out / "ingest", out / "validate", out / "split")
    for name in settings.candidates:
        train(settings, name, out / "split", Path("kept"), out / "train" / name)
        tune(settings, name, out / "split", out / "train" / name, Path("studies"), out / "tune" / name)
    evaluate(settings, out / "split", out / "train", out / "tune", out / "evaluate")
    stages = [out / name for name in ("ingest", "validate", "split", "train", "tune", "evaluate")]
    register(settings, *stages, Path("lock"), out / "register")

    found = json.loads((out / "evaluate" / "report.json").read_text())
    assert found["winner"]["candidate"] == "ngram"
    assert found["test"]["metrics"]["bits_per_byte"]["value"] < 0.5 * found["baseline"]["bits_per_byte"]
    assert 0 < found["xz"] < found["baseline"]["bits_per_byte"]
    assert {one["name"] for one in found["candidates"]} == {"ngram (declared)", "gpt (declared)"}
    assert not found["label errors"]
    assert not found["leaks"]
    page = (out / "register" / "report.html").read_text()
    assert "Predicting what comes next" in page
    assert "&lt;script&gt;On day" in page
    assert "<script" not in page
    assert registry.package.CHECKSUMS in {path.name for path in (out / "register" / "package").iterdir()}
    given, _ = comparing.answers(out / "register" / "package", out / "split")
    recorded = {name: one["value"] for name, one in found["test"]["metrics"].items()}
    now = intervals.measure(given, resamples=0)
    assert {name: one.value for name, one in now.items()} == pytest.approx(recorded, rel=1e-4)
    capsys.readouterr()
    main(["generate", str(out / "register" / "package"), "--prompt", "On day ", "--tokens", "10"])
    assert capsys.readouterr().out.startswith("On day ")


def test_a_target_is_refused_where_there_is_none(tmp_path: Path) -> None:
    data = {**SAID["data"], "target": "bytes"}
    assert "data.target: corpus has no column to predict: leave it out" in refused(tmp_path, data=data)


def test_a_metric_of_another_task_is_refused(tmp_path: Path) -> None:
    told = refused(tmp_path, examination={**SAID["examination"], "metric": "accuracy"})
    assert "accuracy is a metric of classification, and data.task is language" in told


def test_what_goes_with_people_is_refused(tmp_path: Path) -> None:
    told = refused(tmp_path, examination={**SAID["examination"], "sensitive": ["title"]})
    assert "a language is not examined across groups of people" in told


def test_a_text_cannot_be_cut_in_two_ways(tmp_path: Path) -> None:
    options = {"separator": "||", "heading": 2}
    told = refused(tmp_path, data={**SAID["data"], "options": options})
    assert "a text is cut either by a separator or by headings" in told


def test_another_task_is_refused(tmp_path: Path) -> None:
    told = refused(tmp_path, data={**SAID["data"], "task": "regression"})
    assert "corpus are learned by task: language, not by regression" in told
