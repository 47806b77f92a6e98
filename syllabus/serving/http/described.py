"""What is served, in the words of programs: the OpenAPI document, and the model's metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from syllabus import __version__
from syllabus.serving.answers import ENDS

if TYPE_CHECKING:
    from syllabus.serving.fields import Field
    from syllabus.serving.http.options import Options
    from syllabus.serving.served import Served

OIP = {"number": "FP64", "integer": "INT64", "string": "BYTES", "boolean": "BOOL"}
"""The Open Inference Protocol's names of types."""
_ERRORS = {
    "400": "The body is no JSON, or the Host header names another service.",
    "401": "A token is needed.",
    "404": "No model of this name is served.",
    "408": "The body was not there in time.",
    "413": "The body is too large.",
    "415": "The body is not application/json.",
    "422": "A part is missing, is too much, or is not what belongs there.",
    "429": "Too many requests at once.",
    "500": "The model failed.",
    "503": "Not answered in time, or the service is ending.",
}


def named(served: Served) -> dict[str, Any]:
    """Return what is said of every model, whatever it takes and gives."""
    return {
        "id": served.name,
        "object": "model",
        "created": served.created,
        "owned_by": "syllabus",
        "name": served.name,
        "versions": [served.version],
        "platform": f"syllabus_{served.runs}",
        "digest": served.package.digest,
    }


def model(served: Served) -> dict[str, Any]:
    """Return the metadata of a model, as the Open Inference Protocol and as OpenAI list one."""
    several = len(served.classes)
    outputs = [{"name": "predicted", "datatype": "BYTES" if several else "FP64", "shape": [-1]}]
    outputs += [{"name": "probabilities", "datatype": "FP64", "shape": [-1, several]}] * bool(several)
    outputs += [{"name": end, "datatype": "FP64", "shape": [-1]} for end in ENDS if served.package.intervals]
    return named(served) | {
        "inputs": inputs(served),
        "outputs": outputs,
        "task": served.task,
        "classes": list(served.classes),
    }


def inputs(served: Served) -> list[dict[str, Any]]:
    """Return the columns of a request, as the Open Inference Protocol lists them."""
    return [{"name": one.name, "datatype": _datatype(one), "shape": [-1]} for one in served.fields]


def _datatype(field: Field) -> str:
    return OIP["string"] if len(field.kinds) > 1 else OIP[field.kinds[0]]


def document(served: Served, options: Options) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document: the real columns, and an example that is answered as it stands."""
    schemas = {"Row": row(served), "Request": _request(served, options), "Prediction": _prediction(served)}
    found = answered("predictions", {"$ref": "#/components/schemas/Prediction"})
    paths = {"/v1/predict": predicting(served, found, "An answer for each row.")}
    return whole(served, options, paths, schemas)


def whole(served: Served, options: Options, paths: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """Return the document of a service with these paths, beside those that every service has."""
    general: tuple[str, ...] = ("400", "408", "413", "429", "503")
    if options.tokens:
        general = ("401", *general)
    every = {**paths, **_common(served)}
    for operations in every.values():
        for operation in operations.values():
            operation["responses"] |= errors(*general)
    schemes = {"token": {"type": "http", "scheme": "bearer"}} if options.tokens else {}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": served.name,
            "version": served.version,
            "description": f"Predicts {served.target}. Served by Syllabus {__version__}.",
        },
        "security": [{name: []} for name in schemes],
        "paths": every,
        "components": {"schemas": {**schemas, "Error": ERROR}, "securitySchemes": schemes},
    }


ERROR: dict[str, Any] = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "param": {"type": ["string", "null"], "description": "where in the request it stands"},
                "code": {"type": "null"},
            },
        }
    },
}


def errors(*statuses: str) -> dict[str, Any]:
    """Return the answers with these statuses."""
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {status: {"description": _ERRORS[status], "content": content} for status in statuses}


def answer(schema: dict[str, Any], said: str, kind: str = "application/json") -> dict[str, Any]:
    """Return the good answer of an operation."""
    return {"200": {"description": said, "content": {kind: {"schema": schema}}}}


def answered(name: str, one: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of what is answered: several of one kind, under a name."""
    return {
        "type": "object",
        "required": ["model", "version", name],
        "properties": {
            "model": {"type": "string"},
            "version": {"type": "string"},
            name: {"type": "array", "items": one},
        },
    }


def predicting(served: Served, found: dict[str, Any], said: str) -> dict[str, Any]:
    """Return the operation that predicts."""
    body = {"schema": {"$ref": "#/components/schemas/Request"}, "example": {"rows": served.examples}}
    predict = {
        "summary": f"Predict {served.target}",
        "operationId": "predict",
        "requestBody": {"required": True, "content": {"application/json": body}},
        "responses": answer(found, said) | errors("415", "422"),
    }
    return {"post": predict}


def _common(served: Served) -> dict[str, Any]:
    plain: dict[str, Any] = {"type": "object"}

    def get(name: str, summary: str, responses: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {"get": {"operationId": name, "summary": summary, "responses": responses, **more}}

    named = {"name": "name", "in": "path", "required": True, "schema": {"type": "string", "enum": [served.name]}}
    one = answer(plain, "What it takes and gives.") | errors("404")
    return {
        "/v1/models": get("models", "List what is served", answer(plain, "The model that is served.")),
        "/v1/models/{name}": get("model", "Describe a model", one, parameters=[named]),
        "/health/live": get("live", "Whether the process lives", answer(plain, "It does.")),
        "/health/ready": get("ready", "Whether it takes requests", answer(plain, "It does.")),
        "/metrics": get("metrics", "Counts, for Prometheus", answer({"type": "string"}, "The counts.", "text/plain")),
    }


def row(served: Served) -> dict[str, Any]:
    """Return the schema of a row."""
    return {
        "type": "object",
        "required": [field.name for field in served.fields],
        "properties": {field.name: field.schema() for field in served.fields},
        "description": "Other columns may stand here; they are not read.",
    }


def rows(options: Options) -> dict[str, Any]:
    """Return the schema of the rows of a request."""
    items = {"$ref": "#/components/schemas/Row"}
    return {"type": "array", "minItems": 1, "maxItems": options.limits.rows, "items": items}


def _request(served: Served, options: Options) -> dict[str, Any]:
    confidence = {
        "type": ["number", "null"],
        "exclusiveMinimum": 0,
        "maximum": 1,
        "description": "Predict nothing where the likeliest class is less probable than this.",
    }
    return {
        "type": "object",
        "required": ["rows"],
        "additionalProperties": False,
        "properties": {
            "rows": rows(options),
            **({"confidence": confidence} if served.classes else {}),
            "novelty": {"type": "boolean", "description": "Whether to say how unusual each row is."},
            "reasons": {"type": "boolean", "description": "Whether to say what speaks for each answer."},
        },
    }


def _prediction(served: Served) -> dict[str, Any]:
    told: dict[str, Any] = {
        "predicted": {"type": ["string", "null"], "enum": [*served.classes, None]}
        if served.classes
        else {"type": "number"}
    }
    if served.classes:
        shares = {name: {"type": "number", "minimum": 0, "maximum": 1} for name in served.classes}
        told["probabilities"] = {"type": "object", "properties": shares, "required": list(served.classes)}
        told["abstained"] = {"type": "boolean"}
    if served.package.intervals is not None:
        told |= {end: {"type": "number"} for end in ENDS}
    if served.package.novelty is not None:
        told["novelty"] = {"type": "number", "minimum": 0, "maximum": 1}
    told["beyond"] = {"type": "array", "items": {"type": "string"}}
    if "rating" in served.task:
        told["rank"] = {"type": "integer", "minimum": 1}
    told["reasons"] = {"type": "array", "items": {"type": "object"}}
    return {"type": "object", "properties": told}
