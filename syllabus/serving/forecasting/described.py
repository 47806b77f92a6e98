"""A model of series in the words of programs: the OpenAPI document, and its metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from syllabus.serving.answers import ENDS, PREDICTED
from syllabus.serving.forecasting.answering import SERIES, STEPS
from syllabus.serving.http import described
from syllabus.serving.pieces import BEYOND

if TYPE_CHECKING:
    from syllabus.serving.forecasting.forecaster import Forecaster
    from syllabus.serving.http.options import Options
    from syllabus.serving.served import Served


def model(served: Served) -> dict[str, Any]:
    """Return the metadata of a model, as the Open Inference Protocol lists one, and how far it looks."""
    forecaster = forecasts(served)
    options = forecaster.package.model.encoding.options
    names = [PREDICTED, *(ENDS if served.package.intervals is not None else ())]
    looks = {name: getattr(options, name) for name in ("time", "frequency", "season", "context", "horizon")}
    columns = {name: list(getattr(options, name)) for name in ("series", "known", "past", "static")}
    return described.named(served) | {
        "inputs": described.inputs(served),
        "outputs": [{"name": name, "datatype": "FP64", "shape": [-1, forecaster.horizon]} for name in names],
        "task": served.task,
        "series": looks | {"columns": columns},
    }


def document(served: Served, options: Options) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document: the real columns, and an example that is answered as it stands."""
    rows = described.rows(options) | {"description": _said(served)}
    asked = {"type": "object", "required": ["rows"], "additionalProperties": False, "properties": {"rows": rows}}
    schemas = {"Row": described.row(served), "Request": asked, "Forecast": _forecast(served)}
    found = described.answered("forecasts", {"$ref": "#/components/schemas/Forecast"})
    paths = {"/v1/predict": described.predicting(served, found, "The steps ahead of each series.")}
    return described.whole(served, options, paths, schemas)


def forecasts(served: Served) -> Forecaster:
    """Return what goes on from histories."""
    assert served.forecaster is not None
    return served.forecaster


def _said(served: Served) -> str:
    """Return what rows must stand there, in words."""
    options = served.package.model.encoding.options
    each = f" of each series (told apart by {', '.join(options.series)})" if options.series else ""
    ahead = f" The {options.horizon} steps ahead need no rows."
    if options.known:
        told = ", ".join(options.known)
        ahead = f" Behind them the {options.horizon} steps ahead, with {served.target} null, and with {told}."
    return (
        f"The last steps{each}, a row each, every {options.frequency}: at least {options.season}, better "
        f"{options.context}, which is how far the model looks back.{ahead}"
    )


def _forecast(served: Served) -> dict[str, Any]:
    """Return the schema of what is told of a series."""
    forecaster = forecasts(served)
    fields = {field.name: field for field in served.fields}
    named = {name: fields[name].schema() for name in forecaster.series}
    numbers = [PREDICTED, *(ENDS if served.package.intervals is not None else ())]
    step: dict[str, Any] = {forecaster.time: fields[forecaster.time].schema()}
    step |= {name: {"type": "number"} for name in numbers}
    one = {"type": "object", "required": list(step), "properties": step}
    steps = {"type": "array", "items": one, "minItems": forecaster.horizon, "maxItems": forecaster.horizon}
    told: dict[str, Any] = {
        SERIES: {"type": "object", "required": list(named), "properties": named},
        STEPS: steps,
        BEYOND: {"type": "array", "items": {"type": "string"}, "description": "What of it train has not."},
    }
    return {"type": "object", "required": list(told), "properties": told}
