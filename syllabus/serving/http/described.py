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
    "408": "The body was not there in time.",
    "413": "The body is too large, or has too many rows.",
    "415": "The body is not application/json.",
    "422": "A column is missing, or a value is none of its column's.",
    "429": "Too many requests at once.",
    "503": "Not answered in time, or the service is ending.",
}


def model(served: Served) -> dict[str, Any]:
    """Return the metadata of a model, as the Open Inference Protocol and as OpenAI list one."""
    several = len(served.classes)
    outputs = [{"name": "predicted", "datatype": "BYTES" if several else "FP64", "shape": [-1]}]
    outputs += [{"name": "probabilities", "datatype": "FP64", "shape": [-1, several]}] * bool(several)
    outputs += [{"name": end, "datatype": "FP64", "shape": [-1]} for end in ENDS if served.package.intervals]
    return {
        "id": served.name,
        "object": "model",
        "created": int((served.package.folder / "SHA256SUMS").stat().st_mtime),
        "owned_by": "syllabus",
        "name": served.name,
        "versions": [served.version],
        "platform": f"syllabus_{served.engine.name}",
        "inputs": [{"name": one.name, "datatype": _datatype(one), "shape": [-1]} for one in served.fields],
        "outputs": outputs,
        "task": served.task,
        "classes": list(served.classes),
        "digest": served.package.digest,
    }


def _datatype(field: Field) -> str:
    return OIP["string"] if len(field.kinds) > 1 else OIP[field.kinds[0]]


def document(served: Served, options: Options) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document: the real columns, and an example that is answered as it stands."""
    secured: dict[str, Any] = {"security": [{"token": []}]} if options.tokens else {}
    schemes = {"token": {"type": "http", "scheme": "bearer"}}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": served.name,
            "version": served.version,
            "description": f"Predicts {served.targets}. Served by Syllabus {__version__}.",
        },
        **secured,
        "paths": _paths(served, options),
        "components": {
            "schemas": {
                "Row": _row(served),
                "Request": _request(options),
                "Prediction": _prediction(served),
                "Error": ERROR,
            },
            "securitySchemes": schemes if options.tokens else {},
        },
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


def _paths(served: Served, options: Options) -> dict[str, Any]:
    asked = ("400", "401", "408", "413", "429", "503") if options.tokens else ("400", "408", "413", "429", "503")
    plain: dict[str, Any] = {"type": "object"}
    predictions = {
        "type": "object",
        "required": ["model", "version", "predictions"],
        "properties": {
            "model": {"type": "string"},
            "version": {"type": "string"},
            "predictions": {"type": "array", "items": {"$ref": "#/components/schemas/Prediction"}},
        },
    }
    body = {"schema": {"$ref": "#/components/schemas/Request"}, "example": {"rows": [served.example]}}

    def get(summary: str, responses: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {"get": {"summary": summary, "operationId": summary.replace(" ", "_"), "responses": responses} | more}

    name = {"name": "name", "in": "path", "required": True, "schema": {"type": "string", "enum": [served.name]}}
    return {
        "/v1/predict": {
            "post": {
                "summary": f"Predict {served.targets}",
                "operationId": "predict",
                "requestBody": {"required": True, "content": {"application/json": body}},
                "responses": answer(predictions, "An answer for each row.") | errors(*asked, "415", "422"),
            }
        },
        "/v1/models": get("List models", answer(plain, "The model that is served.") | errors(*asked)),
        "/v1/models/{name}": get(
            "Describe the model", answer(plain, "What it takes and gives.") | errors(*asked), parameters=[name]
        ),
        "/health/live": get("Live", answer(plain, "The process lives.") | errors(*asked)),
        "/health/ready": get("Ready", answer(plain, "It takes requests.") | errors(*asked)),
        "/metrics": get("Metrics", answer({"type": "string"}, "For Prometheus.", "text/plain") | errors(*asked)),
    }


def _row(served: Served) -> dict[str, Any]:
    return {
        "type": "object",
        "required": [field.name for field in served.fields],
        "properties": {field.name: field.schema() for field in served.fields},
        "description": "Other columns may stand here; they are not read.",
    }


def _request(options: Options) -> dict[str, Any]:
    rows = {
        "type": "array",
        "minItems": 1,
        "maxItems": options.limits.rows,
        "items": {"$ref": "#/components/schemas/Row"},
    }
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
            "rows": rows,
            "confidence": confidence,
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
    told["reasons"] = {"type": "array", "items": {"type": "object"}}
    return {"type": "object", "required": ["predicted"], "properties": told}
