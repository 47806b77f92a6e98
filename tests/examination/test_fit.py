import json
import warnings

import numpy as np
import pytest
from sklearn import datasets
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from syllabus.errors import Unmet
from syllabus.examination import baseline, fit
from syllabus.examination.predictions import Predictions
from tests.examination import answers


def noisy(n, rng):
    return datasets.make_classification(n, 20, n_informative=6, flip_y=0.3, random_state=rng.integers(2**31))


def moons(n, rng):
    return datasets.make_moons(n, noise=0.35, random_state=rng.integers(2**31))


def circles(n, rng):
    return datasets.make_circles(n, noise=0.1, factor=0.5, random_state=rng.integers(2**31))


def shells(n, rng):
    """Three classes, one inside the other."""
    return datasets.make_gaussian_quantiles(n_samples=n, n_features=4, n_classes=3, random_state=rng.integers(2**31))


def chessboard(n, rng):
    x = rng.uniform(-1, 1, (n, 4))
    return x, (x[:, 0] * x[:, 1] > 0).astype(int)


def logistic(n, rng):
    x = rng.normal(size=(n, 8))
    p = 1 / (1 + np.exp(-(x @ np.array([2, -1, 1, 0.5, 0, 0, 0, 0]))))
    return x, (rng.random(n) < p).astype(int)


def rare(n, rng):
    x = rng.normal(size=(n, 6))
    return x, (rng.random(n) < 1 / (1 + np.exp(4.5 - 1.5 * x[:, 0] - x[:, 1]))).astype(int)


def bundled(load):
    x, y = load(return_X_y=True)
    return lambda n, rng: (x, y)


class Problem:
    """A problem split 70/15/15, on which models are fitted and judged beside each other."""

    def __init__(self, make, n=2000):
        rng = np.random.default_rng(7)
        self.x, self.y = make(n, rng)
        order = rng.permutation(len(self.y))
        a, b = int(0.7 * len(order)), int(0.85 * len(order))
        self.rows = {"train": order[:a], "validation": order[a:b], "test": order[b:]}
        self.k = int(self.y.max()) + 1
        self.prior = baseline.fit(self.y[self.rows["train"]], self.k).prior

    def answers(self, predict):
        names = tuple(f"class {code}" for code in range(self.k))
        return {part: Predictions.of(self.y[rows], predict(self.x[rows]), names) for part, rows in self.rows.items()}

    def sklearn(self, model):
        train = self.rows["train"]
        return self.answers(model.fit(self.x[train], self.y[train]).predict_proba)

    def boosted(self, rounds, patience=0, leaves=15):
        import lightgbm as lgb

        many = {"objective": "multiclass", "num_class": self.k, "metric": "multi_logloss"}
        params = {"objective": "binary", "metric": "binary_logloss"} if self.k == 2 else many
        params |= {"num_leaves": leaves, "verbosity": -1, "num_threads": 1, "seed": 0, "deterministic": True}
        rows, seen = self.rows, {}
        train = lgb.Dataset(self.x[rows["train"]], self.y[rows["train"]])
        watched = lgb.Dataset(self.x[rows["validation"]], self.y[rows["validation"]], reference=train)
        stop = [lgb.early_stopping(patience, verbose=False)] if patience else []
        model = lgb.train(
            params,
            train,
            rounds,
            valid_sets=[train, watched],
            valid_names=["train", "validation"],
            callbacks=[lgb.record_evaluation(seen), *stop],
        )

        def predict(x):
            raw = model.predict(x)
            return np.column_stack([1 - raw, raw]) if self.k == 2 else raw

        curves = [next(iter(seen[part].values())) for part in ("train", "validation")]
        return self.answers(predict), [(i, *point) for i, point in enumerate(zip(*curves, strict=True), start=1)]

    def judge(self, parts, curve=(), rivals=None):
        return fit.judge(parts, self.prior, curve=curve, rivals=rivals)


def test_a_class_that_became_frequent_is_a_shift():
    random = np.random.default_rng(3)

    def part(n, share):
        truth = (random.random(n) < share).astype(int)
        said = np.clip(0.2 + 0.3 * (truth - share) + 0.05 * random.normal(size=n), 0.01, 0.99)
        return Predictions.of(truth, np.column_stack([1 - said, said]), ("no", "yes"))

    parts = {"train": part(2000, 0.2), "validation": part(300, 0.75), "test": part(300, 0.75)}
    found = fit.judge(parts, (0.8, 0.2))
    assert found.verdict == "shifted"
    assert "the probability of a class lies above its share by" in found.why


@pytest.mark.parametrize("make", [noisy, moons, logistic, rare, bundled(datasets.load_breast_cancer)])
def test_a_tree_that_was_never_pruned_is_overfit(make):
    problem = Problem(make)
    found = problem.judge(problem.sklearn(DecisionTreeClassifier(random_state=0)))
    assert found.verdict == "overfit", found.why
    assert "a smaller or more regularised model" in found.advice


@pytest.mark.parametrize("make", [circles, shells, chessboard, moons, bundled(datasets.load_digits)])
def test_a_stump_is_underfit_beside_a_candidate_that_shows_what_there_was_to_learn(make):
    problem = Problem(make)
    better, _ = problem.boosted(300, patience=30)
    found = problem.judge(
        problem.sklearn(DecisionTreeClassifier(max_depth=1)), rivals={"boosted": better["validation"]}
    )
    assert found.verdict == "underfit", found.why
    assert "boosted" in found.why or "prior" in found.why


@pytest.mark.parametrize("model", [DecisionTreeClassifier(max_depth=1), LogisticRegression()])
def test_what_cannot_see_the_chessboard_is_underfit_without_any_rival(model):
    problem = Problem(chessboard)
    assert problem.judge(problem.sklearn(model)).verdict == "underfit"


@pytest.mark.parametrize("make", [noisy, moons, circles, shells, chessboard, logistic, bundled(datasets.load_digits)])
def test_boosted_trees_that_stopped_early_fit_well(make):
    problem = Problem(make)
    parts, curve = problem.boosted(1000, patience=30)
    found = problem.judge(parts, curve)
    assert found.verdict == "good", found.why
    assert found.curve.stopped


@pytest.mark.parametrize(("make", "told"), [(noisy, True), (logistic, True), (circles, False), (shells, False)])
def test_a_good_fit_much_of_whose_gain_does_not_hold_is_told_what_may_help(make, told):
    problem = Problem(make)
    found = problem.judge(*problem.boosted(1000, patience=30))
    held = found.parts["unseen"].fall / found.parts["train"].fall
    assert (found.verdict, held < fit.HELD) == ("good", told)
    assert found.advice == (("more data", "a more regularised model") if told else ())


@pytest.mark.parametrize("make", [logistic, rare, bundled(datasets.load_breast_cancer), bundled(datasets.load_wine)])
def test_a_logistic_regression_on_a_linear_problem_fits_well(make):
    problem = Problem(make)
    found = problem.judge(problem.sklearn(make_pipeline(StandardScaler(), LogisticRegression(C=0.1))))
    assert found.verdict == "good", found.why


@pytest.mark.parametrize("make", [noisy, moons, logistic, rare])
def test_boosted_trees_that_went_on_past_the_turn_are_overfit(make):
    problem = Problem(make)
    parts, curve = problem.boosted(400)
    found = problem.judge(parts, curve)
    assert found.verdict == "overfit", found.why
    assert "stop earlier" in found.advice


@pytest.mark.parametrize("make", [circles, shells, chessboard, bundled(datasets.load_digits)])
def test_boosted_trees_that_were_cut_after_a_few_rounds_are_underfit(make):
    problem = Problem(make)
    parts, curve = problem.boosted(8)
    found = problem.judge(parts, curve)
    assert found.verdict == "underfit", found.why
    assert "more iterations" in found.advice


def test_a_model_of_noise_is_not_called_good():
    problem = Problem(lambda n, rng: (rng.normal(size=(n, 10)), (rng.random(n) < 0.3).astype(int)))
    parts, curve = problem.boosted(300, patience=30)
    assert problem.judge(parts, curve).verdict == "underfit"
    assert problem.judge(problem.boosted(300)[0]).verdict == "overfit"
    assert problem.judge(problem.answers(lambda x: np.tile(problem.prior, (len(x), 1)))).verdict == "underfit"


def test_a_gap_within_the_noise_is_not_overfitting():
    """Of one calibrated model, parts of forty rows differ widely by chance alone."""
    called = 0
    for seed in range(40):
        whole = answers.binary(1000, seed=seed)
        parts = {"train": slice(0, 900), "validation": slice(900, 940), "test": slice(940, 1000)}
        found = fit.judge({part: whole.rows(np.arange(1000)[rows]) for part, rows in parts.items()}, (0.7, 0.3))
        called += found.verdict == "overfit"
    assert called <= 2


def test_what_is_too_good_to_be_true_is_said_and_decides_nothing():
    """A column that is the target itself; and one target that is really that plain."""

    def leaking(n, rng):
        x, y = noisy(n, rng)
        return np.column_stack([x, y]), y

    for make in (leaking, lambda n, rng: (x := rng.normal(size=(n, 3)), (x[:, 0] > 0).astype(int))):
        parts, curve = Problem(make).boosted(300, patience=30)
        found = Problem(make).judge(parts, curve)
        assert found.verdict == "good"
        assert found.why.endswith("so good that a column may give the target away")
        assert found.advice[0].startswith("look whether a column is known only after the target is")
        assert seen(found)["too good"]


def test_what_is_merely_good_is_not_doubted():
    for make in (moons, rare, circles, bundled(datasets.load_breast_cancer), bundled(datasets.load_wine)):
        problem = Problem(make)
        assert not seen(problem.judge(*problem.boosted(300, patience=30)))["too good"]
    # Twenty rows that are all right say little.
    few = Problem(lambda n, rng: (x := rng.normal(size=(n, 3)), (x[:, 0] > 0).astype(int)), n=100)
    assert not seen(few.judge(*few.boosted(300, patience=30)))["too good"]


def seen(found):
    return {sign.name: sign.seen for sign in found.signs}


def test_a_choice_that_fits_validation_and_not_test_is_named():
    sure, dull = answers.binary(1000, skill=4, seed=1), answers.binary(1000, skill=1, seed=2)
    found = fit.judge({"train": sure, "validation": sure, "test": dull}, (0.7, 0.3))
    assert found.verdict == "overfit"
    assert "fewer trials" in found.advice


def test_the_evidence_is_json_and_the_same_every_time():
    problem = Problem(moons, 400)
    parts, curve = problem.boosted(60)
    texts = {json.dumps(problem.judge(parts, curve).report(), allow_nan=False) for _ in range(2)}
    assert len(texts) == 1
    report = json.loads(texts.pop())
    assert set(report["parts"]) == {"train", "validation", "test", "unseen"}
    assert all(0.5 < part["primary"] <= 1 for part in report["parts"].values())
    assert {sign["name"] for sign in report["signs"]} >= {"memorised", "turned up", "hardly better"}


def test_a_part_of_one_class_is_judged_by_its_log_loss_alone():
    part = answers.binary(300)
    negatives = part.rows(part.target == 0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = fit.judge({"train": part, "validation": negatives}, (0.7, 0.3))
    assert found.parts["validation"].primary is None


def test_without_examples_there_is_no_verdict():
    part = answers.binary(30)
    with pytest.raises(Unmet, match="have no examples"):
        fit.judge({"train": part, "validation": part.rows(np.arange(0))}, (0.7, 0.3))
