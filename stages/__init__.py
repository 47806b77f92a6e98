"""The stages: each a function of settings and paths, run by DVC as `python -m stages.NAME PATHS…`."""

from __future__ import annotations

import inspect
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, get_type_hints

from syllabus import params, why
from syllabus.errors import Unmet

Out = Annotated[Path, "written under another name, and renamed when the stage ends well"]


def run(stage: Callable[..., None], arguments: list[str] | None = None) -> None:
    """Call `stage` with the project's settings and the command line's words; end the process with what came of it.

    A parameter of type `Out` is handed a path beside the one named on the command line, which takes the name when
    the stage ends well: a killed stage leaves nothing that looks whole. What a user can mend is one line and exit 1.
    """
    # Threads that wait spin by default: on a busy machine that made one fit ten times slower.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    words = sys.argv[1:] if arguments is None else arguments
    try:
        _call(stage, words)
    except Unmet as error:
        sys.exit(_said(stage, error))
    except OSError as error:
        if error.filename is None and error.errno is None:
            raise
        sys.exit(_said(stage, Unmet(f"{error.filename or 'the disk'}: {error.strerror}")))


def _call(stage: Callable[..., None], words: list[str]) -> None:
    hints = get_type_hints(stage, include_extras=True)
    names = [name for name in inspect.signature(stage).parameters if name != "settings"]
    if len(words) != len(names):
        raise Unmet(f"needs {len(names)} arguments ({' '.join(names).upper()}), received {len(words)}")
    why.note(Path())
    settings = params.read(Path("params.yaml"))
    values: dict[str, Any] = {}
    outs: dict[Path, Path] = {}
    for name, word in zip(names, words, strict=True):
        values[name] = str(word) if hints[name] is str else Path(word)
        if hints[name] == Out:
            values[name] = outs[Path(word)] = Path(word).with_name(f".{Path(word).name}.partial")
            shutil.rmtree(values[name], ignore_errors=True)  # what a killed run left
            values[name].mkdir(parents=True)
    try:
        stage(settings, **values)
    except Unmet as error:
        if error.keep:
            _rename(outs)
        raise
    else:
        _rename(outs)
    finally:
        for partial in outs.values():
            shutil.rmtree(partial, ignore_errors=True)


def _rename(outs: dict[Path, Path]) -> None:
    for out, partial in outs.items():
        shutil.rmtree(out, ignore_errors=True)
        partial.replace(out)


def _said(stage: Callable[..., None], error: Unmet) -> str:
    return "\n".join(f"{stage.__name__}: {line}" for line in str(error).splitlines())
