"""The JSON Schema of `params.yaml`, for editors that complete and check it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from syllabus import architectures, modalities
from syllabus.settings import Settings


def schema(project: Path) -> dict[str, Any]:
    """Return the schema of the settings, with the parameters of every architecture that the project knows."""
    whole = Settings.model_json_schema()
    known = architectures.names(project)
    params: dict[str, Any] = {}
    for name in known:
        own = architectures.load(name, project).Params.model_json_schema()
        whole["$defs"] |= own.pop("$defs", {})
        params[name] = own
    properties = whole["properties"]
    properties["architectures"] |= {"properties": params, "additionalProperties": False}
    properties["candidates"]["items"] = {"enum": known}
    data = whole["$defs"]["Data"]
    data["properties"]["modality"]["enum"] = modalities.names()
    data["allOf"] = []
    for name in modalities.names():
        options = modalities.load(name).Options.model_json_schema()
        whole["$defs"] |= options.pop("$defs", {})
        named = {"properties": {"modality": {"const": name}}, "required": ["modality"]}
        data["allOf"].append({"if": named, "then": {"properties": {"options": options}}})
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | whole
