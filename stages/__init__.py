"""The stages: each a function of settings and paths, run by DVC as `python -m stages.NAME PATHS…`."""

from __future__ import annotations

import inspect
import io
import os
import re
import shutil
import sys
from collections.abc import Callable
from contextlib import nullcontext, redirect_stdout
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, get_type_hints

from syllabus import environment, memory, metering, params, processes, why
from syllabus.errors import Unmet, shown

# By its name, as no result depends on it: so no stage does in dvc.yaml.
import_module("syllabus.extras").explain("stages")

Out = Annotated[Path, "a folder, written under another name, and renamed when the stage ends well"]


def run(stage: Callable[..., int | None], arguments: list[str] | None = None, *, shared: bool = False) -> None:
    """Call `stage` with the project's settings and the command line's words; end the process with what came of it.

    A parameter of type `Out` is handed a folder beside the one named on the command line, which takes the name when
    the stage ends well: a killed stage leaves nothing that looks whole, and what was there before stays until then.
    In the sentence of an `Unmet` it goes by that name too.
    What a user can mend is told in a line, without a traceback, and the exit status is 1.

    What a stage returns is the number of rows that it was about: with what it took, that is kept for `syllabus cost`.

    Several processes, started by `torchrun`, may run a stage together where it is `shared`; the first one writes.
    """
    # Threads that wait spin by default: on a busy machine that made one fit ten times slower.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    memory.read_ahead_little()
    words = sys.argv[1:] if arguments is None else arguments
    try:
        if processes.count() > 1 and not shared:
            raise Unmet("runs in one process; torchrun is for train, whose processes share a fit")
        with nullcontext() if processes.first() else redirect_stdout(io.StringIO()):
            _call(stage, words)
    except Unmet as error:
        sys.exit(_said(stage, str(error)))
    except OSError as error:
        sys.exit(_said(stage, _of_system(error)))
    except _of_engines() as error:
        sys.exit(_said(stage, _of_system(error)))
    except KeyboardInterrupt:
        sys.exit(_said(stage, "interrupted; what was there before is untouched"))


def _call(stage: Callable[..., int | None], words: list[str]) -> None:
    hints = get_type_hints(stage, include_extras=True)
    names = [name for name in inspect.signature(stage).parameters if name != "settings"]
    if len(words) != len(names):
        usage = f"python -m stages.{stage.__name__} {' '.join(names).upper()}"
        raise Unmet(f"needs {len(names)} argument{'s' * (len(names) != 1)}, received {len(words)}: {usage}")
    values: dict[str, Any] = {
        name: word if hints[name] is str else Path(word) for name, word in zip(names, words, strict=True)
    }
    outs = {name: values[name] for name in names if hints[name] == Out}
    for name, out in outs.items():
        if not out.name or out.is_file():
            raise Unmet(
                f"{name.upper()} must be a folder that the stage may replace, received {words[names.index(name)]!r}"
            )
    meter = metering.Meter()
    if processes.first():
        why.note(Path())
    settings = params.read(Path("params.yaml"))
    environment.check()
    memory.declare(settings.memory_limit)
    own = "partial" if processes.first() else f"{processes.rank()}.partial"
    partials = {out: _beside(out, own) for out in outs.values()}
    try:
        for partial in partials.values():
            partial.mkdir(parents=True)
        try:
            rows = stage(settings, **values | {name: partials[out] for name, out in outs.items()})
        except Unmet as error:
            if error.keep and processes.first():
                _rename(partials)
            raise Unmet(_by_final_names(str(error), partials)) from None
        if processes.first():
            _rename(partials)
            metering.note(Path(), meter, rows)
    finally:
        for partial in partials.values():
            shutil.rmtree(partial, ignore_errors=True)


def _by_final_names(message: str, partials: dict[Path, Path]) -> str:
    for out, partial in partials.items():
        message = message.replace(str(partial), str(out))
    return message


def _beside(out: Path, what: str) -> Path:
    """Return the path of what stands beside `out` while it is written, cleared of what a killed stage left there."""
    path = out.with_name(f".{out.name}.{what}")
    if path.exists():
        shutil.rmtree(path)
    return path


def _rename(partials: dict[Path, Path]) -> None:
    for out, partial in partials.items():
        before = _beside(out, "before.partial")
        if out.exists():
            out.rename(before)
        partial.rename(out)
        shutil.rmtree(before, ignore_errors=True)


def _of_engines() -> tuple[type[Exception], ...]:
    """Return the errors in which the engines wrap those of the system; called only when one is raised."""
    import duckdb
    import polars as pl

    return pl.exceptions.PolarsError, duckdb.Error


def _of_system(error: Exception) -> str:
    """Return the sentence for an error of the system, such as a full disk; raise what is none."""
    number, where = getattr(error, "errno", None), getattr(error, "filename", None)
    if number is None:
        # So polars and DuckDB write it.
        told = re.search(r'os error (\d+)\)(?:: (\S+))?|"errno":"(\d+)"', str(error))
        if not told:
            raise error
        number, where = int(told[1] or told[3]), told[2]
    return f"{f'{where}: ' if where else ''}{os.strerror(number)}; what was there before is untouched"


def _said(stage: Callable[..., Any], message: str) -> str:
    # What a file says could steer the terminal.
    return "\n".join(f"{stage.__name__}: {line}" for line in shown(message, lines=True).splitlines())
