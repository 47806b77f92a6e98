import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn import calibration as sk_calibration
from sklearn import metrics as sk

from syllabus.examination import calibration, curves
from syllabus.examination.predictions import Predictions
from tests.examination import answers

DVC_YAML = """
plots:
  - plots/roc.csv: {x: false_positive_rate, y: true_positive_rate, template: simple}
  - plots/precision_recall.csv: {x: recall, y: precision, template: simple}
  - calibration: {x: predicted, y: {plots/calibration.csv: [observed, ideal]}}
  - plots/confusion.csv: {x: predicted, y: actual, template: confusion_counts}
"""


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_thinned_curve_keeps_its_ends_and_its_area():
    part = answers.binary(30_000)
    rows = curves.roc(part)
    assert len(rows) <= curves.POINTS
    x, y = (np.array([row[name] for row in rows]) for name in ("false_positive_rate", "true_positive_rate"))
    assert (x[0], y[0], x[-1], y[-1]) == (0, 0, 1, 1)
    assert np.trapezoid(y, x) == pytest.approx(sk.roc_auc_score(part.target, part.probabilities[:, 1]), abs=1e-4)


def test_the_precision_recall_curve_runs_from_recall_nought_to_one():
    part = answers.binary(30_000)
    rows = curves.precision_recall(part)
    assert len(rows) <= curves.POINTS
    assert (rows[0]["recall"], rows[-1]["recall"]) == (0, 1)
    assert rows[-1]["precision"] == pytest.approx(part.target.mean(), abs=1e-3)
    recalls = [row["recall"] for row in rows]
    assert recalls == sorted(recalls)


def test_a_short_curve_is_scikit_learn_s():
    part = answers.binary(100)
    x, y, _ = sk.roc_curve(part.target, part.probabilities[:, 1])
    rows = curves.roc(part)
    assert [row["false_positive_rate"] for row in rows] == pytest.approx(x, abs=1e-6)
    assert [row["true_positive_rate"] for row in rows] == pytest.approx(y, abs=1e-6)


def test_several_classes_give_their_mean_curve_and_one_for_each(tmp_path):
    part = answers.several(2000, 4)
    rows = curves.roc(part)
    area = np.trapezoid([row["true_positive_rate"] for row in rows], [row["false_positive_rate"] for row in rows])
    assert area == pytest.approx(sk.roc_auc_score(part.target, part.probabilities, multi_class="ovr"), abs=2e-3)
    curves.write(part, tmp_path)
    by_class = table(tmp_path / "roc_by_class.csv")
    assert {row["class"] for row in by_class} == set(part.classes)
    assert len(by_class) <= 4 * curves.BY_CLASS


def test_reliability_is_scikit_learn_s():
    part = answers.binary(3000)
    observed, predicted = sk_calibration.calibration_curve(part.target, part.probabilities[:, 1], n_bins=10)
    rows = calibration.reliability(part)
    assert [row["observed"] for row in rows] == pytest.approx(observed)
    assert [row["predicted"] for row in rows] == pytest.approx(predicted)
    assert sum(row["n"] for row in rows) == 3000
    assert all(row["low"] <= row["observed"] <= row["high"] for row in rows)


def test_a_calibrated_model_has_a_small_error_and_an_overconfident_one_a_large():
    honest = answers.binary(20_000)
    logit = np.log(honest.probabilities[:, 1] / honest.probabilities[:, 0])
    p = 1 / (1 + np.exp(-3 * logit))
    boastful = Predictions.of(honest.target, np.column_stack([1 - p, p]), honest.classes)
    assert calibration.report(honest)["expected_error"] < 0.01
    assert calibration.report(boastful)["expected_error"] > 0.1


def test_the_confusion_counts_every_example(tmp_path):
    part = answers.binary(5000)
    curves.write(part, tmp_path)
    rows = table(tmp_path / "confusion.csv")
    expected = sk.confusion_matrix(part.target, part.decided)
    assert [int(row["count"]) for row in rows] == expected.ravel().tolist()


def test_the_same_answers_give_the_same_bytes(tmp_path):
    for folder in ("a", "b"):
        curves.write(answers.several(500, 3, digits=2), tmp_path / folder)
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert len(files) == 6
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in files)


def test_a_part_of_one_class_or_none_has_bare_headers(tmp_path):
    part = answers.binary(50)
    for folder, chosen in (("one", part.target == 0), ("none", np.zeros(50, dtype=bool))):
        curves.write(part.rows(chosen), tmp_path / folder)
        assert table(tmp_path / folder / "roc.csv") == []
        assert (tmp_path / folder / "roc.csv").read_text() == "false_positive_rate,true_positive_rate\n"


@pytest.mark.slow
def test_dvc_plots_show_renders_every_plot(tmp_path):
    """In a project of its own: the page is written, and what DVC fills into its templates draws."""
    vl_convert = pytest.importorskip("vl_convert")
    part = answers.binary(3000)
    curves.write(part, tmp_path / "plots")
    (tmp_path / "dvc.yaml").write_text(DVC_YAML)
    bin_ = Path(sys.executable).parent
    env = {**os.environ, "PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}", "DVC_NO_ANALYTICS": "1"}

    def dvc(*arguments: str) -> str:
        done = subprocess.run(
            [bin_ / "dvc", *arguments], cwd=tmp_path, env=env, capture_output=True, text=True, check=True
        )
        return done.stdout

    dvc("init", "--no-scm", "--quiet")
    (tmp_path / ".dvc" / "plots").mkdir()
    shutil.copy(curves.CONFUSION_TEMPLATE, tmp_path / ".dvc" / "plots")
    dvc("plots", "show", "--out", "page")
    page = (tmp_path / "page" / "index.html").read_text()
    plots = json.loads(dvc("plots", "show", "--json"))["data"]
    assert len(plots) == 4
    for name, (drawn, *_) in plots.items():
        assert name in page
        svg = vl_convert.vegalite_to_svg(drawn["content"])
        # A curve is a path of many points, a confusion matrix a rectangle and a number for each cell.
        assert svg.count("<path") > 5
        for row in curves.confusion(part) if "confusion" in name else ():
            assert f">{row['count']}</text>" in svg
