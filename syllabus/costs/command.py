"""`syllabus cost`: its arguments, and what it says."""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import Any

from syllabus.costs import PAGE
from syllabus.errors import Unmet


def add(commands: Any) -> None:
    """Add the command to the parser's."""
    cost = commands.add_parser("cost", help="say what the stages took, and what 1,000 predictions take")
    cost.add_argument("--check", action="store_true", help="fail where a cap of params.yaml, under cost, is exceeded")
    cost.add_argument("--per-kwh", type=float, metavar="PRICE", help="of a kilowatt-hour, to tell prices, too")
    cost.add_argument(
        "--page",
        type=Path,
        metavar="FILE.html",
        nargs="?",
        const=PAGE,
        help=f"write it as a page, too: {PAGE} without a name, which `syllabus where` then tells of",
    )
    cost.add_argument("--json", action="store_true", help="all that is known, for programs")
    cost.set_defaults(command=_cost)


def _cost(asked: argparse.Namespace) -> None:
    from syllabus import params
    from syllabus.costs import asking, caps, page, runs, told

    if asked.per_kwh is not None and not (math.isfinite(asked.per_kwh) and asked.per_kwh >= 0):
        raise Unmet(f"--per-kwh: is a price, from 0, received {asked.per_kwh:g}")
    if asked.page and asked.page.suffix != ".html":
        raise Unmet(f"--page {asked.page}: is a page, so its name ends in .html")
    settings = params.read(Path("params.yaml"))
    found = runs.recorded(Path(), settings)
    answers: dict[str, Any] | str
    try:
        answers = asking.asked(caps.PACKAGE, caps.PARTS)
    except Unmet as error:
        answers = str(error)
    known = told.facts(settings, found, answers, asked.per_kwh)
    print(json.dumps(known, indent=2, ensure_ascii=False) if asked.json else told.text(known))
    if asked.page:
        page.write(known, asked.page)
    if not asked.check:
        return
    if known["exceeded"]:
        raise Unmet(known["exceeded"])
    if not asked.json:
        held = ", ".join(known["declared"])
        print(f"Within its caps: {held}." if held else "No cap is declared: params.yaml names none under cost.")
