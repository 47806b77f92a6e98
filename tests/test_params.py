"""`params.yaml` is checked before anything runs: every error at once, each with its line and what is valid."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from syllabus import params, rules
from syllabus.errors import Unmet
from syllabus.examination import metrics
from syllabus.settings import LOWER_IS_BETTER, OF_INTERVALS, Metric

RIGHT = """\
seed: 7
data:
  modality: tables
  source: people.csv
  target: income
validation:
  suite: expectations/people.json
candidates: [linear, tree]
architectures:
  linear: {}
  tree:
    max_depth: 4
about: {}
split: {}
tuning: {}
examination: {metric: roc_auc, threshold: 0.5, sensitive: []}
gates: {}
"""


def refused(folder: Path, text: str) -> list[str]:
    """Return the lines of the refusal."""
    (folder / "params.yaml").write_text(text)
    with pytest.raises(Unmet) as caught:
        params.read(folder / "params.yaml")
    return [line.removeprefix(f"{folder}/") for line in str(caught.value).splitlines()]


def test_right_settings_are_read_with_their_defaults(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text(RIGHT)
    settings = params.read(tmp_path / "params.yaml")
    assert settings.candidates == ("linear", "tree")
    assert settings.split.method == "stratified"


def test_the_root_projects_settings_are_right(root: Path) -> None:
    assert params.read(root / "params.yaml").data.target == "income"


@pytest.mark.parametrize(
    ("was", "now", "line"),
    [
        ("target", "tagret", "params.yaml:5: data.tagret: unknown key tagret; did you mean target?"),
        ("seed: 7", "seed: seven", "params.yaml:1: seed: input should be a valid integer, received 'seven'"),
        ("seed: 7", "seed: 1.5", "params.yaml:1: seed: input should be a valid integer"),
        ("seed: 7", "seed: -1", "params.yaml:1: seed: input should be greater than or equal to 0, received -1"),
        ("  target: income\n", "", "params.yaml:2: data.target: required, and missing"),
        ("max_depth", "max_dept", "params.yaml:12: architectures.tree.max_dept: unknown key max_dept; did you mean max_depth?"),
        ("max_depth: 4", "max_depth: 0", "params.yaml:12: architectures.tree.max_depth: input should be greater"),
        ("[linear, tree]", "[linear, forest]", "params.yaml:8: candidates.1: unknown architecture forest; "),
        ("[linear, tree]", "[linear, tree, lightgbm]", "params.yaml:8: candidates.2: lightgbm has no entry"),
        ("[linear, tree]", "[tree, tree]", "params.yaml:8: candidates.1: tree is named twice"),
        ("tables", "tabels", "params.yaml:3: data.modality: unknown modality tabels; did you mean tables?"),
        ("split: {}", "split: {method: strat}", "params.yaml:14: split.method: received 'strat'; did you mean stratified?"),
        ("split: {}", "split: {method: group}", "params.yaml:14: split.method: method group needs `by`"),
        ("split: {}", "split: {parts: {train: 0.9}}", "params.yaml:14: split.parts: train, validation and test must add up"),
        ("gates: {}", "gates: {at_least: {roc_acu: 1}}", "params.yaml:17: gates.at_least.roc_acu: received 'roc_acu'; did you mean roc_auc?"),
        ("gates: {}", "gates: {at_least: {log_loss: 1}}", "params.yaml:17: gates.at_least.log_loss: log_loss is better when lower"),
        ("gates: {}", "gates: {fairness: {at_most: 0.1}}", "params.yaml:17: gates.fairness: needs the sensitive columns"),
        ("tuning: {}", "tuning: {trials: {liner: 3}}", "params.yaml:15: tuning.trials.liner: liner is not a candidate; did you mean linear?"),
        ("  target: income", "  target: income\n  columns: {year: time}", "params.yaml:6: data.columns.year: rows of one time would leak"),
        ("gates: {}", "gates: {}\nmonitoring: {source: x.csv, labels: y.csv}", "params.yaml:18: monitoring.labels: goes with monitoring.key"),
        ("gates: {}", "gates: {}\nmonitoring: {source: x.csv, webhook: 'https://chat/secret'}", "params.yaml:18: monitoring.webhook: must be the name of an environment variable"),
        ("gates: {}", "gates: {}\nmonitoring: {source: 'https://me:secret@host/x.csv'}", "params.yaml:18: monitoring.source: a URL here must hold no user"),
        ("gates: {}", "gates: {}\nmonitoring: {source: {url: LOG, table: a, query: b}}", "params.yaml:18: monitoring.source: names either a query or a table"),
        ("gates: {}", "gates: {}\nmonitoring: {source: x.csv, thresholds: {alfa: 0.1}}", "params.yaml:18: monitoring.thresholds.alfa: unknown key alfa; did you mean alpha?"),
    ],
)  # fmt: skip
def test_an_error_names_line_rule_and_nearest_valid_name(tmp_path: Path, was: str, now: str, line: str) -> None:
    found = refused(tmp_path, RIGHT.replace(was, now, 1))
    assert any(said.startswith(line) for said in found), found
    assert "secret" not in "".join(found)


REGRESSION = RIGHT.replace("target: income", "target: income\n  task: regression").replace(
    "metric: roc_auc, threshold: 0.5", "metric: mae"
)


def test_a_regression_needs_no_key_that_means_nothing_to_it(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text(REGRESSION)
    settings = params.read(tmp_path / "params.yaml")
    assert settings.data.task == "regression"
    assert settings.examination.interval == 0.9


@pytest.mark.parametrize(
    ("was", "now", "line"),
    [
        ("mae", "roc_auc", "params.yaml:17: examination.metric: roc_auc is a metric of classification, and data.task is regression; "),
        ("mae", "coverage", "params.yaml:17: examination.metric: coverage judges prediction intervals, which are made"),
        ("mae", "maee", "params.yaml:17: examination.metric: received 'maee'; did you mean mae?"),
        ("mae", "mae, threshold: 0.5", "params.yaml:17: examination.threshold: goes with data.task: classification, and says nothing of a regression: leave it out"),
        ("mae", "mae, interval: 1.0", "params.yaml:17: examination.interval: input should be less than 1"),
        ("gates: {}", "gates: {at_least: {recall: 1}}", "params.yaml:18: gates.at_least.recall: recall is a metric of classification"),
        ("gates: {}", "gates: {at_least: {mae: 1}}", "params.yaml:18: gates.at_least.mae: mae is better when lower"),
        ("gates: {}", "gates: {fairness: {at_most: 5}}", "params.yaml:18: gates.fairness.measure: equal_opportunity_difference is a gap of classification"),
        ("task: regression", "task: regression\n  positive: x", "params.yaml:7: data.positive: goes with data.task: classification"),
        ("task: regression", "task: regresion", "params.yaml:6: data.task: received 'regresion'; did you mean regression?"),
        ("task: regression", "task: regression\n  target_transform: sqrt", "params.yaml:7: data.target_transform: received 'sqrt'; Valid: log"),
    ],
)  # fmt: skip
def test_a_regression_is_told_what_belongs_to_the_other_task(tmp_path: Path, was: str, now: str, line: str) -> None:
    found = refused(tmp_path, REGRESSION.replace(was, now, 1))
    assert any(said.startswith(line) for said in found), found


@pytest.mark.parametrize(
    ("was", "now", "line"),
    [
        ("roc_auc", "rmse", "params.yaml:16: examination.metric: rmse is a metric of regression and forecast and rating, and data.task is classification; "),
        ("threshold: 0.5, ", "", "params.yaml:16: examination.threshold: required, and missing"),
        ("threshold: 0.5", "threshold: 0.5, interval: 0.8", "params.yaml:16: examination.interval: goes with data.task: regression or forecast, and says nothing of a classification"),
        ("target: income", "target: income\n  target_transform: log", "params.yaml:6: data.target_transform: goes with data.task"),
        ("gates: {}", "gates: {fairness: {measure: mae_ratio, at_most: 2}}", "params.yaml:17: gates.fairness.measure: mae_ratio is a gap of regression"),
        ("threshold: 0.5", "threshold: 0.5, mitigation: {across: sex}", "params.yaml:16: examination.mitigation.across: sex is none of the sensitive columns"),
        ("gates: {}", "gates: {fairness: {at_most: 2}}", "params.yaml:17: gates.fairness.at_most: a gap between rates is at most 1, received 2"),
    ],
)  # fmt: skip
def test_a_classification_is_told_what_belongs_to_the_other_task(tmp_path: Path, was: str, now: str, line: str) -> None:
    found = refused(tmp_path, RIGHT.replace(was, now, 1))
    assert any(said.startswith(line) for said in found), found


def test_a_pipeline_that_follows_the_threshold_is_told_of_a_regression(tmp_path: Path) -> None:
    (tmp_path / "dvc.yaml").write_text("stages:\n  tune:\n    params:\n      - examination.threshold\n")
    assert refused(tmp_path, REGRESSION) == [
        "params.yaml:6: data.task: dvc.yaml follows examination.threshold, which a regression does not have: remove "
        "that line from the params of tune"
    ]


def test_an_architecture_that_does_not_learn_the_task_is_told(tmp_path: Path) -> None:
    (tmp_path / "architectures").mkdir()
    (tmp_path / "architectures" / "mine.py").write_text(
        "from syllabus.architectures import Params\nTASKS = frozenset({'classification'})\n"
    )
    text = REGRESSION.replace("[linear, tree]", "[linear, mine]").replace("  linear: {}", "  linear: {}\n  mine: {}")
    assert refused(tmp_path, text)[0].startswith(
        "params.yaml:9: candidates.1: mine learns classification, and data.task is regression; did you mean linear? Valid: "
    )


def test_all_errors_are_told_at_once(tmp_path: Path) -> None:
    wrong = RIGHT.replace("target", "tagret").replace("tree]", "oak]").replace("max_depth: 4", "max_depth: x")
    found = refused(tmp_path, wrong)
    assert [line.split(":")[1] for line in found] == ["2", "5", "8", "12"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [1", "params.yaml:1: not valid YAML: "),
        ("a: 1\na: 2\n", "params.yaml:2: not valid YAML: found duplicate key"),
        ("- a\n", "params.yaml:1: must hold keys"),
        ("", "params.yaml:1: must hold keys"),
    ],
)
def test_what_is_not_a_mapping_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    assert refused(tmp_path, text)[0].startswith(said)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unmet, match=r"params\.yaml does not exist: run in a project's folder"):
        params.read(tmp_path / "params.yaml")


def test_a_projects_own_architecture_declares_its_own_parameters(tmp_path: Path) -> None:
    (tmp_path / "architectures").mkdir()
    own = "from syllabus import architectures\nclass Params(architectures.Params):\n    width: int = 3\n"
    (tmp_path / "architectures" / "mine.py").write_text(own)
    text = RIGHT.replace("[linear, tree]", "[mine]").replace(
        "    max_depth: 4\n", "    max_depth: 4\n  mine: {widht: 4}\n"
    )
    assert refused(tmp_path, text) == [
        "params.yaml:13: architectures.mine.widht: unknown key widht; did you mean width? Valid: width"
    ]


def test_an_own_architecture_that_no_stage_depends_on_is_told(tmp_path: Path) -> None:
    (tmp_path / "architectures").mkdir()
    (tmp_path / "architectures" / "mine.py").write_text("from syllabus.architectures import Params\n")
    text = RIGHT.replace("[linear, tree]", "[linear, mine]").replace("  linear: {}", "  linear: {}\n  mine: {}")
    (tmp_path / "dvc.yaml").write_text("stages:\n  train:\n    deps:\n      - syllabus/architectures/${item}.py\n")
    assert refused(tmp_path, text) == [
        "params.yaml:8: candidates.1: no stage in dvc.yaml depends on architectures/mine.py, so an edit of it would "
        "go unnoticed: add `- architectures/mine.py` to the deps of train and tune"
    ]
    for dep in ("architectures", "architectures/mine.py", "architectures/${item}.py"):
        (tmp_path / "dvc.yaml").write_text(f"stages:\n  train:\n    deps:\n      - {dep}\n")
        params.read(tmp_path / "params.yaml")


def test_a_network_needs_its_room_among_the_dependencies(tmp_path: Path) -> None:
    text = RIGHT.replace("[linear, tree]", "[mlp]").replace("linear: {}\n  tree:\n    max_depth: 4", "mlp: {}")
    deps = "stages:\n  train:\n    deps:\n      - syllabus/architectures/${item}.py\n"
    (tmp_path / "dvc.yaml").write_text(deps)
    found = refused(tmp_path, text)
    assert any("depends on syllabus/deep, which mlp is made of: add `- syllabus/deep`" in said for said in found), found
    (tmp_path / "dvc.yaml").write_text(deps + "      - syllabus/deep\n")
    params.read(_written(tmp_path, text))


def test_an_own_architecture_takes_no_name_that_is_taken(tmp_path: Path) -> None:
    (tmp_path / "architectures").mkdir()
    (tmp_path / "architectures" / "tree.py").write_text("")
    with pytest.raises(Unmet, match=r"architectures/tree.py has the name of Syllabus's own tree: rename the file"):
        params.read(_written(tmp_path, RIGHT))


def _written(folder: Path, text: str) -> Path:
    (folder / "params.yaml").write_text(text)
    return folder / "params.yaml"


def test_settings_know_the_metrics_of_the_examination() -> None:
    assert get_args(Metric) == tuple(metrics.METRICS)
    assert set(OF_INTERVALS) == {name for name, one in metrics.METRICS.items() if one.judges == "intervals"}
    for task, asked in rules.TASKS.items():
        assert set(asked.metrics) == set(metrics.names(task))
    assert set(LOWER_IS_BETTER) == {name for name in metrics.METRICS if metrics.get(name).better == "lower"}


@pytest.mark.parametrize(
    ("was", "now", "line"),
    [
        ("[linear, tree]", "[{linear: {}}, tree]", "params.yaml:8: candidates.0: input should be a valid string"),
        ("seed: 7", "2020-01-01: 7\nseed: 7", "params.yaml:1: 2020-01-01: unknown key 2020-01-01; Valid: about"),
        ("seed: 7", "seed: \x01", "params.yaml: not valid YAML: unacceptable character #x0001"),
        ("  target: income", "  target: income\n  <<: {surce: x}", "params.yaml:2: data.surce: unknown key surce; did you mean source?"),
        ("tuning: {}", "tuning: {trials: many}", "params.yaml:15: tuning.trials: input should be a valid integer, received 'many' or input should be a"),
        ("tuning: {}", "tuning: {trials: {linear: x, tree: 1}}", "params.yaml:15: tuning.trials.linear: input should be a valid integer"),
    ],
)  # fmt: skip
def test_what_yaml_allows_and_settings_do_not_is_one_line(tmp_path: Path, was: str, now: str, line: str) -> None:
    found = refused(tmp_path, RIGHT.replace(was, now, 1))
    assert len(found) == 1, found
    assert found[0].startswith(line)


def test_a_dropped_candidate_keeps_its_entries(tmp_path: Path) -> None:
    text = RIGHT.replace("tuning: {}", "tuning: {trials: {linear: 2, tree: 3}}").replace("[linear, tree]", "[linear]")
    (tmp_path / "params.yaml").write_text(text)
    assert params.read(tmp_path / "params.yaml").candidates == ("linear",)


@pytest.mark.parametrize(
    ("modality", "options", "line"),
    [
        ("series", "{time: at, horizon: 3, timezone: America/NewYork}", "timezone: unknown time zone; did you mean America/New_York?"),
        ("series", "{time: at, horizon: 3, timezone: Nowhere/Land}", "timezone: unknown time zone, such as Europe/Berlin"),
        ("ratings", "{user: who, item: what, range: [5, 1]}", "range: the lowest value 5 is not below the highest 1"),
        ("ratings", "{user: who, item: who}", "data.options: who is named twice: user, item and time are three columns"),
        ("text", "{columns: []}", "columns: needs at least 1, received 0"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_options_is_told_at_their_key(
    tmp_path: Path, modality: str, options: str, line: str
) -> None:
    task = {"series": "forecast", "ratings": "rating"}.get(modality, "classification")
    now = f"  modality: {modality}\n  task: {task}\n  options: {options}\n"
    told = "\n".join(refused(tmp_path, RIGHT.replace("  modality: tables\n", now)))
    assert line in told
    assert "received {" not in told


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ("{metric: rmse}", "retraining.metric: rmse is a metric of regression"),
        ("{margin: -1}", "retraining.margin: "),
        ("{margins: 1}", "retraining.margins: unknown key margins; did you mean margin?"),
    ],
)
def test_what_retraining_may_ask_is_checked(tmp_path: Path, said: str, refusal: str) -> None:
    (line,) = refused(tmp_path, f"{RIGHT}retraining: {said}\n")
    assert refusal in line
