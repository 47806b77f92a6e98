"""What a person should look at: suspected by ingest and on train, counted, and not changed."""

from __future__ import annotations

import json
from typing import Any

from syllabus.reports.material import Material

TITLE = "To review"
OPEN = 10
"""More rows are folded."""
KINDS = {
    "near_duplicates": (
        "Near duplicates",
        "Rows equal to an earlier one but for case, spaces and punctuation. One may stand in train, the other in test.",
    ),
    "look_alike": (
        "Pictures that look alike",
        "Their perceptual hashes nearly agree. They stay in one part, unless a column says what the rows are split by.",
    ),
    "like_texts": (
        "Texts that nearly say the same",
        "They share most of their pairs of words. They stay in one part, unless a column says how the rows are split.",
    ),
    "twins": (
        "Examples that are alike in all parts",
        "Their pictures look alike and their texts nearly say the same. What is alike in either stays in one part.",
    ),
    "say_the_same": (
        "Documents that say nearly the same",
        "They share most of their runs of five words. They stay in one part.",
    ),
    "personal": (
        "What may be personal",
        "Found by how it is written, and left as it is: a model may learn it by heart and write it again.",
    ),
    "contradictions": (
        "Rows that contradict each other",
        "Alike in every column that is learned from, with different targets: no model can tell them apart.",
    ),
    "merges": (
        "Spellings of one category?",
        "Values that differ in case, spaces or punctuation, and rare ones that look like a frequent one.",
    ),
    "units": ("Several units in one column", "The number before each unit is to be multiplied by what stands here."),
    "marks": ("Marks for a missing value?", "A value that several rows hold, far from all others."),
    "outliers": (
        "Far from the rest",
        "More than five times as far from the median as nineteen of twenty values on its side. What is real stays; "
        "what is impossible is made missing by limits.",
    ),
    "orders": (
        "Out of order",
        "Dates or years whose order holds in nearly every row. A rule on the pair in the suite puts such rows into "
        "quarantine.",
    ),
}


def facts(material: Material) -> dict[str, Any] | None:
    """Return the leaks, the flags by kind and the doubted labels; None where nothing was looked for."""
    cleaning, evaluated = material.settings.data.cleaning, material.run.evaluated
    flags = material.run.ingested.get("flags", [])
    kinds = [
        {"kind": kind, "title": title, "says": says, "flags": found, "off": found[0]["off"]}
        for kind, (title, says) in KINDS.items()
        if (found := sorted((f for f in flags if f["kind"] == kind), key=lambda flag: -flag["rows"]))
    ]
    labels: dict[str, Any] = evaluated.get("label errors") or {"looked": 0, "suspected": 0, "listed": []}
    leaks = [one | {"line": _ignoring(one["column"])} for one in evaluated.get("leaks") or ()]
    if not (kinds or labels["looked"] or cleaning.flags or leaks):
        return None
    several = bool(leaks) + len(kinds) + bool(labels["suspected"])
    return {
        "leaks": leaks,
        "kinds": kinds,
        "labels": labels if labels["looked"] else None,
        "drop": ", ".join(str(one["row"]) for one in labels["listed"][:3]),
        "target": material.settings.data.target,
        "classes": material.settings.data.task == "classification",
        "open": OPEN,
        "alarm": f"{several} to look at" if several else "",
    }


def _ignoring(column: str) -> str:
    """Return the line that leaves a column out."""
    return f"{json.dumps(column, ensure_ascii=False)}: ignore"
