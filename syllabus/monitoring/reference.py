"""What a package says of its training rows, so that new ones can be held against them wherever it goes.

Distributions of train's columns; of what the model answers on test, since on train it knows the answers; and how well
it did there. All of it are counts and figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from syllabus import frames, models, targets
from syllabus.errors import Unmet
from syllabus.monitoring import columns, distributions, groups, performance

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
    train, test = (frames.scan(parts / f"{part}.parquet") for part in ("train", "test"))
    # One column at a time: the whole of train need not fit in memory.
    plain = columns.load(model.modality).watched(train, signature)
    names = plain.collect_schema().names()
    known = {name: distributions.of(plain.select(name).collect()[name]) for name in names}
    examples = models.examples(model.modality, model.encoding, parts, "test")
    given = model.answers(examples)
    target = model.encoding.target
    slicing = [name for name in dict.fromkeys(asked.slices) if name in train.collect_schema().names()]
    cut = [groups.of(train.select(name).collect()[name]) for name in slicing]
    wanted = dict.fromkeys([*slicing, *([deciding.across] if deciding.across else [])])
    raw = test.select(*wanted).collect()
    answers = deciding.answers(examples.task, given, examples.labels, raw)
    codes = [one.codes(raw[one.column]) for one in cut]
    predicted = watched_answers(examples.task, given)
    return Reference(
        rows=frames.count(train),
        source=[name for name in train.collect_schema().names() if name != frames.ROW],
        columns=known,
        predictions={column.name: distributions.of(column) for column in predicted},
        target=distributions.of(train.select(of_target(target, examples.task)).collect()[target]),
        tested=len(examples),
        unusual=None if novelty is None else unusual(novelty, examples),
        metric=asked.metric,
        groups=cut,
        performance=performance.measure(answers, asked.metric, cut, codes),
    )


def watched_answers(task: Task, given: NDArray[Any]) -> pl.DataFrame:
    """Return answers as plain columns: of two classes the probability of the second, of more the likeliest."""
    import polars as pl

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
    found: NDArray[Any] = frame.select(targets.expression(name, task)).to_series().to_numpy()
    return found
