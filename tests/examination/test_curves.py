import csv
import json
import os
import subprocess
import sys
from collections import Counter
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
  - plots/confusion.csv: {x: predicted, y: actual, template: confusion}
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


def counted(rows: list[dict[str, str]]) -> Counter[tuple[str, str]]:
    return Counter((row["actual"], row["predicted"]) for row in rows)


def test_the_confusion_has_a_row_for_every_example(tmp_path):
    part = answers.binary(5000)
    curves.write(part, tmp_path)
    (tn, fp), (fn, tp) = sk.confusion_matrix(part.target, part.decided).tolist()
    expected = {("no", "no"): tn, ("no", "yes"): fp, ("yes", "no"): fn, ("yes", "yes"): tp}
    assert counted(table(tmp_path / "confusion.csv")) == expected


def test_the_confusion_of_a_large_part_keeps_its_shares_and_its_rare_pairs():
    part = answers.several(60_000, 3)
    target = part.target.copy()
    target[part.decided == 2] = 2
    target[np.flatnonzero(part.decided == 2)[0]] = 0
    scaled = counted(curves.confusion(Predictions.of(target, part.probabilities, part.classes)))
    assert sum(scaled.values()) == pytest.approx(curves.CONFUSED, abs=9)
    assert scaled["class 0", "class 2"] == 1
    share = ((target == 1) & (part.decided == 1)).mean()
    assert scaled["class 1", "class 1"] == pytest.approx(share * curves.CONFUSED, abs=1)


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
def test_dvc_plots_show_fills_its_templates_with_every_plot(tmp_path):
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
    dvc("plots", "show", "--out", "page")
    page = (tmp_path / "page" / "index.html").read_text()
    shown = json.loads(dvc("plots", "show", "--json"))["data"]
    assert len(shown) == 4
    points = {name: plot[0]["content"]["data"]["values"] for name, plot in shown.items()}
    assert all(name in page for name in points)
    assert counted(points["plots/confusion.csv"]) == counted(curves.confusion(part))
    for name, (x, y) in {
        "plots/roc.csv": ("false_positive_rate", "true_positive_rate"),
        "plots/precision_recall.csv": ("recall", "precision"),
        "calibration": ("predicted", "observed"),
    }.items():
        assert all(0 <= float(point[axis]) <= 1 for point in points[name] for axis in (x, y) if axis in point), name
        assert len(points[name]) > 5
