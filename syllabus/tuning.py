"""Searches better parameters for one candidate with Optuna, starting from the declared ones."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syllabus import architectures, frames, training
from syllabus.models import Model
from syllabus.progress import Progress
from syllabus.training import Curve, Prepared

if TYPE_CHECKING:
    import optuna

    from syllabus.settings import Tuning

Score = Callable[[Model], float]
"""How good a model is on validation; higher is better."""


@dataclass(frozen=True)
class Tuned:
    """What a study found.

    Args:
        model: the best model on validation: the declared one, or the best trial's parameters fitted again in full.
        curve: its learning curve.
        improved: whether it is the trial's.
        declared: the declared model's score.
        score: the best model's.
        trials: a line for each finished trial, in order.
        importance: for each parameter, its share of what the scores differ by.
    """

    model: Model
    curve: Curve
    improved: bool
    declared: float
    score: float
    trials: list[dict[str, Any]]
    importance: dict[str, float]

    def report(self) -> dict[str, Any]:
        """Return what the examination says of the search."""
        states = [trial["state"] for trial in self.trials]
        return {
            "improved": self.improved,
            "declared": self.declared,
            "score": self.score,
            "best": self.curve.best,
            "trials": {"complete": states.count("complete"), "pruned": states.count("pruned")},
            "importance": self.importance,
        }

    def summary(self, metric: str) -> str:
        """Return what came of it in one sentence."""
        pruned = sum(trial["state"] == "pruned" for trial in self.trials)
        came = f"{metric} on validation {abs(self.declared):.4f} as declared, {abs(self.score):.4f} at the best"
        return f"{len(self.trials)} trials, {pruned} pruned; {came}"

    def save(self, directory: Path) -> None:
        """Write the model, its curve, the trials and what the plots need."""
        self.model.save(directory / "model")
        self.curve.save(directory / "curve.csv")
        best = float("-inf")
        history = []
        for trial in self.trials:
            if trial["score"] is not None:
                best = max(best, trial["score"])
                history.append({"trial": trial["trial"], "score": trial["score"], "best": best})
        _write_csv(self.trials, directory / "trials.csv")
        _write_csv(history, directory / "history.csv")
        importance = [{"parameter": name, "importance": share} for name, share in self.importance.items()]
        _write_csv(importance or [{"parameter": "none", "importance": 0.0}], directory / "importance.csv")


def tune(
    declared: Model,
    curve: Curve,
    prepared: Prepared,
    tuning: Tuning,
    score: Score,
    *,
    seed: int,
    studies: Path,
) -> Tuned:
    """Try so many sets of parameters on the same examples; pruned by the curve, resumed where it was cut off.

    Every trial draws from its own seed, so a study that was killed and resumed ends as one that was not.

    Args:
        declared: the model fitted with the declared parameters: the first trial.
        curve: its learning curve.
        prepared: the examples, shared by all trials.
        tuning: the budget.
        score: judges a model.
        seed: of the search and of every fit.
        studies: a folder that outlasts the run, for the study's SQLite file until it is complete.
    """
    architecture = architectures.load(declared.architecture)
    budget = tuning.trials if isinstance(tuning.trials, int) else tuning.trials[declared.architecture]
    with _study(studies, declared, prepared, score(declared), seed) as study:
        began = time.monotonic()
        progress = Progress(f"tune {declared.architecture}", unit="trial", total=budget)
        while (number := len(_finished(study))) < budget:
            if tuning.seconds is not None and time.monotonic() - began > tuning.seconds:
                break
            _try(study, number, architecture, declared, prepared, score, seed)
            progress.at(number + 1, f"best {study.best_value:.4f}")
        return _conclude(study, declared, curve, prepared, score, seed)


def _try(
    study: optuna.Study,
    number: int,
    architecture: architectures.Architecture,
    declared: Model,
    prepared: Prepared,
    score: Score,
    seed: int,
) -> None:
    import optuna

    study.sampler = _sampler(seed, number)
    if number == 0:
        _try_declared(study, architecture, declared, score(declared))
        return
    trial = study.ask()
    chosen = architecture.space(trial)
    params = dict(declared.params) | architecture.SEARCH | chosen

    def report(iteration: int, _train: float, validation: float) -> None:
        # A write to the study costs milliseconds: only at iterations 1, 2, 4, 8 … .
        if iteration & (iteration - 1) == 0:
            trial.report(-validation, iteration)
            if trial.should_prune():
                raise optuna.TrialPruned

    try:
        fitted = architecture.fit(
            architecture.Params.model_validate(params),
            prepared.train,
            prepared.validation,
            seed=seed,
            report=report,
        )
    except optuna.TrialPruned:
        study.tell(trial, state=optuna.trial.TrialState.PRUNED)
    else:
        study.tell(trial, score(Model(prepared.modality, declared.architecture, params, prepared.encoding, fitted)))


def _try_declared(study: optuna.Study, architecture: architectures.Architecture, declared: Model, score: float) -> None:
    """Tell the study of the declared parameters without fitting them again.

    Their curve stays out: at another learning rate it is no measure for pruning. A value outside the space, such as a
    penalty of zero on a logarithmic scale, counts as the nearest inside.
    """
    import optuna

    probe = optuna.create_study().ask()
    architecture.space(probe)
    nearest = {name: _inside(kind, declared.params[name]) for name, kind in probe.distributions.items()}
    study.enqueue_trial(nearest)
    trial = study.ask()
    architecture.space(trial)
    study.tell(trial, score)


def _inside(distribution: Any, value: Any) -> Any:
    if hasattr(distribution, "choices"):
        return value if value in distribution.choices else distribution.choices[0]
    return min(max(value, distribution.low), distribution.high)


def _conclude(study: optuna.Study, declared: Model, curve: Curve, prepared: Prepared, score: Score, seed: int) -> Tuned:
    """Fit the best trial's parameters again in full, and keep them if they beat the declared ones."""
    before = score(declared)
    model, best_curve, best_score = declared, curve, before
    if study.best_trial.number != _finished(study)[0].number:
        params = dict(declared.params) | study.best_params
        again, again_curve = training.fit(declared.architecture, params, prepared, seed=seed)
        if score(again) > before:
            model, best_curve, best_score = again, again_curve, score(again)
    trials = [
        {
            "trial": number,
            "state": trial.state.name.lower(),
            "score": trial.value if trial.state.name == "COMPLETE" else None,
            **({name: declared.params[name] for name in trial.params} if number == 0 else trial.params),
        }
        for number, trial in enumerate(_finished(study))
    ]
    return Tuned(model, best_curve, model is not declared, before, best_score, trials, _importance(study))


def _importance(study: optuna.Study) -> dict[str, float]:
    """Return PED-ANOVA's importances (Watanabe et al. 2023), largest first; none where too few trials differ."""
    import optuna

    complete = [trial for trial in study.trials if trial.state == optuna.trial.TrialState.COMPLETE]
    if len(complete) < 4 or len({trial.value for trial in complete}) < 2:
        return {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        evaluator = optuna.importance.PedAnovaImportanceEvaluator()
    return dict(optuna.importance.get_param_importances(study, evaluator=evaluator))


@contextmanager
def _study(studies: Path, declared: Model, prepared: Prepared, first: float, seed: int) -> Iterator[optuna.Study]:
    """Open the study of just these inputs, and forget it when it is complete."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    studies.mkdir(parents=True, exist_ok=True)
    digest = _digest(declared, prepared, first, seed)
    file = studies / f"{declared.architecture}-{digest}.db"
    storage = optuna.storages.RDBStorage(f"sqlite:///{file}", engine_kwargs={"connect_args": {"timeout": 60}})
    study = optuna.create_study(
        storage=storage,
        study_name="study",
        direction="maximize",
        load_if_exists=True,
        sampler=_sampler(seed, 0),
        pruner=optuna.pruners.PercentilePruner(60.0, n_startup_trials=5, n_warmup_steps=15),
    )
    for trial in study.get_trials(states=(optuna.trial.TrialState.RUNNING,)):
        study.tell(trial.number, state=optuna.trial.TrialState.FAIL)  # cut off in an earlier run
    yield study
    storage.remove_session()
    storage.engine.dispose()
    for old in studies.glob(f"{declared.architecture}-*.db*"):
        old.unlink()


def _digest(declared: Model, prepared: Prepared, first: float, seed: int) -> str:
    """Return what tells this study from one on other data, parameters or code."""
    source = Path(architectures.load(declared.architecture).__file__).read_bytes()
    said = json.dumps([dict(declared.params), prepared.encoding.plain(), first, seed], sort_keys=True)
    digest = hashlib.sha256(source + said.encode())
    for examples in (prepared.train, prepared.validation):
        for name in sorted(examples.arrays):
            digest.update(examples.arrays[name].tobytes())
        digest.update(examples.labels.tobytes())
    return digest.hexdigest()[:16]


def _sampler(seed: int, number: int) -> optuna.samplers.BaseSampler:
    import optuna

    return optuna.samplers.TPESampler(seed=seed * 100_003 + number, n_startup_trials=8)


def _finished(study: optuna.Study) -> list[optuna.trial.FrozenTrial]:
    import optuna

    states = (optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED)
    return study.get_trials(deepcopy=False, states=states)


def _write_csv(rows: list[dict[str, Any]] | list[Mapping[str, Any]], path: Path) -> None:
    lines = io.StringIO()
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(lines, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    frames.write_text(lines.getvalue(), path)
