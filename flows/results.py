"""What a run came to, as the Markdown that Prefect's page shows: stages, metrics, and the pages to open."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from flows.records import Record
    from flows.walk import Ending

PAGES_URL = "SYLLABUS_PAGES_URL"
"""The variable that says where `flows.serve` shows the project's pages: a browser opens no file from Prefect's page."""
ROWS = 40


def markdown(endings: Mapping[str, Ending], metrics: Sequence[str], outputs: Sequence[str]) -> str:
    """Return links to the run's pages, its metrics and its stages, read from the working folder.

    Args:
        endings: how each stage ended.
        metrics: paths of the metrics files.
        outputs: paths of everything that the stages write.
    """
    stages = _table(("stage", "state", "why"), ((s, end.name, end.message or "") for s, end in endings.items()))
    values = [row for path in metrics for row in _metrics(Path(path))]
    found = [page for path in outputs for page in _pages(Path(path))]
    parts = [
        "## Pages\n\n" + "\n".join(f"- {_link(page)}" for page in found) if found else "",
        f"## Metrics\n\n{_table(('metric', 'value'), values[:ROWS])}" if values else "",
        f"And {len(values) - ROWS} more in {_plain(', '.join(metrics))}" if len(values) > ROWS else "",
        f"## Stages\n\n{stages}",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def monitoring(report: Mapping[str, Any], page: Path) -> str:
    """Return what a look at new rows came to: the page, what is wrong, and what to do.

    Args:
        report: what `monitor.json` holds.
        page: `monitor.html`, against the project's folder.
    """
    rows = [(one["severity"], one["says"], one["advice"]) for one in report["findings"]]
    found = _table(("", "what", "what to do"), rows[:ROWS]) if rows else "Nothing has changed."
    return f"## Page\n\n- {_link(page)}\n\n## {_plain(report['told'])}\n\n{found}\n"


def retraining(ended: Record) -> str:
    """Return what a retraining came to."""
    figures = ended.figures
    told = {"outcome": ended.outcome, "champion before": ended.champion or "none", "version": ended.version or "none"}
    if figures:
        told |= {
            "metric": figures["metric"],
            "challenger": f"{figures['second']['value']:.6g}",
            "champion": f"{figures['first']['value']:.6g}",
            "difference": f"{figures['difference']:+.4g}",
            "rows of test": f"{figures['rows']:,}",
        }
    return f"{_plain(ended.sentence)}\n\n{_table(('', ''), list(told.items()))}\n"


def _metrics(path: Path) -> Iterator[tuple[str, str]]:
    if path.suffix == ".json" and path.is_file():
        yield from _flat("", json.loads(path.read_text(encoding="utf-8")))


def _flat(prefix: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(f"{prefix}.{key}" if prefix else str(key), inner)
    elif isinstance(value, int | float | str):
        yield prefix, f"{value:.4f}" if isinstance(value, float) else str(value)


def _pages(output: Path) -> Iterator[Path]:
    """Yield the pages of an output: a file of HTML, or a folder's index.html, or else its uppermost pages."""
    if output.suffix == ".html" and output.is_file():
        yield output
    elif (output / "index.html").is_file():
        yield output / "index.html"
    elif output.is_dir():
        every = sorted(output.rglob("*.html"), key=lambda page: (len(page.parts), page.name != "index.html", page))
        first = [page for page in every if len(page.parts) == len(every[0].parts)]
        yield from first[:1] if first and first[0].name == "index.html" else first


def _link(page: Path) -> str:
    base = os.environ.get(PAGES_URL)
    if base:
        return f"[{_plain(page.as_posix())}]({base.rstrip('/')}/{quote(page.as_posix())})"
    return _plain(str(page.resolve()))


def _table(head: Sequence[str], rows: Iterator[tuple[str, ...]] | Sequence[tuple[str, ...]]) -> str:
    lines = [head, ["---"] * len(head), *(map(_plain, row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _plain(text: str) -> str:
    """Escape what Markdown or HTML would read in a text that comes from data."""
    return re.sub(r"([\\`*_{}\[\]()<>#+!|~&-])", r"\\\1", " ".join(text.split()))
