"""What a package says of its training rows, so that new ones can be held against them wherever it goes.

Distributions of train's columns; of what the model answers on test, since on train it knows the answers; and how well
it did there. All of it are counts and figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from syllabus import frames, models, targets
from syllabus.errors import Unmet
from syllabus.monitoring import columns, distributions, groups, performance
from syllabus.monitoring.columns import Known
from syllabus.splitting import PARTS

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from syllabus.examples import Examples, Task
    from syllabus.models import Model
    from syllabus.monitoring.distributions import Distribution
    from syllabus.monitoring.groups import Groups
    from syllabus.monitoring.performance import Deciding
    from syllabus.novelty import Novelty
    from syllabus.settings import Examination

FILE = "reference.json"
UNUSUAL = 0.01
"""A row is unusual where at most this share of known rows is as unusual."""


@dataclass(frozen=True, eq=False)
class Reference:
    """What new rows are held against.

    Args:
        rows: how many train has.
        source: the columns of the table that it was split from, whether read or not.
        columns: the plain columns of train.
        predictions: what the model answered on test, as plain columns.
        target: the target in train; None where it has none.
        tested: how many rows test has.
        unusual: how many of them are unusual; None where nothing tells.
        metric: the figure that chose the model.
        groups: how rows are sliced.
        performance: what `performance.measure` returned for test.
        evidence: of `columns`, `predictions` and `target` how many independent pieces there are for a row.
        held: what columns need of train beyond what the model has learned.
    """

    rows: int
    source: Sequence[str]
    columns: Mapping[str, Distribution]
    predictions: Mapping[str, Distribution]
    target: Distribution | None
    tested: int
    unusual: int | None
    metric: str
    groups: Sequence[Groups]
    performance: Mapping[str, Any]
    evidence: Mapping[str, float] = field(default_factory=dict)
    held: Mapping[str, Any] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return vars(self) | {
            "columns": {name: one.plain() for name, one in self.columns.items()},
            "predictions": {name: one.plain() for name, one in self.predictions.items()},
            "target": None if self.target is None else self.target.plain(),
            "groups": [one.plain() for one in self.groups],
        }

    def save(self, package: Path) -> None:
        """Write it as JSON into a package's folder."""
        frames.write_json(self.plain(), package / FILE)


def load(package: Path) -> Reference:
    """Read what `Reference.save` wrote.

    Raises:
        Unmet: the package has no reference, or a damaged one.
    """
    if not (package / FILE).is_file():
        raise Unmet(
            f"{package}: holds no {FILE}, against which new rows are held: it was made before packages had one, so run "
            f"`dvc repro` again, or its modality is not watched; watched are {', '.join(columns.names())}"
        )
    try:
        return _read(frames.read_json(package / FILE))
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Unmet(
            f"{package / FILE}: is no reference that `register` wrote; restore it with `dvc checkout`"
        ) from None


def _read(plain: dict[str, Any]) -> Reference:
    several = {
        part: {name: distributions.load(one) for name, one in plain[part].items()}
        for part in ("columns", "predictions")
    }
    target = None if plain["target"] is None else distributions.load(plain["target"])
    return Reference(**plain | several | {"target": target, "groups": [groups.load(one) for one in plain["groups"]]})


def learn(
    model: Model,
    parts: Path,
    signature: Sequence[Mapping[str, Any]],
    asked: Examination,
    deciding: Deciding,
    novelty: Novelty | None,
) -> Reference | None:
    """Learn what new rows are held against; None where examples of this modality are not watched.

    Args:
        model: the winner.
        parts: the folder of train, validation and test.
        signature: the columns that are read.
        asked: the metric that chose it, and the slices.
        deciding: how its answers are used.
        novelty: how unusual a row is.
    """
    if model.modality not in columns.names():
        return None
    own: Any = columns.load(model.modality)
    if hasattr(own, "learn"):
        found: Reference = own.learn(model, parts, asked, deciding)
        return found
    train, test = (frames.scan(parts / f"{part}.parquet") for part in ("train", "test"))
    held = own.held(train) if hasattr(own, "held") else {}
    examples = models.examples(model.modality, model.encoding, parts, "test")
    given = model.answers(examples)
    slicing = [name for name in dict.fromkeys(asked.slices) if name in train.collect_schema().names()]
    cut = [groups.of(train.select(name).collect()[name]) for name in slicing]
    wanted = dict.fromkeys([*slicing, *([deciding.across] if deciding.across else [])])
    raw = test.select(*wanted).collect()
    answers = deciding.answers(given, examples, raw, columns.judge(model.modality))
    codes = [one.codes(raw[one.column]) for one in cut]
    predicted = watched_answers(model.modality, given, examples)
    return Reference(
        rows=frames.count(train),
        source=[name for name in train.collect_schema().names() if name != frames.ROW],
        columns=_columns(model, parts, signature, Known(model.encoding, held)),
        predictions={column.name: distributions.of(column) for column in predicted},
        target=None if columns.truth(model.modality, examples.task, ()) else _target(model, train),
        tested=len(examples),
        unusual=None if novelty is None else unusual(novelty, examples),
        metric=asked.metric,
        groups=cut,
        performance=performance.measure(
            answers, asked.metric, cut, codes, fewest=columns.fewest(model.modality), together=hasattr(own, "together")
        ),
        evidence=_evidence(model, parts, Known(model.encoding, held)),
        held=held,
    )


def _evidence(model: Model, parts: Path, known: Known) -> dict[str, float]:
    """Return how many independent pieces there are for a row, where rows go with each other."""
    import polars as pl

    several = {"columns": PARTS[1:], "predictions": ("test",), "target": ("train",)}
    found = {}
    for what, names in several.items():
        rows = pl.concat(frames.scan(parts / f"{name}.parquet") for name in names)
        if pieces := columns.together(model.modality, rows, known):
            found[what] = len(pieces) / frames.count(rows)
    return found


def _columns(
    model: Model, parts: Path, signature: Sequence[Mapping[str, Any]], known: Known
) -> dict[str, Distribution]:
    """Return how columns are distributed in train, and those of which it cannot tell in validation and test."""
    import polars as pl

    own: Any = columns.load(model.modality)
    fresh = getattr(own, "fresh", lambda _: False)
    train, *others = (
        columns.watched(model.modality, frames.scan(parts / f"{part}.parquet"), signature, known) for part in PARTS
    )
    told = {False: train, True: pl.concat(others)}
    # One column at a time: the whole of train need not fit in memory.
    return {
        name: distributions.of(told[fresh(name)].select(name).collect()[name])
        for name in train.collect_schema().names()
    }


def _target(model: Model, train: pl.LazyFrame) -> Distribution:
    name = model.encoding.target
    return distributions.of(train.select(of_target(name, model.encoding.task)).collect()[name])


def watched_answers(modality: str, given: NDArray[Any], examples: Examples) -> pl.DataFrame:
    """Return answers as plain columns: of two classes the probability of the second, of more the likeliest."""
    import polars as pl

    own: Any = columns.load(modality)
    if hasattr(own, "answered"):
        told: pl.DataFrame = own.answered(given, examples)
        return told
    task = examples.task
    if task.kind != "classification":
        return pl.DataFrame({"predicted": given})
    if len(task.classes) == 2:
        return pl.DataFrame({f"probability of {task.classes[1]}": given[:, 1]})
    likeliest = np.array(task.classes, dtype=object)[given.argmax(axis=1)]
    return pl.DataFrame(
        {"likeliest": likeliest, "its probability": given.max(axis=1)},
        schema={"likeliest": pl.String, "its probability": pl.Float64},
    )


def unusual(novelty: Novelty, examples: Examples) -> int:
    """Return how many examples are unusual."""
    return int((novelty.share(examples) <= UNUSUAL).sum())


def of_target(name: str, task: Task) -> pl.Expr:
    """Return the target as a plain column."""
    import polars as pl

    return pl.col(name).cast(pl.String if task.kind == "classification" else pl.Float64)


def labels(frame: pl.DataFrame, name: str, task: Task) -> NDArray[Any]:
    """Return the target of rows as `Examples` hold it; -1 of a class that train did not have."""
    own = targets.expression(name, task) if task.kind in ("classification", "regression") else of_target(name, task)
    found: NDArray[Any] = frame.select(own).to_series().to_numpy()
    return found
