"""The registered model as ONNX: raw columns, pixels or tokens in, probabilities or values out, where it agrees.

Two modules say what becomes of a row, found by name as all that is loaded by name:

- `columns/<modality>.py`: `arrays(encoding, schema, graph)` adds what comes in and returns the names of the arrays that
  architectures read; `TAKES` says what comes in. Where that are the columns of a table, `feeds(table, roles)` returns
  them; otherwise it is the arrays of examples, see `arrays.py`.
- `fitted/<architecture>.py`: `answers(fitted, graph, arrays)` adds what the fitted architecture does with these arrays
  and returns the name of its probabilities `(rows, k)` or values `(rows,)`. A project's own architecture has it in its
  own file, as `answers`. `SMALLER`, where there is one, says what the smaller file holds otherwise, and `TOLERANCE` how
  far off an answer may be. One that reads tokens has `cutter(fitted)`, which returns what makes them, and
  `opened(directory)`, which reads that where torch is not installed.

They stand apart from `syllabus/modalities/` and `syllabus/architectures/` so that an edit of the export trains nothing
anew. Both raise `Inexpressible` with the reason why a model has no graph. What has no module has no ONNX, and the
libraries are not imported.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from syllabus import architectures
from syllabus.errors import Unmet
from syllabus.export.graph import Graph, Inexpressible

if TYPE_CHECKING:
    import polars as pl

    from syllabus.examples import Examples
    from syllabus.models import Model

FILE, SMALL = "model.onnx", "model.small.onnx"
TOKENS = "model.tokens.json"
"""The tokenizer of a pretrained encoder that is in the graph beside what was fitted."""
WORTH = 0.9
"""A smaller file is kept from this share of the other's bytes on down."""
SINGLE = "it holds its numbers in single precision"
NEEDS = {"onnx": "onnx", "onnxruntime": "onnx"}


@dataclass(frozen=True)
class Exported:
    """What stands in the package.

    Args:
        facts: what is said of it; `reason` says why there is none, where there is none.
        files: by name.
    """

    facts: dict[str, Any]
    files: Mapping[str, bytes] = field(default_factory=dict)


def exported(
    model: Model,
    test: pl.LazyFrame,
    thresholds: Sequence[float] = (0.5,),
    asked: Sequence[str] = (),
    examples: Examples | None = None,
) -> Exported:
    """Return the model as ONNX, and a smaller one, each held against the model itself on the rows of test.

    What does not agree with the model is left out: where the largest difference is above `TOLERANCE`, the
    architecture's own or that of `checking`, or a row is decided otherwise. The smaller one need not agree; what it
    costs in each metric is told.

    Args:
        model: that is to be said.
        test: the raw rows of test.
        thresholds: from which probability on the second of two classes is decided; several where groups have their own.
        asked: the metrics whose cost is told.
        examples: the rows of test as the model reads them, where it looks at others, too.
    """
    try:
        _modules(model)
        if said := architectures.missing(NEEDS, "ONNX"):
            raise Inexpressible(said)
        schema = test.collect_schema()
        content = written(model, schema)
        from syllabus.export import asking, checking

        whole = asking.bare(model) is model.encoding
        allowed = getattr(_modules(model)[1], "TOLERANCE", checking.TOLERANCE) if whole else checking.BEHIND
        compared = checking.Compared(model, test, tuple(thresholds), tuple(asked), allowed, examples)
        agreement = compared.agreement(content)
    except Inexpressible as reason:
        return Exported({"reason": str(reason)})
    beside = _beside(model, content)
    facts = {"file": FILE, "bytes": len(content), "takes": _modules(model)[0].TAKES, **agreement}
    try:
        small = written(model, schema, small=True)
        if len(small) > WORTH * len(content):
            raise Inexpressible("it would be hardly smaller")
        how = getattr(_modules(model)[1], "SMALLER", SINGLE)
        less = {"file": SMALL, "bytes": len(small), "how": how, **compared.cost(small)}
    except (Inexpressible, Unmet) as reason:  # the latter where its answers are no probabilities
        return Exported(facts | {"small": {"reason": str(reason)}}, {FILE: content} | beside)
    return Exported(facts | {"small": less}, {FILE: content, SMALL: small} | beside)


def written(model: Model, schema: Mapping[str, pl.DataType], *, small: bool = False) -> bytes:
    """Return the model as ONNX; the same model gives the same bytes.

    Args:
        model: that is to be said.
        schema: what the columns hold.
        small: whether the architecture holds what it learned in as few bytes as it bears.

    Raises:
        Inexpressible: it has no graph.
    """
    from syllabus.export import answers

    modality, fitted = _modules(model)
    graph, task = Graph(small), model.encoding.task
    arrays = modality.arrays(model.encoding, schema, graph)
    given = graph.cast(fitted.answers(model.fitted, graph, arrays), np.float64)
    given = answers.original(graph, given, task)
    if model.calibration is not None:
        given = answers.calibrated(graph, given, model.calibration)
    about = {"architecture": model.architecture, "modality": model.modality, "classes": json.dumps(task.classes)}
    return graph.content(given, *_called(model), about)


def _called(model: Model) -> tuple[str, tuple[int | str, ...]]:
    """Return what the answers are called, and the shape of one."""
    task = model.encoding.task
    if task.quantiles:
        return "quantiles", ("steps ahead", len(task.quantiles))
    return ("probabilities", (len(task.classes),)) if task.classes else ("values", ())


def _beside(model: Model, content: bytes) -> dict[str, bytes]:
    """Return the tokenizer of an encoder that is in the graph, as a file of the package."""
    from syllabus.export import asking, checking
    from syllabus.export.arrays import HEARD

    if HEARD not in [one.name for one in checking.session(content).get_inputs()]:
        return {}
    return {TOKENS: asking.encoders_cutter(model).content()}


def known(modality: str) -> bool:
    """Return whether rows of a modality can come into a graph."""
    return importlib.util.find_spec(f"{__name__}.columns.{modality}") is not None


def _modules(model: Model) -> tuple[ModuleType, ModuleType]:
    """Return what says the model's modality and its architecture.

    Raises:
        Inexpressible: nobody does.
    """
    return module("columns", model.modality), architecture(model.architecture)


def architecture(name: str) -> ModuleType:
    """Return the module that says an architecture as a graph: a project's own says it itself."""
    if name in architectures.own(Path()):
        own = cast(ModuleType, architectures.load(name))
        if hasattr(own, "answers"):
            return own
    return module("fitted", name)


def module(room: str, name: str) -> ModuleType:
    """Return the module of a name in `columns` or `fitted`.

    Raises:
        Inexpressible: there is none.
    """
    full = f"{__name__}.{room}.{name}"
    if not name.isidentifier() or importlib.util.find_spec(full) is None:
        raise Inexpressible(f"no graph is known of {name}")
    return importlib.import_module(full)
