"""One search for better parameters: how they are chosen, fitted, judged and, if they are the best, fitted again."""

from __future__ import annotations

import hashlib
import json
import statistics
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import numpy as np

from syllabus import architectures, batches, studies, training
from syllabus import folds as folding
from syllabus import losses as loss_functions
from syllabus.models import Model
from syllabus.studies import Trial
from syllabus.training import Curve, Prepared

if TYPE_CHECKING:
    import optuna

    from syllabus.architectures import Architecture
    from syllabus.folds import Folds

Score = Callable[[Model], float]
"""How good a model is on validation; higher is better."""

FROM, ENOUGH = 16, 4
"""The iteration at which pruning begins, and how many complete trials it needs to compare with."""
BEHIND = 3
"""How many trials before it a trial has not seen: so many run beside it, and which ends first changes nothing."""


class Pruned(Exception):
    """Ends a fit whose curve is worse than most."""


class Stopped(Exception):
    """Ends a fit that nobody waits for any more."""


@dataclass
class Search:
    """What all trials share.

    Args:
        architecture: what is fitted.
        declared: the model with the declared parameters.
        prepared: the examples.
        score: judges a model.
        first: the declared model's score.
        seed: of the search and of every fit.
        folds: where rows are few, what judges parameters in place of `score`; nothing is pruned then.
    """

    architecture: Architecture
    declared: Model
    prepared: Prepared
    score: Score
    first: float
    seed: int
    folds: Folds | None = None
    stopped: Event = field(default_factory=Event, init=False)
    _study: optuna.Study = field(init=False)
    _told: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        # Optuna can keep a study in a Redis server, and importance can be asked of a scikit-learn forest: neither here.
        with architectures.without("pandas", "redis", "sklearn"):
            import optuna.importance

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._study = optuna.create_study(direction="maximize")

    def digest(self) -> str:
        """Return what tells this search from one on other data, parameters or code."""
        import optuna

        said = [dict(self.declared.params), self.prepared.encoding.plain(), self.first, self.seed, optuna.__version__]
        digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode())
        for fold in self.folds.each if self.folds else ():
            digest.update(fold.rows.tobytes())
        for module in (self.architecture, loss_functions, folding, studies, training):
            digest.update(Path(str(module.__file__)).read_bytes())
        # What the networks among the architectures are trained by.
        networks = sorted((Path(__file__).parent / "deep").glob("*.py"))
        for file in (Path(__file__), *networks):
            digest.update(file.read_bytes())
        for examples in (self.prepared.train, self.prepared.validation):
            for arrays in (*examples.batches(), {"labels": examples.labels}):
                for name in sorted(arrays):
                    digest.update(batches.content(arrays[name]))
        return digest.hexdigest()[:16]

    def declared_trial(self) -> Trial:
        """Return the declared parameters as a trial, without fitting them again.

        Their curve stays out: at another learning rate it is no measure for pruning. A value outside the space, such
        as a penalty of zero on a logarithmic scale, counts as the nearest inside.
        """
        params, kinds, _ = self._ask(0)
        declared, nearest = self.declared.params, dict[str, Any]()
        # One choice may open others: a space asks for a depth only once the kind is a tree.
        while (said := {n: _nearest(kind, declared[n]) for n, kind in kinds.items() if n in declared}) != nearest:
            nearest = said
            self._study.enqueue_trial(nearest)
            params, kinds, _ = self._ask(0)
        return Trial(0, "complete", self.first, params, {})

    def choose(self, number: int, seen: list[Trial]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Let Optuna choose for trial `number`, which learns from the trials before it that it has seen.

        Returns:
            What was suggested by name, and what the space made of it.
        """
        self._tell(seen)
        suggested, _, chosen = self._ask(number)
        return suggested, chosen

    def trial(self, number: int, suggested: dict[str, Any], chosen: dict[str, Any], seen: list[Trial]) -> Trial:
        """Fit what was chosen until its curve is worse than that of half of those seen, and score it."""
        params = dict(self.declared.params) | self.architecture.SEARCH | chosen
        checked = self.architecture.Params.model_validate(params)
        if self.folds is not None:
            if self.stopped.is_set():
                raise Stopped
            return Trial(number, "complete", self.folds.score(self.architecture, params), suggested, {})
        part, losses = self.prepared, dict[int, float]()
        complete = [other.losses for other in seen if other.score is not None]

        def report(iteration: int, _train: float, validation: float) -> None:
            if self.stopped.is_set():
                raise Stopped
            if iteration & (iteration - 1) == 0:  # at 1, 2, 4, 8 …, where trials are at equal progress
                losses[iteration] = float(validation)
                theirs = [other[iteration] for other in complete if iteration in other]
                if iteration >= FROM and len(theirs) >= ENOUGH and min(losses.values()) > statistics.median(theirs):
                    raise Pruned

        try:
            fitted = self.architecture.fit(checked, part.train, part.validation, seed=self.seed, report=report)
        except (Pruned, architectures.Diverged):
            return Trial(number, "pruned", None, suggested, losses)
        score = self.score(Model(part.modality, self.declared.architecture, params, part.encoding, fitted))
        return Trial(number, "complete", score, suggested, losses)

    def refitted(self, trials: list[Trial]) -> tuple[Model, Curve, float] | None:
        """Fit the best trial's parameters again in full, and score that; None where no trial could be better.

        What makes a search cheap mostly costs its trials a little of their score, so the best may be better than it
        looks. It may be worse as well: the best of many is lucky, which the second fit is not.
        """
        import optuna

        complete = [(trial.score, trial) for trial in trials[1:] if trial.score is not None]
        score, best = max(complete, key=lambda pair: pair[0], default=(-np.inf, trials[0]))
        if best.number == 0 or (score <= self.first and not self.architecture.SEARCH):
            return None
        chosen = self.architecture.space(optuna.trial.FixedTrial(best.params))
        params = dict(self.declared.params) | chosen
        model, curve = training.fit(self.declared.architecture, params, self.prepared, seed=self.seed)
        return model, curve, self.folds.score(self.architecture, params) if self.folds else self.score(model)

    def importance(self, trials: list[Trial]) -> dict[str, float]:
        """Return PED-ANOVA's importances (Watanabe et al. 2023), largest first; none where too few trials differ."""
        import optuna

        scores = [trial.score for trial in trials if trial.score is not None]
        if len(scores) < ENOUGH or len(set(scores)) < 2:
            return {}
        self._tell(trials)
        with warnings.catch_warnings():
            # Optuna calls the evaluator experimental, and a figure that few trials speak of inaccurate.
            warnings.simplefilter("ignore", UserWarning)
            evaluator = optuna.importance.PedAnovaImportanceEvaluator()
            return dict(optuna.importance.get_param_importances(self._study, evaluator=evaluator))

    def _ask(self, number: int) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        """Return what is suggested by name, from which distributions, and what the space makes of it."""
        import optuna

        seed = int(np.random.SeedSequence([self.seed, number]).generate_state(1)[0])
        self._study.sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=8)
        asked = self._study.ask()
        chosen = self.architecture.space(asked)
        # The study learns of a trial when the order of numbers says so, whenever it ends: see `_tell`.
        self._study.tell(asked, state=optuna.trial.TrialState.FAIL)
        return asked.params, asked.distributions, chosen

    def _tell(self, trials: list[Trial]) -> None:
        """Tell the study of those trials, from the first on, that it has not been told of."""
        import optuna

        for trial in trials[self._told :]:
            fixed = optuna.trial.FixedTrial(trial.params)
            self.architecture.space(fixed)
            finished = optuna.trial.create_trial(
                state=optuna.trial.TrialState[trial.state.upper()],
                value=trial.score,
                params=fixed.params,
                distributions=fixed.distributions,
                intermediate_values={iteration: -loss for iteration, loss in trial.losses.items()},
            )
            self._study.add_trial(finished)
        self._told = max(self._told, len(trials))


def _nearest(distribution: Any, value: Any) -> Any:
    """Return what is nearest to `value` in a distribution."""
    if hasattr(distribution, "choices"):
        return value if value in distribution.choices else distribution.choices[0]
    inside = min(max(value, distribution.low), distribution.high)
    if not distribution.step:
        return inside
    return distribution.low + round((inside - distribution.low) / distribution.step) * distribution.step
