"""Columns and files that `params.yaml` names are looked for before anything runs: all at once, each with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from projects import make

from syllabus import params, references
from syllabus.errors import Unmet


def test_everything_that_is_not_there_is_told_at_once_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make(tmp_path / "project", rows=20)
    monkeypatch.chdir(project)
    text = Path("params.yaml").read_text().replace("[sex]", "[gender]").replace("[town]", "[twon]")
    text = text.replace("people.json", "persons.json").replace("target: buys", "target: buy")
    Path("params.yaml").write_text(text)
    with pytest.raises(Unmet) as caught:
        references.check(params.read())
    lines = str(caught.value).splitlines()
    numbers = [int(line.split(":")[1]) for line in lines]
    assert numbers == sorted(numbers)
    assert [line.split(": ", 1)[1].split(";")[0] for line in lines] == [
        "data.target: buy is not a column of data/people.csv",
        "validation.suite: there is no file expectations/persons.json",
        "examination.sensitive.0: gender is not a column of data/people.csv",
        "examination.slices.0: twon is not a column of data/people.csv",
    ]
    held = Path("params.yaml").read_text().splitlines()
    assert all(
        word in held[number - 1] for number, word in zip(numbers, ["buy", "persons", "gender", "twon"], strict=True)
    )
