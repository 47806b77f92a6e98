"""One search for better parameters: how a trial is chosen, fitted, judged and, if it is the best, fitted again."""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import numpy as np

from syllabus import architectures, studies, training
from syllabus.models import Model
from syllabus.studies import Trial
from syllabus.training import Curve, Prepared

if TYPE_CHECKING:
    import optuna

    from syllabus.architectures import Architecture

Score = Callable[[Model], float]
"""How good a model is on validation; higher is better."""


class Stopped(Exception):
    """Ends a fit that nobody waits for any more."""


@dataclass(frozen=True)
class Search:
    """What all trials share.

    Args:
        first: the declared model's score.
        stopped: set when nobody waits for trials any more.
    """

    architecture: Architecture
    declared: Model
    prepared: Prepared
    score: Score
    first: float
    seed: int
    stopped: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        # Optuna can keep a study in a Redis server, and importance can be asked of a scikit-learn forest: neither here.
        with architectures.without("pandas", "redis", "sklearn"):
            import optuna.importance

        optuna.logging.set_verbosity(optuna.logging.ERROR)

    def digest(self) -> str:
        """Return what tells this search from one on other data, parameters or code."""
        import optuna

        said = [dict(self.declared.params), self.prepared.encoding.plain(), self.first, self.seed, optuna.__version__]
        digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode())
        for source in (self.architecture.__file__, __file__, studies.__file__):
            digest.update(Path(source).read_bytes())
        for examples in (self.prepared.train, self.prepared.validation):
            for array in (*(examples.arrays[name] for name in sorted(examples.arrays)), examples.labels):
                digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
        return digest.hexdigest()[:16]

    def declared_trial(self) -> Trial:
        """Return the declared parameters as a trial, without fitting them again.

        Their curve stays out: at another learning rate it is no measure for pruning. A value outside the space, such
        as a penalty of zero on a logarithmic scale, counts as the nearest inside.
        """
        study = self._study([], 0)
        probe = study.ask()
        self.architecture.space(probe)
        declared = self.declared.params
        study.enqueue_trial({n: _inside(kind, declared[n]) for n, kind in probe.distributions.items() if n in declared})
        trial = study.ask()
        self.architecture.space(trial)
        return Trial(0, "complete", self.first, trial.params, {})

    def trial(self, number: int, seen: list[Trial], threads: int) -> Trial:
        """Choose parameters, fit with them until the curve shows that others are better, and score."""
        import optuna

        asked = self._study(seen, number).ask()
        params = dict(self.declared.params) | self.architecture.SEARCH | self.architecture.space(asked)
        losses: dict[int, float] = {}

        def report(iteration: int, _train: float, validation: float) -> None:
            if self.stopped.is_set():
                raise Stopped
            if iteration & (iteration - 1) == 0:  # at 1, 2, 4, 8 …: between, little happens and looking takes time
                losses[iteration] = float(validation)
                asked.report(-validation, iteration)
                if asked.should_prune():
                    raise optuna.TrialPruned

        try:
            with architectures.sharing(threads):
                model = self._fit(params, report)
                return Trial(number, "complete", self.score(model), asked.params, losses)
        except optuna.TrialPruned:
            return Trial(number, "pruned", None, asked.params, losses)

    def refitted(self, trials: list[Trial]) -> tuple[Model, Curve, float] | None:
        """Fit the best trial's parameters again in full; return what it scores if that beats the declared ones."""
        import optuna

        # The first of equals, so that the declared ones stay where nothing beats them.
        best = trials[int(np.argmax([-np.inf if trial.score is None else trial.score for trial in trials]))]
        if best.number == 0:
            return None
        chosen = self.architecture.space(optuna.trial.FixedTrial(best.params))
        params = dict(self.declared.params) | chosen
        model, curve = training.fit(self.declared.architecture, params, self.prepared, seed=self.seed)
        reached = self.score(model)
        return (model, curve, reached) if reached > self.first else None

    def importance(self, trials: list[Trial]) -> dict[str, float]:
        """Return PED-ANOVA's importances (Watanabe et al. 2023), largest first; none where too few trials differ."""
        import optuna

        scores = [trial.score for trial in trials if trial.score is not None]
        if len(scores) < 4 or len(set(scores)) < 2:
            return {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            evaluator = optuna.importance.PedAnovaImportanceEvaluator()
        return dict(optuna.importance.get_param_importances(self._study(trials, 0), evaluator=evaluator))

    def _fit(self, params: Mapping[str, Any], report: architectures.Report) -> Model:
        checked = self.architecture.Params.model_validate(dict(params))
        part = self.prepared
        fitted = self.architecture.fit(checked, part.train, part.validation, seed=self.seed, report=report)
        return Model(part.modality, self.declared.architecture, params, part.encoding, fitted)

    def _study(self, seen: Iterable[Trial], number: int) -> optuna.Study:
        """Return a study in memory that has seen these trials, and draws from the seed of trial `number`."""
        import optuna

        study = optuna.create_study(
            direction="maximize",
            sampler=optuna.samplers.TPESampler(seed=self.seed * 100_003 + number, n_startup_trials=8),
            pruner=optuna.pruners.PercentilePruner(60.0, n_startup_trials=5, n_warmup_steps=15),
        )
        for trial in seen:
            fixed = optuna.trial.FixedTrial(trial.params)
            self.architecture.space(fixed)
            frozen = optuna.trial.create_trial(
                state=optuna.trial.TrialState[trial.state.upper()],
                value=trial.score,
                params=fixed.params,
                distributions=fixed.distributions,
                intermediate_values={iteration: -loss for iteration, loss in trial.losses.items()},
            )
            study.add_trial(frozen)
        return study


def _inside(distribution: Any, value: Any) -> Any:
    """Return what is nearest to `value` in a distribution."""
    if hasattr(distribution, "choices"):
        return value if value in distribution.choices else distribution.choices[0]
    inside = min(max(value, distribution.low), distribution.high)
    if not distribution.step:
        return inside
    return distribution.low + round((inside - distribution.low) / distribution.step) * distribution.step
