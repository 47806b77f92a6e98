"""What the key of DVC's run cache leaves out is found wherever it stands, and is no parameter of an architecture."""

from __future__ import annotations

import json
from pathlib import Path

import easy
import pytest
from projects import commit, make, run
from ruamel.yaml import YAML

from syllabus import params
from syllabus.errors import Unmet
from syllabus.rules.unseen import unseen

ROOT = Path(__file__).resolve().parents[1]
TOLD = """\
seed: 7
data:
  modality: tables
  source: shoes.csv
  target: bought
  columns: {size: ignore, price: numeric}
  cleaning:
    relabel: {kind: {size: Size}}
    limits: {size: [0, 60]}
validation: {suite: suite.json}
candidates: [linear]
architectures: {linear: {}}
about: {}
split: {}
tuning: {}
examination: {metric: roc_auc, threshold: 0.5, sensitive: []}
gates: {}
"""


def test_it_is_found_at_any_depth(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text(TOLD)
    assert unseen(params.read(tmp_path / "params.yaml")) == {
        "data.columns.size": "ignore",
        "data.cleaning.relabel.kind.size": "Size",
        "data.cleaning.limits.size": [0, 60],
    }


def test_an_architecture_with_such_a_parameter_is_refused(tmp_path: Path) -> None:
    (tmp_path / "architectures").mkdir()
    (tmp_path / "architectures" / "mine.py").write_text(easy.OWN.replace("smoothing", "size"))
    told = TOLD.replace("[linear]", "[mine]").replace("{linear: {}}", "{mine: {}}")
    (tmp_path / "params.yaml").write_text(told)
    with pytest.raises(Unmet, match=r"architectures.mine: mine has a parameter size, of which DVC's run cache sees no"):
        params.read(tmp_path / "params.yaml")


@pytest.mark.parametrize("project", [ROOT, *sorted(path.parent for path in ROOT.glob("examples/*/dvc.yaml"))], ids=str)
def test_ingest_is_never_taken_from_the_run_cache(project: Path) -> None:
    stages = YAML(typ="safe").load((project / "dvc.yaml").read_text())["stages"]
    assert stages["ingest"]["outs"] == [{"artifacts/ingest": {"persist": True}}]


@pytest.mark.slow
def test_a_column_named_as_dvc_names_what_it_notes_of_files_is_seen(tmp_path: Path) -> None:
    """The key of DVC's run cache leaves out `size` at any depth: the old model was given for the new settings."""
    folder = make(tmp_path / "project")
    for name, was, now in (
        ("data/people.csv", "age", "size"),
        ("expectations/people.json", '"age"', '"size"'),
    ):
        (folder / name).write_text((folder / name).read_text().replace(was, now, 1))
    commit(folder)
    assert run(folder, "dvc", "repro", "train@tree").returncode == 0
    settings = folder / "params.yaml"
    settings.write_text(
        settings.read_text().replace("  target: buys\n", "  target: buys\n  columns: {size: ignore}\n", 1)
    )
    done = run(folder, "dvc", "repro", "train@tree")
    for stage in ("ingest", "split", "train@tree"):
        assert f"Running stage '{stage}'" in done.stdout
    learned = json.loads((folder / "artifacts/train/tree/model/model.json").read_text())
    assert "size" not in learned["encoding"]["numeric"]
