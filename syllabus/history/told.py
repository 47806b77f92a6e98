"""Versions as tables: for people as text, for programs as what JSON can hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from syllabus.errors import Unmet, shown
from syllabus.history import past
from syllabus.history.git import models


def listed(project: Path, model: str | None = None) -> list[dict[str, Any]]:
    """Return the versions of one model, or of all that dvc.yaml declares, the newest first, with all that is known."""
    found = []
    for name, package in models(project, model).items():
        for one in past.versions(project, name, package):
            try:
                known, said = asdict(past.facts(project, one.commit, package)), None
            except Unmet as error:
                known, said = {}, str(error)
            about = {"model": name, "version": one.name, "stage": one.stage, "date": one.date, "by": one.by}
            found.append(about | {"tag": one.tag, "commit": one.commit} | known | {"unread": said})
    return found


def table(versions: Sequence[Mapping[str, Any]]) -> str:
    """Return the versions as text."""
    if not versions:
        return "There is no version yet: `syllabus promote` makes the registered model one."
    rows = [("version", "stage", "date", "on test", "data", "by", "commit")]
    for one in versions:
        day = str(one["date"])[:16].replace("T", " ")
        main = _main(one)
        rows.append((one["tag"], one["stage"], day, main[0], _data(one), one["by"], one["commit"][:7]))
        rows += [("", "", "", further, "", "", "") for further in main[1:]]
    lines = aligned(rows)
    if any(one["unread"] or one.get("missing") for one in versions):
        lines.append("?: not in DVC's cache here; `dvc fetch --all-tags` brings what the remote has of every version")
    return "\n".join(lines)


def aligned(rows: Sequence[Sequence[object]]) -> list[str]:
    """Return the rows as lines, their cells below each other."""
    cells = [[shown(str(cell)) for cell in row] for row in rows]
    widths = [max(len(row[place]) for row in cells) for place in range(len(cells[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]


def number(value: float | None) -> str:
    """Return a metric's value for people."""
    return "-" if value is None else f"{value:.4f}" if abs(value) < 100 else f"{value:,.6g}"


def between(measured: Mapping[str, float | None]) -> str:
    """Return a metric's value with its interval."""
    low, high = measured.get("low"), measured.get("high")
    told = number(measured.get("value"))
    return told if low is None or high is None else f"{told} ({number(low)} to {number(high)})"


def _main(one: Mapping[str, Any]) -> list[str]:
    """Return the metrics that a version was chosen by and held to, each with its value."""
    measured = one.get("metrics") or {}
    return [f"{name} {between(measured[name]) if name in measured else '?'}" for name in one.get("main") or ()] or ["?"]


def _data(one: Mapping[str, Any]) -> str:
    data = one.get("data") or {}
    digest = f" {data['md5'][:7]}" if data.get("md5") else ""
    rows = f", {data['rows']:,} rows" if data.get("rows") else ""
    return f"{data.get('path') or '?'}{digest}{rows}"


def comparison(found: Mapping[str, Any]) -> str:
    """Return how two versions compare as text."""
    first, second = found["first"], found["second"]
    lines = [f"A  {first['name']}: {first['winner']}", f"B  {second['name']}: {second['winner']}", "", _rows(found)]
    if found["unable"]:
        lines.append(f"No paired test: {found['unable']}. What each showed on its own test rows:")
        names = [name for name in first["recorded"] if name in second["recorded"]]
        rows = [(name, between(first["recorded"][name]), between(second["recorded"][name])) for name in names]
        lines += ["", *aligned([("metric", "A", "B"), *rows])]
    else:
        lines += ["", *aligned([("metric", "A", "B", "B - A", "p", "better"), *map(_difference, found["metrics"])])]
    if "about" in found["test"]:
        about = found["test"]["about"]
        lines.append(f"They were examined about different classes; here both are asked about {about}.")
    lines += [
        f"{name} answers otherwise than when it was registered: its code was changed"
        for name in found["answers changed"]
    ]
    lines += ["", "Parameters", *_differing([*found["winner"], *found["parameters"]])]
    return "\n".join([*lines, "", "Data", *_of_data(found["data"]), "", "Code", *_of_code(found["code"])])


def _rows(found: Mapping[str, Any]) -> str:
    test = found["test"]
    count = f"{test['rows']:,} rows" if "rows" in test else "rows"
    left = f", less {test['left out']:,} that one of them has learned from" if test.get("left out") else ""
    if found["same test rows"]:
        return f"Both were examined on the same test rows: {count}{left}."
    return f"They were examined on different test rows; here both answer the {count} of test of {test['of']}{left}."


def _difference(row: Mapping[str, Any]) -> tuple[str, ...]:
    difference = {"value": row["difference"], "low": row["low"], "high": row["high"]}
    better = {"first": "A", "second": "B", None: "neither for sure"}[row["better"]]
    p = "-" if row["p"] is None else f"{row['p']:.3f}"
    return row["metric"], between(row["first"]), between(row["second"]), between(difference), p, better


def _differing(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    if not rows:
        return ["  the same"]
    return aligned([(f"  {row['key']}", _short(row["first"]), "→", _short(row["second"])) for row in rows])


def _short(value: Any) -> str:
    text = "not set" if value is None else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _of_data(data: Mapping[str, Any]) -> list[str]:
    source = data["source"]
    one, other = source["first"], source["second"]
    rows = [f"{held['path']}, {held['rows']:,} rows, {held['sha256'][:7]}" for held in (one, other)]
    told = [f"  the same source: {rows[0]}"] if source["same"] else aligned([("  source", rows[0], "→", rows[1])])
    told += [f"  {part} is {'the same' if same else 'other rows'}" for part, same in data["parts"].items()]
    return [*told, *([] if data["suite"] else ["  the suite was changed"])]


def _of_code(code: Mapping[str, Sequence[str]]) -> list[str]:
    return [f"  {what}: {', '.join(names)}" for what, names in code.items() if names] or ["  the same"]
