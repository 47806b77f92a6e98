"""The rates of each sensitive group, and the gaps between groups."""

from __future__ import annotations

from typing import Any

from syllabus.reports.material import Material
from syllabus.reports.scale import SMALL_UNIT
from syllabus.reports.wording import RATES

TITLE = "Fairness"


def facts(material: Material) -> dict[str, Any] | None:
    """Return the attributes, then their crossings; None for another task or where nothing sensitive is declared."""
    if material.test["task"] != "classification":
        return None
    audited = [_attribute(attribute, material) for attribute in material.test["fairness"]]
    if not audited:
        return None
    return {
        "attributes": [one for one in audited if not one["crossed"]],
        "crossings": [one for one in audited if one["crossed"]],
        "mitigated": _mitigated(material),
        "rates": RATES,
        "unit": SMALL_UNIT,
        "gate": material.settings.gates.fairness,
        "smallest": material.settings.examination.smallest_group,
        "multiclass": len(material.test["classes"]) > 2,
    }


def _mitigated(material: Material) -> dict[str, Any] | None:
    """Return what each group's own threshold changed: gaps, then metrics, each before and after."""
    found: dict[str, Any] | None = material.test.get("mitigated")
    if found is None:
        return None
    closed = material.settings.examination.mitigation
    return found | {"measure": closed.measure if closed else None, "changed": found["gaps"] | found["metrics"]}


def _attribute(attribute: dict[str, Any], material: Material) -> dict[str, Any]:
    """Return the groups by class asked about, the class with the widest gap first."""
    gate = material.settings.gates.fairness
    measure = gate.measure if gate else "equalized_odds_difference"
    large, everywhere = attribute["gaps_large"][measure], attribute["gaps"][measure]
    deciding = everywhere if large["value"] is None else large
    by_class: dict[str, list[dict[str, Any]]] = {}
    for group in attribute["groups"]:
        by_class.setdefault(group["class"], []).append(group)
    ordered = sorted(by_class.items(), key=lambda item: item[0] != deciding["of"])
    return {
        "name": attribute["name"],
        "crossed": attribute["crossed"],
        "by_class": [{"name": name, "groups": groups} for name, groups in ordered],
        "gaps": [
            {"measure": measure, "all": gap, "large": attribute["gaps_large"][measure]}
            for measure, gap in attribute["gaps"].items()
        ],
    }
