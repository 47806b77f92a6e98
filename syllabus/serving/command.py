"""`syllabus predict`: its arguments, and what it says."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syllabus.errors import Unmet
from syllabus.serving import named, signing

if TYPE_CHECKING:
    from syllabus.serving.batch import Done
    from syllabus.sources import Source

MEMORY = 10**9
"""Bytes within which a source of any size is read: what does not fit goes through the disk."""


def add(commands: Any) -> None:
    """Add the command to the parser's."""
    predict = commands.add_parser("predict", help="answer every row of a file, of several, or of a query")
    predict.add_argument("package", metavar="PACKAGE", help=named.HELP)
    predict.add_argument(
        "data",
        metavar="INPUT",
        help="a file, a pattern of files, a URL, or env:VARIABLE for a database; a folder of pictures",
    )
    predict.add_argument("out", type=Path, metavar="OUTPUT", help="the file of the answers, .parquet or .csv")
    predict.add_argument("--table", metavar="NAME", help="the database's table")
    predict.add_argument("--schema", metavar="NAME", help="its schema, where it is not the usual one")
    predict.add_argument("--query", metavar="SELECT", help="or a query to the database")
    predict.add_argument(
        "--keep",
        action="append",
        default=[],
        metavar="COLUMN",
        help="a column of the input to write beside the answers; may be said again",
    )
    predict.add_argument(
        "--confidence",
        type=float,
        metavar="P",
        help="predict nothing where the likeliest class is less probable than this",
    )
    signing.add_key(predict)
    predict.set_defaults(command=_predict)


def _predict(asked: argparse.Namespace) -> None:
    from syllabus import memory
    from syllabus.projects import asked as words

    if asked.confidence is not None and not 0 < asked.confidence <= 1:
        raise Unmet(f"--confidence: is a probability, above 0 and at most 1, received {asked.confidence:g}")
    memory.read_ahead_little()
    memory.declare(MEMORY)
    source = words.source(asked.data, asked.table, asked.query, asked.schema)
    with named.folder(asked.package) as folder:
        done = _answered(asked, source, folder)
    told = [f"{done.rows - done.refused:,} {done.unit} answered"]
    told += [f"{done.resumed:,} of {done.rows:,} by an earlier run"] * bool(done.resumed)
    told += [f"{done.beyond:,} hold what train has not"] * bool(done.beyond)
    told += [f"on {done.abstained:,} it was not sure enough"] * bool(done.abstained)
    print(f"{', '.join(told)}: {done.out}")
    if done.rejects is not None:
        print(f"{done.refused:,} {done.unit} could not be answered, each with its reason: {done.rejects}")


def _answered(asked: argparse.Namespace, source: Source, folder: Path) -> Done:
    from syllabus.serving import batch, packages

    package = packages.opened(folder, asked.key)
    packages.asked_in_rows(package)
    if hasattr(package.modality, "histories"):
        from syllabus.serving import answers
        from syllabus.serving.forecasting import batch as forecasting

        if asked.confidence is not None:
            answers.check_confidence(package)
        return forecasting.predict(package, source, asked.out, keep=asked.keep)
    return batch.predict(package, source, asked.out, keep=asked.keep, confidence=asked.confidence)
