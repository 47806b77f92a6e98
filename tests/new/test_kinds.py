"""`syllabus new` makes a project of every kind of data: found by discovery, its files read, its suite held."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from new import kind_sources
from new.running import said

from syllabus import (
    architectures,
    drafting,
    environment,
    frames,
    modalities,
    params,
    projects,
    references,
    validation,
)
from syllabus.drafting import Column
from syllabus.projects import kinds
from syllabus.projects.draft import Asked

WRITTEN = {".dvcignore", ".gitignore", "dvc.yaml", "expectations/suite.json", "params.yaml", "requirements.lock"}


def test_every_modality_can_be_drafted() -> None:
    assert kinds.names() == modalities.names()


@pytest.mark.parametrize("name", kinds.names())
def test_a_kind_keeps_the_contract(name: str) -> None:
    kind = kinds.load(name)
    assert set(kind.OPTIONS) <= {"image", "text", "time", "series", "user", "item"}
    assert all(environment.text([extra]) for extra in kind.EXTRAS)
    reads = [architectures.load(candidate).READS for candidate in kind.CANDIDATES]
    assert all(one <= modalities.load(name).GIVES for one in reads)


@pytest.mark.parametrize("name", kinds.names())
def test_a_drafted_project_is_read_and_its_suite_holds(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = getattr(kind_sources, name)(tmp_path)
    status, out, err = said(capsys, str(tmp_path / "made"), *words)
    assert (status, re.sub(r"read \w+: .*", "", err).strip()) == (0, "")
    assert f"Taken for {name}" in out or name == "tables"
    assert "role" in out.splitlines()[2 if name != "tables" else 0]
    monkeypatch.chdir(tmp_path / "made")
    assert {str(file) for file in map(Path, WRITTEN) if file.is_file()} == WRITTEN
    settings = params.read()
    assert settings.data.modality == name
    references.check(settings)
    environment.check()
    # What is drafted is what the kind says it learns with, and the copy is read as the source was.
    assert list(settings.candidates) == list(kinds.load(name).CANDIDATES)
    modality = modalities.load(name)
    report = modality.read(settings.data, Path("table.parquet"))
    modality.split(frames.scan(Path("table.parquet")), settings.data, settings.split, seed=settings.seed)
    held = validation.validate(
        Path("table.parquet"), Path(projects.SUITE), Path("docs"), Path("rows.parquet"), name=name
    )
    assert [check.label for check in held.failed] == []
    assert held.quarantined == 0
    assert report["rows"] > 0
    suite = json.loads(Path(projects.SUITE).read_text())["expectations"]
    assert all(one["meta"]["notes"] and one["severity"] for one in suite)


def test_rows_of_a_picture_and_columns_without_a_text_are_mixed_where_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "offers.csv"
    words = kind_sources.mixed(tmp_path)
    pl.read_csv(table).drop("title").write_csv(table)
    assert said(capsys, str(tmp_path / "made"), *words, "--modality", "mixed")[0] == 0
    monkeypatch.chdir(tmp_path / "made")
    settings = params.read()
    assert settings.data.options["text"]["columns"] == []
    modality = modalities.load("mixed")
    assert modality.read(settings.data, Path("table.parquet"))["rows"] == 120
    held = validation.validate(
        Path("table.parquet"), Path(projects.SUITE), Path("docs"), Path("rows.parquet"), name="x"
    )
    assert [check.label for check in held.failed] == []


def test_marks_far_from_the_others_are_pointed_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = kind_sources.ratings(tmp_path)
    assert "far from the other marks" not in said(capsys, str(tmp_path / "fine"), *words)[1]
    table = pl.read_csv(words[1])
    odd = pl.when(pl.int_range(len(table)) % 50 == 0).then(99).when(pl.int_range(len(table)) % 50 == 1).then(-1)
    table.with_columns(rating=odd.otherwise("rating")).write_csv(words[1])
    told = said(capsys, str(tmp_path / "made"), *words)[1]
    assert "rating (99 is the highest, far from the other marks" in told
    assert "rating (-1 is the lowest, far from the other marks" in told


def test_the_date_of_a_mail_is_no_text(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    rows = [
        {
            "sent": f"Mon, {1 + n % 28:02} Sep 2002 {n % 24:02}:{n % 60:02}:{n % 59:02} +0100 (IST)",
            "body": kind_sources.sentence(random, ("garden", "harbour")[n % 2]),
            "kind": "ab"[n % 2],
        }
        for n in range(120)
    ]
    pl.DataFrame(rows).write_csv(tmp_path / "mails.csv")
    wanted = Asked(target="kind", modality="text")
    made = projects.plan(tmp_path / "made", str(tmp_path / "mails.csv"), asked=wanted)
    assert "columns: [body]" in made.files["params.yaml"]


def test_nothing_is_asked_of_what_is_unasked(tmp_path: Path) -> None:
    frame = pl.DataFrame({"row": range(100), "pixels": [b"x"] * 100, "n": range(100)}).lazy()
    suite = drafting.draft(frame, [Column("pixels", "unasked"), Column("n", "numeric")])
    assert "pixels" not in {one["kwargs"].get("column") for one in suite["expectations"]}
