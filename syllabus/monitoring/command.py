"""`syllabus monitor`: its arguments, and what it says."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from syllabus.serving import named

ALARM = 2
"""The exit status where an alarm stands, and one was asked for."""


def add(commands: Any) -> None:
    """Add the command to the parser's."""
    monitor = commands.add_parser("monitor", help="hold new rows against what a model was trained on")
    monitor.add_argument("package", metavar="PACKAGE", help=named.HELP)
    monitor.add_argument(
        "data",
        metavar="INPUT",
        help="a file, a folder of Parquet, a pattern of files, a URL, or env:VARIABLE for a database",
    )
    monitor.add_argument("--table", metavar="NAME", help="the database's table")
    monitor.add_argument("--schema", metavar="NAME", help="its schema, where it is not the usual one")
    monitor.add_argument("--query", metavar="SELECT", help="or a query to the database")
    monitor.add_argument(
        "--out", type=Path, default=Path("monitor"), metavar="FOLDER", help="of monitor.html and monitor.json"
    )
    monitor.add_argument("--labels", metavar="FILE", help="the target of these rows, where the input has it not")
    monitor.add_argument("--key", metavar="COLUMN", help="the column by which rows and labels belong together")
    monitor.add_argument("--fail", action="store_true", help=f"end with status {ALARM} where an alarm stands")
    monitor.set_defaults(command=_monitor)


def _monitor(asked: argparse.Namespace) -> None:
    from syllabus import memory
    from syllabus.errors import Unmet, shown
    from syllabus.monitoring import columns, watching
    from syllabus.monitoring.labels import Labels
    from syllabus.projects import asked as words
    from syllabus.serving import packages
    from syllabus.serving.command import MEMORY

    if asked.out.exists() and not asked.out.is_dir():
        raise Unmet(f"--out {asked.out}: is a file; name a folder")
    memory.read_ahead_little()
    memory.declare(MEMORY)
    source = words.source(asked.data, asked.table, asked.query, asked.schema)
    labels = Labels(None if asked.labels is None else words.source(asked.labels), asked.key)
    with watching.tidied(), named.folder(asked.package) as folder:
        watched = watching.watch(packages.opened(folder, fits=columns.load), source, labels=labels)
    watching.write(watched, asked.out)
    print(shown(f"{watched.told()}. Open {asked.out / watching.PAGE}"))
    if asked.fail and watched.alarms:
        sys.exit(ALARM)
