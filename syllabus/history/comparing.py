"""Two versions side by side: metrics on the same rows of test, a paired test, and what they were made of.

Where their test rows are the same, these are they. Otherwise both answer the test rows of the newer one, less those
that either has learned from: a row that a model knows says nothing of how good it is.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syllabus import frames
from syllabus.errors import Unmet
from syllabus.history import differing, sides, stored
from syllabus.history.sides import Side

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from syllabus.contest import Part
    from syllabus.examination.answers import Answers
    from syllabus.history.paired import Difference

LEARNED = ("train", "validation")
"""The parts that a model has learned from, or was chosen by."""
FEWEST = 10
"""Rows of test that a comparison needs at the least."""


def compare(project: Path, first: str, second: str) -> dict[str, Any]:
    """Return how two versions compare, as JSON can hold it; `told.comparison` writes it for people.

    Args:
        project: the folder that holds dvc.yaml.
        first: as `sides.find` takes it.
        second: likewise.

    Raises:
        Unmet: there is no such version, or its package is in neither cache nor remote.
    """
    with tempfile.TemporaryDirectory(prefix="syllabus-") as scratch:
        one, other = sides.find(project, (first, second), Path(scratch))
        same = one.lineage["parts"]["test"] == other.lineage["parts"]["test"]
        examined, unable, test = paired(one, other)
        return {
            "first": _about(one),
            "second": _about(other),
            "same test rows": same,
            "test": test,
            "unable": unable,
            "metrics": [asdict(row) for row in examined],
            "answers changed": _changed((one, other), examined) if same and _as_recorded(test) else [],
            "winner": differing.winners(one, other),
            "parameters": differing.parameters(one, other),
            "data": differing.data(one, other),
            "code": differing.code(one, other),
        }


def paired(one: Side, other: Side) -> tuple[list[Difference], str | None, dict[str, Any]]:
    """Let both answer the newer one's test rows, and return each metric's difference.

    Returns:
        the differences; why there are none, or None; and of the rows `of` whom they are, how many there are, and how
        many were left out since either has learned from them; `about`, where the two were examined about different
        classes, the one that both are asked about here; `gone`, where data that this needs may come back.
    """
    from syllabus.history.paired import differences

    newer = other if one.version and (other.version is None or other.version.age >= one.version.age) else one
    test: dict[str, Any] = {"of": newer.name}
    try:
        parts = newer.parts
        found = [answers(side.package, parts) for side in (one, other)]
        known = _known(newer, (one, other), found[0][1])
        test |= {"rows": int((~known).sum()), "left out": int(known.sum())}
        if test["rows"] < FEWEST:
            return [], f"{test['rows']} rows of test are left that neither has learned from", test
        classes: tuple[str, ...] = getattr(found[newer is other][0], "classes", ())
        first, second = (_about_the_same(given, classes) for given, _ in found)
        if first is not found[0][0] or second is not found[1][0]:
            test["about"] = classes[1]
        return differences(first.rows(~known), second.rows(~known)), None, test
    except stored.Gone as gone:
        return [], str(gone), test | {"gone": True}
    except Unmet as error:
        return [], str(error), test
    except (OSError, MemoryError):  # this machine's, not the models'
        raise
    except Exception as error:  # the code of today may read a model of then in any wrong way
        said = next(iter(str(error).splitlines()), "")
        return [], f"they cannot both answer: {type(error).__name__}: {said}", test


def answers(package: Path, parts: Path) -> tuple[Answers, NDArray[np.uint64]]:
    """Return what a package answers on the test rows of `parts`, decided as it says, and each example's row `(n,)`.

    Args:
        package: the folder of the model, with its threshold or its intervals where it has them.
        parts: the folder of train, validation and test.
    """
    import numpy as np

    from syllabus import conformal, contest, models, scoring, trust
    from syllabus.examination import bands
    from syllabus.serving import packages

    # What is signed is a copy: the package of a version is DVC's.
    trust.prove(package, signed=False)
    model = packages.native(package / "model")
    examples = models.examples(model.modality, model.encoding, parts, "test")
    part = contest.Part(frames.scan(parts / "test.parquet"), examples)
    given: Any = scoring.predictions(model, examples, 0.5)
    if (file := package / "threshold.json").is_file():
        given = _deciding(given, frames.read_json(file), part)
    if (file := package / "intervals.json").is_file():
        # Each of these tasks has intervals of its own kind.
        given = given.within({"regression": conformal, "forecast": bands}[given.TASK].load(file))
    return given, part.frame([])[frames.ROW].to_numpy().astype(np.uint64)


def _about_the_same(given: Any, classes: tuple[str, ...]) -> Answers:
    """Return answers about the class that others are about: which of two is the rarer one changes with the data."""
    turned: Answers = given.asking(classes) if classes else given
    return turned


def _deciding(given: Any, plain: Mapping[str, Any], part: Part) -> Any:
    """Return the answers decided at the package's threshold, or at those of groups."""
    from syllabus.examination import mitigation
    from syllabus.examination.thresholds import Choice

    names = ("threshold", "by", "reached", "rows", "groups", "across")
    choice = Choice(**{name: plain[name] for name in names}, curve={})
    cost = (choice.by or {}).get("cost")
    given = replace(given, costs=(cost["false_positive"], cost["false_negative"]) if cost else None)
    if choice.across:
        given = mitigation.told(given, part.frame([choice.across]), choice.across)
    return given.deciding(choice)


def _known(newer: Side, both: tuple[Side, Side], rows: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Return `(n,)` which of the newer one's test examples either side has learned from."""
    import numpy as np
    import polars as pl

    known = np.zeros(len(rows), bool)
    asked = frames.scan(newer.parts / "test.parquet")
    for side in both:
        if side.split == newer.split:
            continue  # a split keeps its parts apart
        learned = pl.concat([frames.scan(side.parts / f"{part}.parquet") for part in LEARNED])
        known |= np.isin(rows, _there(asked, learned))
    return known


def _there(asked: Any, learned: Any) -> NDArray[np.uint64]:
    """Return the numbers of the rows that stand in `learned` too, by all columns that both have but the number."""
    import numpy as np
    import polars as pl

    here, there = asked.collect_schema(), learned.collect_schema()
    by = [name for name in here if name in there and name != frames.ROW and not here[name].is_nested()]
    plain = [pl.col(name).cast(_together(here[name], there[name])) for name in by]
    found = asked.select(frames.ROW, *plain).join(learned.select(plain).unique(), on=by, how="semi", nulls_equal=True)
    numbers: NDArray[np.uint64] = found.select(frames.ROW).collect()[frames.ROW].to_numpy().astype(np.uint64)
    return numbers


def _together(here: Any, there: Any) -> Any:
    """Return the type in which a value is the same, whatever it is in either of two tables.

    New data change types: numbers are no longer whole, moments come finer, categories in another order.
    """
    import polars as pl

    if here == there and not isinstance(here, pl.Enum | pl.Categorical):
        return here
    if here.is_numeric() and there.is_numeric():
        return pl.Float32 if pl.Float32 in (here, there) else pl.Float64
    zones = [getattr(one, "time_zone", None) for one in (here, there)]
    if here.is_temporal() and there.is_temporal() and pl.Duration not in (here, there) and pl.Time not in (here, there):
        return pl.Datetime("us", zones[0]) if zones[0] == zones[1] else pl.String
    return pl.String


def _as_recorded(test: Mapping[str, Any]) -> bool:
    """Say whether all rows of test were answered, and about the class that each was examined about."""
    return not test.get("left out") and "about" not in test


def _changed(both: tuple[Side, Side], examined: Sequence[Difference]) -> list[str]:
    """Return who has other figures on the same rows than were recorded: the code of today answers otherwise."""
    return [
        side.name
        for side, which in zip(both, ("first", "second"), strict=True)
        for recorded in [side.report["test"]["metrics"]]
        if any(not _close(recorded.get(row.metric, {}).get("value"), getattr(row, which).value) for row in examined)
    ]


def _close(recorded: float | None, now: float) -> bool:
    return recorded is None or math.isclose(recorded, now, rel_tol=1e-4, abs_tol=1e-5)


def _about(side: Side) -> dict[str, Any]:
    examined = side.report
    return {
        "name": side.name,
        "commit": side.version and side.version.commit,
        "winner": examined["winner"]["name"],
        "recorded": {
            name: {key: one[key] for key in ("value", "low", "high")}
            for name, one in examined["test"]["metrics"].items()
        },
    }
