"""What was learned from: the source, its cleaning, its columns, and how it was shared out."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import Any

from syllabus import frames, modalities
from syllabus.reports.material import Material
from syllabus.reports.scale import linear
from syllabus.reports.wording import CLEANING

TITLE = "Data"
PARTS = ("train", "validation", "test")
OPEN = 16
"""Longer tables are folded."""


def facts(material: Material) -> dict[str, Any]:
    """Return the source, the flow of its rows, changes by rule, columns, and classes and groups by part."""
    run = material.run
    return {
        "about": material.settings.about,
        "source": run.ingested["source"],
        "flow": _flow(material),
        "rules": _rules(run.ingested["changes"]),
        "columns": _columns(material),
        "parts": PARTS,
        "rows": run.split["rows"],
        "split": material.settings.split,
        "distribution": _distribution(material),
        "represented": [_represented(material, column) for column in run.split["representation"]],
        "overlap": run.split["test rows also in train"],
        "nearly": run.split.get("test rows nearly in train", 0),
        "open": OPEN,
    }


def _flow(material: Material) -> list[dict[str, Any]]:
    run = material.run
    steps = [
        ("in the file", run.ingested["source"]["rows"]),
        ("after cleaning", run.ingested["rows"]),
        ("after quarantine", run.ingested["rows"] - run.validated["quarantined"]),
    ]
    lost = [0, *(before - after for (_, before), (_, after) in pairwise(steps))]
    return [{"step": step, "rows": rows, "lost": gone} for (step, rows), gone in zip(steps, lost, strict=True)]


def _rules(changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the changes by rule, each with the column that it touches most first."""
    by_rule: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for change in changes:
        by_rule[change["rule"]].append(change)
    return [
        {
            "rule": rule,
            "says": CLEANING.get(rule, rule),
            "whole_rows": all("before" not in example for change in found for example in change["examples"]),
            "changed": sum(change["rows"] for change in found),
            "columns": sorted(found, key=lambda change: -change["rows"]),
        }
        for rule, found in by_rule.items()
    ]


def _columns(material: Material) -> list[dict[str, Any]]:
    """Return every column with its type, its role and its gaps; those with most gaps first."""
    run, data = material.run, material.settings.data
    encoding = frames.read_json(run.folders["evaluate"] / "winner" / "model.json")["encoding"]
    categories = {
        column["name"]: len(column["categories"]) + column["rare"] for column in encoding.get("categorical", [])
    }
    become = {column["name"]: _of_date(column) for column in encoding.get("dates", [])}
    become |= {column["name"]: _of_text(column) for column in encoding.get("texts", [])}
    read = dict.fromkeys(become, "date") | {column["name"]: "text" for column in encoding.get("texts", [])}
    numeric = set(encoding.get("numeric", []))
    missing = run.ingested["missing"]
    filled = encoding.get("filling", {}).get("values", {})

    def role(name: str) -> str:
        if name == data.target:
            return "target"
        if name in read:
            return read[name]
        given = encoding.get("roles", {}).get(name) or data.columns.get(name, "")
        return "numeric" if name in numeric else "categorical" if name in categories else given

    return [
        {
            "name": name,
            "type": kind,
            "role": role(name),
            "categories": categories.get(name),
            "becomes": become.get(name, ""),
            "missing": missing[name],
            "filled": filled.get(name),
            "share": missing[name] / run.ingested["rows"],
            "sensitive": name in material.settings.examination.sensitive,
        }
        for name, kind in sorted(run.ingested["columns"].items(), key=lambda item: (-missing[item[0]], item[0]))
    ]


def _of_date(column: dict[str, Any]) -> str:
    return ", ".join([*column["parts"], *(f"days since {other}" for other in column["since"])])


def _of_text(column: dict[str, Any]) -> str:
    told = [column["words"][place] for place in column["telling"]]
    listed = f", such as {', '.join(told[:8])}" if told else ""
    return f"{len(column['words']):,} words and pairs are weighed{listed}"


def _distribution(material: Material) -> dict[str, Any] | None:
    """Return how the target of a regression is distributed in each part, on a scale of its middle nine tenths."""
    found = material.run.split.get("distribution")
    if not found:
        return None
    middle = [found[part]["quantiles"][at] for part in PARTS for at in (1, 5)]
    data = material.settings.data
    name = "the target" if data.target else modalities.target(data)
    return {"name": name, "target": modalities.target(data), "parts": found, "scale": linear(middle, most=4)}


def _represented(material: Material, column: str) -> dict[str, Any]:
    found = material.run.split["representation"][column]
    nothing = {"rows": 0, "share": 0.0}
    values = [
        {"value": value, "parts": {part: parts.get(part, nothing) for part in PARTS}} for value, parts in found.items()
    ]
    values.sort(key=lambda one: -one["parts"]["train"]["rows"])
    largest = max(one["parts"][part]["share"] for one in values for part in PARTS)
    return {
        "column": column,
        "target": column == material.settings.data.target,
        "values": values,
        "scale": linear([0.0, largest], most=4, within=(0.0, 1.0)),
        "absent": [one["value"] for one in values if not all(one["parts"][part]["rows"] for part in PARTS)],
    }
