"""What learns. An architecture is a module here, or in a project's own `architectures/`: the file name is the registry.

Its contract is `Architecture`, which `tests/contracts/test_architectures.py` checks for every one. Adding an
architecture touches one file.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import pkgutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol, cast

from pydantic import BaseModel, ConfigDict

from syllabus import processes
from syllabus.errors import Unmet, nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from optuna.trial import BaseTrial

    from syllabus.examples import Examples


class Diverged(Unmet):
    """Raised by a fit whose loss is no number any more. A trial of a search that does so counts as pruned."""


@dataclass(frozen=True)
class Checkpoints:
    """Where fits that take long leave what they have reached, to go on from there when they were killed.

    Args:
        folder: it outlasts the run; a stage's own outputs are removed before it runs.
        every: the seconds between two.
    """

    folder: Path
    every: float = 30.0


Report = Callable[[int, float, float], None]
"""Called after every iteration with its number, from 1, and the loss on train and on validation. May raise to stop."""


class Params(BaseModel):
    """The parameters of an architecture, each declared in its own file."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, use_attribute_docstrings=True
    )


class Fitted(Protocol):
    """A fitted model."""

    def predict(self, examples: Examples) -> NDArray[Any]:
        """Return the probabilities `(n, k) float64` of the k classes, or the values `(n,)` of a regression."""

    def save(self, directory: Path) -> None:
        """Write the model under `directory`, in a format that runs no code when read."""


class Architecture(Protocol):
    """A module that learns."""

    __file__: str
    READS: frozenset[str]
    """The arrays that it needs; it fits a modality when `READS <= GIVES`."""
    TASKS: frozenset[str]
    """What it learns: classification, regression, or both."""
    Params: type[BaseModel]
    SEARCH: dict[str, Any]
    """Parameters that make a trial cheap, or trials comparable, while searching; the best is refitted without them."""
    SIDE_BY_SIDE: bool
    """Whether fits may run in threads of one process: not where one sets what all share, such as torch's seed."""
    # One that needs a package of an extra names both by `NEEDS = {"torch": "deep"}`; see `unfit`.
    # One that reads files beside the examples, such as pretrained weights, has `files(params)`; see `files`.
    # One that learns from, and reports losses under, `Examples.weights` says so by `WEIGHTED = True`; see `weighted`.

    def space(self, trial: BaseTrial) -> dict[str, Any]:
        """Let `trial` choose parameters; `Params` always accepts what it returns."""

    def fit(self, params: Any, train: Examples, validation: Examples, *, seed: int, report: Report) -> Fitted:
        """Fit on train; validation is watched, for early stopping where there is one.

        Raises:
            Diverged: the loss is no number any more.
        """

    def load(self, directory: Path) -> Fitted:
        """Read what `save` wrote.

        Raises:
            Unmet: a file is missing or damaged.
        """


CONTRACT = ("READS", "TASKS", "Params", "SEARCH", "SIDE_BY_SIDE", "space", "fit", "load")


def names(project: Path = Path()) -> list[str]:
    """Return the known architectures, a project's own included."""
    return sorted({*_modules(), *own(project)})


def own(project: Path) -> dict[str, Path]:
    """Return the project's own architectures: their files by name.

    Raises:
        Unmet: one has the name of an architecture here, so that nobody could tell which was meant.
    """
    found = {file.stem: file for file in sorted((project / "architectures").glob("[!_]*.py"))}
    for name in set(found) & set(_modules()):
        raise Unmet(f"{found[name]} has the name of Syllabus's own {name}: rename the file")
    return found


def _modules() -> list[str]:
    return [module.name for module in pkgutil.iter_modules(__path__)]


def load(name: str, project: Path = Path()) -> Architecture:
    """Import an architecture by its name, Syllabus's or the project's own.

    Raises:
        Unmet: there is no such architecture, or it is not Python.
    """
    if name not in names(project):
        raise Unmet(f"unknown architecture {name}; {nearest(name, names(project))}")
    file = own(project).get(name)
    module = _imported(file) if file else importlib.import_module(f"{__name__}.{name}")
    return cast(Architecture, module)


def lacking(architecture: Architecture) -> list[str]:
    """Return what a project's own architecture leaves out of the contract."""
    return [name for name in CONTRACT if not hasattr(architecture, name)]


def weighted(architecture: Architecture) -> bool:
    """Return whether an architecture learns from `Examples.weights`: class weights are refused where it does not."""
    return bool(getattr(architecture, "WEIGHTED", False))


def files(architecture: Architecture, params: Any) -> list[str]:
    """Return the files and folders that it reads beside the examples: train and tune must depend on them."""
    told = getattr(architecture, "files", None)
    found: list[str] = told(params) if told else []
    return found


def unfit(architecture: Architecture, name: str) -> str | None:
    """Return the sentence that says which package an architecture needs and does not find; None where none is missing.

    An architecture imports it where it fits, so without this a run would end only there.
    """
    return missing(getattr(architecture, "NEEDS", {}), name)


def missing(needs: Mapping[str, str], who: str) -> str | None:
    """Return the sentence that says which package `who` needs and does not find; `needs` has the extra of each."""
    for package, extra in needs.items():
        if importlib.util.find_spec(package) is None:
            return f'{who} needs {package}, which is not installed: pip install "syllabus[{extra}]"'
    return None


def _imported(file: Path) -> ModuleType:
    qualified = f"{__name__}.own.{file.stem}"
    loaded = sys.modules.get(qualified)
    if loaded is not None and loaded.__file__ == str(file.resolve()):
        return loaded
    spec = importlib.util.spec_from_file_location(qualified, file.resolve())
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[qualified] = module  # a dataclass looks for its module while that is run
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        del sys.modules[qualified]
        if isinstance(error, SyntaxError):
            raise Unmet(f"{file}:{error.lineno}: {error.msg}") from error
        raise
    return module


_share: ContextVar[int] = ContextVar("share", default=0)


def threads() -> int:
    """Return how many threads a fit may take: its share of `SYLLABUS_THREADS`, or of the cores of this process.

    It changes the speed, never the result, so it is a matter of the machine and not of `params.yaml`.

    Raises:
        Unmet: `SYLLABUS_THREADS` is not a number from 1.
    """
    if _share.get():
        return _share.get()
    asked = os.environ.get("SYLLABUS_THREADS", "")
    if asked and not (asked.isdecimal() and int(asked)):
        raise Unmet(f"SYLLABUS_THREADS is {asked}; valid is a number of threads, from 1")
    return int(asked) if asked else max(1, cores() // processes.beside())


@contextmanager
def sharing(number: int) -> Iterator[None]:
    """Let fits in this block take so many threads, because others run beside them."""
    token = _share.set(number)
    try:
        yield
    finally:
        _share.reset(token)


_checkpoints: ContextVar[Checkpoints | None] = ContextVar("checkpoints", default=None)


@contextmanager
def keeping(folder: Path, every: float = 30.0) -> Iterator[None]:
    """Let fits in this block keep checkpoints under `folder`; outside of such a block none are kept."""
    token = _checkpoints.set(Checkpoints(folder, every))
    try:
        yield
    finally:
        _checkpoints.reset(token)


def checkpoints() -> Checkpoints | None:
    """Return where a fit keeps its checkpoints, if it may."""
    return _checkpoints.get()


def cores() -> int:
    """Return how many cores this process may use."""
    # Not every system tells which of the machine's cores are this process's.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


_importing = RLock()


@contextmanager
def without(*companions: str) -> Iterator[None]:
    """Keep packages out of what is imported in this block.

    Libraries import what they work with where it is installed: pandas, scikit-learn, redis. For us these are seconds
    of start-up for nothing. They see what they would see where it is not installed; one that this process has
    imported already stays visible, and all are free to be imported after the block.
    """
    with _importing:
        absent = {name: None for name in companions if name not in sys.modules}
        modules = cast("dict[str, ModuleType | None]", sys.modules)
        modules.update(absent)  # None is the import system's mark for what is not to be found
        try:
            yield
        finally:
            for name in absent:
                del modules[name]


def write(content: bytes, path: Path) -> None:
    """Write a model's file and, beside it, its checksum."""
    path.write_bytes(content)
    _seal(path).write_text(hashlib.sha256(content).hexdigest() + "\n", encoding="ascii")


def read(path: Path) -> bytes:
    """Return what `write` wrote, before any parser sees it: some abort the process on a damaged file.

    Raises:
        Unmet: the file or its checksum is missing, or they do not agree.
    """
    for file in (path, _seal(path)):
        if not file.is_file():
            raise Unmet(f"{file} is missing: restore the model, for instance with `dvc checkout`")
    content = path.read_bytes()
    if _seal(path).read_bytes() != f"{hashlib.sha256(content).hexdigest()}\n".encode():
        raise Unmet(f"{path} does not have the checksum that was written with it: restore it, say with `dvc checkout`")
    return content


def _seal(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")
