"""What learns. An architecture is a module here, or in a project's own `architectures/`; the file's name is the registry.

Its contract is `Architecture`, which `tests/contracts/test_architectures.py` checks for every one. Adding an architecture touches
one file.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import pkgutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from pydantic import BaseModel, ConfigDict

from syllabus.errors import Unmet, nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from optuna import Trial

    from syllabus.examples import Examples

Report = Callable[[int, float, float], None]
"""Called after every iteration with its number, from 1, and the loss on train and on validation. It may raise to stop."""


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
    Params: type[BaseModel]
    SEARCH: dict[str, Any]
    """Parameters that make a trial cheap, or trials comparable, while searching; the best is fitted again without them."""

    def space(self, trial: Trial) -> dict[str, Any]:
        """Let `trial` choose parameters; `Params` always accepts what it returns."""

    def fit(self, params: Any, train: Examples, validation: Examples, *, seed: int, report: Report) -> Fitted:
        """Fit on train; validation is watched, for early stopping where there is one."""

    def load(self, directory: Path) -> Fitted:
        """Read what `save` wrote."""


def names(project: Path = Path()) -> list[str]:
    """Return the known architectures, a project's own included."""
    own = [file.stem for file in (project / "architectures").glob("[!_]*.py")]
    return sorted({module.name for module in pkgutil.iter_modules(__path__)} | set(own))


def load(name: str, project: Path = Path()) -> Architecture:
    """Import an architecture by its name; a project's own comes first.

    Raises:
        Unmet: there is no such architecture.
    """
    if name not in names(project):
        raise Unmet(f"unknown architecture {name}; {nearest(name, names(project))}")
    own = project / "architectures" / f"{name}.py"
    if not own.is_file():
        return cast(Architecture, importlib.import_module(f"{__name__}.{name}"))
    qualified = f"{__name__}.own.{name}"
    spec = importlib.util.spec_from_file_location(qualified, own.resolve())
    if spec is None or spec.loader is None:
        raise Unmet(f"{own} is not a Python module")
    if qualified not in sys.modules or sys.modules[qualified].__file__ != spec.origin:
        module = importlib.util.module_from_spec(spec)
        sys.modules[qualified] = module
        spec.loader.exec_module(module)
    return cast(Architecture, sys.modules[qualified])


def threads() -> int:
    """Return how many threads a fit may take: `SYLLABUS_THREADS`, or the cores of this process.

    It changes the speed, never the result, so it is a matter of the machine and not of `params.yaml`.
    """
    return int(os.environ.get("SYLLABUS_THREADS", 0)) or len(os.sched_getaffinity(0))
