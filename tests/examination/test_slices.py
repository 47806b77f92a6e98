import datetime

import numpy as np
import polars as pl
import pytest

from syllabus.errors import Unmet
from syllabus.examination import groups, metrics, slices
from syllabus.examination.predictions import Predictions
from tests.examination import answers

NAMES = ["roc_auc", "accuracy"]


def shuffled_in(part: Predictions, rows: np.ndarray) -> Predictions:
    """The same answers, but on some rows those of others: the model knows nothing there."""
    p = part.probabilities.copy()
    p[rows] = np.random.default_rng(0).permutation(p[rows])
    return Predictions.of(part.target, p, part.classes)


def test_where_the_model_knows_nothing_comes_first_and_is_called_worse():
    frame = answers.people(3000)
    south = (frame["region"] == "south").to_numpy()
    part = shuffled_in(answers.binary(3000), south)
    found = slices.compute(part, frame, ["sex", "region", "age"], names=NAMES, primary="roc_auc")
    first = found[0]
    assert (first.column, first.value, first.verdict) == ("region", "south", "worse")
    assert first.n == south.sum()
    assert first.share == pytest.approx(south.mean())
    assert first.gap < first.high < 0
    assert [one.value for one in found if one.verdict == "worse"] == ["south"]


def test_a_slice_s_metrics_are_those_of_its_rows_alone():
    frame, part = answers.people(1000), answers.binary(1000)
    for one in slices.compute(part, frame, ["sex"], names=NAMES, primary="accuracy"):
        alone = metrics.measure(part.rows((frame["sex"] == one.value).to_numpy()), NAMES)
        assert one.metrics == pytest.approx({name: measured.value for name, measured in alone.items()})
        whole = metrics.measure(part, ["accuracy"])["accuracy"].value
        assert one.gap == pytest.approx(one.metrics["accuracy"] - whole)


def test_small_slices_stand_last_and_are_not_judged():
    frame, part = answers.people(2000), answers.binary(2000)
    found = slices.compute(part, frame, ["region"], names=NAMES, primary="roc_auc", min_rows=100)
    assert found[-1].value == "islet"
    assert (found[-1].verdict, found[-1].low) == ("too small", None)


def test_where_lower_is_better_a_higher_loss_is_the_worse_slice():
    frame = answers.people(3000)
    part = shuffled_in(answers.binary(3000), (frame["sex"] == "F").to_numpy())
    first = slices.compute(part, frame, ["sex"], names=NAMES, primary="log_loss")[0]
    assert (first.value, first.verdict) == ("F", "worse")
    assert first.gap < 0


def test_a_model_that_does_equally_well_everywhere_is_rarely_accused():
    frame = pl.DataFrame({f"c{i}": np.random.default_rng(i).integers(0, 8, 4000).astype(str) for i in range(5)})
    accused = 0
    for seed in range(5):
        found = slices.compute(
            answers.binary(4000, seed=seed), frame, frame.columns, names=["roc_auc"], primary="roc_auc"
        )
        assert len(found) == 40
        accused += any(one.verdict != "like the whole" for one in found)
    assert accused <= 1


def test_numbers_are_cut_at_quantiles_and_what_is_missing_is_a_group_of_its_own():
    frame = answers.people(2000)
    ages = groups.of(frame, "age", 2000)
    assert len(ages.names) == groups.BINS + 1
    assert ages.names[-1] == "(missing)"
    assert ages.n[-1] == frame["age"].null_count()
    assert ages.n[:-1].min() > 0.2 * (2000 - ages.n[-1])
    assert ages.names[0].startswith("[18, ")


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ([0] * 90 + list(range(1, 11)), ["0", "(0, 10]"]),
        ([9] * 90 + [*range(9), 0.5], ["[0, 8]", "(8, 9]"]),
        ([None] * 4, ["(missing)"]),
        ([float("nan"), 1.5, 2.0], ["1.5", "2.0", "(missing)"]),
        ([True, False, True, None], ["true", "false", "(missing)"]),
        ([3, 1, 2, 1], ["1", "2", "3"]),
        (
            [datetime.date(2020, 1, 1) + datetime.timedelta(day) for day in range(8 * groups.BINS)],
            [
                "[2020-01-01, 2020-01-08]",
                "(2020-01-08, 2020-01-16]",
                "(2020-01-16, 2020-01-24]",
                "(2020-01-24, 2020-02-01]",
            ],
        ),
        (
            [f"v{i:02}" for i in range(groups.MOST + 5)] * 2,
            [*[f"v{i:02}" for i in range(groups.MOST)], "(5 other values)"],
        ),
    ],
)
def test_every_kind_of_column_makes_groups(values, names):
    frame = pl.DataFrame({"column": pl.Series(values, strict=False)})
    made = groups.of(frame, "column", len(values))
    assert list(made.names) == names
    assert made.n.sum() == len(values)
    assert made.n.min() > 0


def test_a_column_that_cannot_split_is_refused():
    frame = pl.DataFrame({"sex": ["F"], "tags": [["a", "b"]]})
    for column, rows, said in [("sxe", 1, "did you mean sex"), ("tags", 1, "plain values"), ("sex", 2, "1 rows")]:
        with pytest.raises(Unmet, match=said):
            groups.of(frame, column, rows)
