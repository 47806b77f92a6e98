"""Answers as they come: a file a piece in a folder beside the output; a kill loses one piece, and none comes twice.

Each piece is written under another name and renamed. The next run with the same package, source and settings goes on
behind the last piece; at the end they become one file.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syllabus import frames
from syllabus.cleaning.asking import REASON
from syllabus.errors import Unmet
from syllabus.frames import ROW
from syllabus.serving import answers

if TYPE_CHECKING:
    import polars as pl

FORMATS = (".csv", ".parquet")
NOVELTY, BEYOND, ABSTAINED = "novelty", "beyond", "abstained"
TOLD = frozenset({answers.PREDICTED, answers.RANK, *answers.ENDS, NOVELTY, BEYOND, ABSTAINED})
"""What columns of answers are called, beside those of probabilities."""
_ABOUT = "about.json"


def check(out: Path) -> None:
    """Look whether answers can be written under this name.

    Raises:
        Unmet: they cannot.
    """
    if out.suffix not in FORMATS:
        raise Unmet(f"{out}: answers are written as {' or '.join(FORMATS)}: give it such a name")


def folder(out: Path) -> Path:
    """Return the folder of the pieces of an output."""
    return out.with_name(f".{out.name}.pieces")


def rejects(out: Path) -> Path:
    """Return the file of what could not be answered, beside an output."""
    return out.with_name(f"{out.stem}.rejects{out.suffix}")


def write(piece: pl.DataFrame, pieces: Path, done: int) -> None:
    """Write a piece, named by how many were asked about when it was done."""
    with frames.replacing(pieces / f"{done:012}.parquet") as partial:
        piece.write_parquet(partial)


def resumed(pieces: Path, settings: dict[str, Any]) -> int:
    """Return how many an earlier run has answered; make the folder of pieces where there is none of the same."""
    about = pieces / _ABOUT
    try:
        same = json.loads(about.read_text(encoding="utf-8")) == json.loads(json.dumps(settings))
    except (OSError, ValueError):
        same = False
    if not same:
        shutil.rmtree(pieces, ignore_errors=True)
        pieces.mkdir(parents=True)
        frames.write_json(settings, about)
    return max((int(piece.stem) for piece in pieces.glob("*.parquet")), default=0)


def joined(
    pieces: Path, out: Path, keep: Sequence[str], nothing: pl.DataFrame, *, rows: int | None = None
) -> tuple[int, int, int, Path | None]:
    """Write the pieces as one file, and those without an answer as another; return how many of which there are.

    Args:
        pieces: their folder.
        out: the file of the answers.
        keep: the columns that stand beside a reason.
        nothing: the columns of answers, for where there is none.
        rows: how many were asked about, each of which has one row here; None where that does not tell.

    Raises:
        Unmet: the pieces hold another number; nothing is replaced then.
    """
    import polars as pl

    held = sorted(pieces.glob("*.parquet"))
    whole = pl.concat([pl.scan_parquet(piece) for piece in held], how="diagonal") if held else pl.LazyFrame({ROW: []})
    names = whole.collect_schema().names()
    wrong = pl.col(REASON).is_not_null() if REASON in names else pl.lit(value=False)
    counted = {
        "rows": pl.len(),
        "refused": wrong.sum(),
        "beyond": pl.col(BEYOND).is_not_null().sum() if BEYOND in names else pl.lit(0),
        "abstained": pl.col(ABSTAINED).sum() if ABSTAINED in names else pl.lit(0),
    }
    found, refused, beyond, abstained = whole.select(**counted).collect(engine="streaming").row(0)
    if rows is not None and found != rows:
        raise _other(pieces, f"{found:,} rows and not the {rows:,}")
    beside = rejects(out)
    if refused:
        _write(whole.filter(wrong).select(ROW, *keep, REASON), beside)
    else:
        beside.unlink(missing_ok=True)
    answered = whole.filter(~wrong).drop(REASON, strict=False)
    if found == refused:
        answered = pl.concat([answered, nothing.lazy()], how="diagonal_relaxed").select(nothing.columns)
    _write(answered, out)
    return refused, beyond, abstained, beside if refused else None


def check_whole(pieces: Path, ends: Sequence[int]) -> None:
    """Look whether there is a piece for each of these ends, and no other.

    Raises:
        Unmet: there is not.
    """
    held = sorted(int(piece.stem) for piece in pieces.glob("*.parquet"))
    if held != list(ends):
        raise _other(pieces, f"{len(held):,} pieces and not the {len(ends):,}")


def _other(pieces: Path, told: str) -> Unmet:
    return Unmet(f"{pieces}: holds {told} that were asked about: remove this folder, and ask again")


def _write(frame: pl.LazyFrame, path: Path) -> None:
    if path.suffix == ".parquet":
        frames.sink(frame, path)
        return
    with frames.replacing(path) as partial:
        frame.sink_csv(partial)
