"""The search for better parameters: every trial, what mattered, and what it brought."""

from __future__ import annotations

from typing import Any

from syllabus import frames
from syllabus.reports.material import Material, rows
from syllabus.reports.scale import Scale, exact, linear, logarithmic
from syllabus.reports.sections.curves import line

TITLE = "The search"
SCATTERED = 1
"""So many of the most important parameters are drawn against the score."""


def facts(material: Material) -> dict[str, Any] | None:
    """Return a study for each candidate that was tuned."""
    studies = [_study(material, name) for name in material.candidates if material.folder(name, "tuned").is_dir()]
    searched = any(len(study["trials"]) > 1 for study in studies)
    return {"studies": studies, "searched": searched, "lower": material.lower_is_better} if studies else None


def _study(material: Material, name: str) -> dict[str, Any]:
    report = frames.read_json(material.folder(name, "tuned") / "report.json")
    # Optuna maximizes: a loss stands in its trials with the other sign.
    sign = -1.0 if material.lower_is_better else 1.0
    trials: list[dict[str, Any]] = [
        {
            "trial": int(found["trial"]),
            "state": found["state"],
            "score": sign * float(found["score"]) if found["score"] else None,
            "params": {key: _read(value) for key, value in found.items() if key not in ("trial", "state", "score")},
        }
        for found in rows(material.folder(name, "tuned") / "trials.csv")
    ]
    complete = [trial for trial in trials if trial["score"] is not None]
    better = min if material.lower_is_better else max
    best = better(complete, key=lambda trial: trial["score"])
    y = linear([trial["score"] for trial in complete], most=5)
    importance = sorted(report["importance"].items(), key=lambda item: -item[1])
    return {
        "name": name,
        "report": report,
        "declared": sign * report["declared"],
        "score": sign * report["score"],
        "again": None if report["again"] is None else sign * report["again"],
        "trials": trials,
        "params": list(trials[0]["params"]),
        "best": best,
        "x": exact([trial["trial"] for trial in trials]),
        "y": y,
        "so_far": _so_far(complete, exact([trial["trial"] for trial in trials]), y, better),
        "importance": importance,
        "scatters": [_scatter(key, complete) for key, _ in importance[:SCATTERED]],
    }


def _so_far(complete: list[dict[str, Any]], x: Scale, y: Scale, better: Any) -> str:
    """Return the polyline of the best score so far, as steps."""
    points: list[tuple[float, float]] = []
    for trial in complete:
        before = [score for _, score in points[-1:]]
        points += [(trial["trial"], score) for score in before]
        points.append((trial["trial"], better(trial["score"], *before) if before else trial["score"]))
    return line([*points, (x.high, points[-1][1])], x, y)


def _scatter(key: str, complete: list[dict[str, Any]]) -> dict[str, Any]:
    """Return where each trial's parameter stands: on a number line, or one place for each word."""
    values = [trial["params"][key] for trial in complete]
    if all(isinstance(value, float) for value in values):
        wide = min(values) > 0 and max(values) / min(values) > 50
        scale = logarithmic(values, most=5) if wide else linear(values, most=5)
        return {"name": key, "scale": scale, "words": None, "at": [scale.at(value) for value in values]}
    words = sorted({str(value) for value in values})
    places = {word: round(100 * (place + 0.5) / len(words), 2) for place, word in enumerate(words)}
    return {"name": key, "scale": None, "words": places, "at": [places[str(value)] for value in values]}


def _read(text: str) -> float | str | None:
    """Return a parameter as CSV has it: a number where it is one, None where the trial did not have it."""
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        return text
