"""Which files a pipeline must depend on, so that no change in them goes unnoticed."""

from __future__ import annotations

from pathlib import Path

import pytest
from projects import ROOT

from syllabus.rules.raw import followed

PIPELINE = """\
stages:
  ingest:
    cmd: python -m stages.ingest
    deps:
      - data/pictures/  # all of them
      - "network"
  train:
    foreach: ${candidates}
    do:
      deps:
        - network
        - artifacts/split
  tune:
    deps: [other]
"""


@pytest.mark.parametrize(
    ("path", "stages", "seen"),
    [
        ("network", (), True),
        ("network", ("train",), True),
        ("network", ("train", "tune"), False),
        ("network/weights", ("ingest", "train"), True),
        ("data/pictures", (), True),
        ("data", (), False),
        ("elsewhere", (), False),
    ],
)
def test_a_stage_follows_what_it_depends_on_and_what_lies_in_that(
    path: str, stages: tuple[str, ...], seen: bool, tmp_path: Path
) -> None:
    assert followed(path, tmp_path, *stages)  # without a pipeline nobody can say
    (tmp_path / "dvc.yaml").write_text(PIPELINE)
    assert followed(path, tmp_path, *stages) is seen


def test_the_root_projects_stages_are_told_apart() -> None:
    assert followed("stages/train.py", ROOT, "train")
    assert not followed("stages/train.py", ROOT, "tune")
