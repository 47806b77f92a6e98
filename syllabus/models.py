"""A model: what was learned of the data, and what was fitted on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syllabus import architectures, frames, modalities, recalibration
from syllabus.errors import Unmet
from syllabus.examples import Examples
from syllabus.splitting import PARTS

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from syllabus.architectures import Fitted
    from syllabus.recalibration import Calibration


_ARRAYS = "encoding.safetensors"
_CALIBRATION = "calibration.json"
NETWORKS = "networks"
"""The folder of a package's networks that its encoding asks, and which nobody could install."""


@dataclass(frozen=True)
class Model:
    """A fitted architecture with the encoding that its examples need.

    Args:
        modality: a module in `syllabus/modalities/`.
        architecture: a module in `syllabus/architectures/`.
        params: the parameters that it was fitted with, defaults included.
        encoding: what the modality learned from train.
        fitted: what the architecture learned from train.
        calibration: what makes its probabilities true, learned from validation; None where nothing does.
    """

    modality: str
    architecture: str
    params: Mapping[str, Any]
    encoding: Any
    fitted: Fitted
    calibration: Calibration | None = None

    def examples(self, table: pl.LazyFrame) -> Examples:
        """Return the table's rows as this model reads them."""
        found: Examples = modalities.load(self.modality).examples(table, self.encoding)
        return found

    def predict(self, table: pl.LazyFrame) -> NDArray[Any]:
        """Return the probabilities `(n, k)` of the classes, or the values `(n,)`, for the table's rows."""
        return self.answers(self.examples(table))

    def answers(self, examples: Examples) -> NDArray[Any]:
        """Return the same for examples that were read already."""
        given = examples.task.original(self.fitted.predict(examples))
        return given if self.calibration is None else self.calibration.apply(given)

    def save(self, directory: Path) -> None:
        """Write the model under `directory`."""
        (directory / "fitted").mkdir(parents=True, exist_ok=True)
        self.fitted.save(directory / "fitted")
        plain = {
            "modality": self.modality,
            "architecture": self.architecture,
            "params": dict(self.params),
            "encoding": self.encoding.plain(),
        }
        frames.write_json(plain, directory / "model.json")
        if arrays := self.encoding.arrays():
            from safetensors.numpy import save

            architectures.write(save(dict(arrays)), directory / _ARRAYS)
        if self.calibration is not None:
            self.calibration.save(directory / _CALIBRATION)


def examples(modality: str, encoding: Any, parts: Path, name: str) -> Examples:
    """Return the examples of a part; those of a modality that looks back may look at the parts before it."""
    import polars as pl

    module, rows = modalities.load(modality), frames.scan(parts / f"{name}.parquet")
    if not getattr(module, "LOOKS_BACK", False):
        read: Examples = module.examples(rows, encoding)
        return read
    earlier = [frames.scan(parts / f"{one}.parquet") for one in PARTS[: PARTS.index(name)]]
    found: Examples = module.examples(rows, encoding, pl.concat(earlier) if earlier else None)
    return found


def load(directory: Path) -> Model:
    """Read the model under `directory`.

    Raises:
        Unmet: a file is missing or damaged, or what it needs is not installed.
    """
    plain, encoding = encoded(directory)
    architecture = architectures.load(plain["architecture"])
    if said := architectures.unfit(architecture, plain["architecture"]):
        raise Unmet(said)
    fitted = architecture.load(directory / "fitted")
    return Model(plain["modality"], plain["architecture"], plain["params"], encoding, fitted, _calibration(directory))


def encoded(directory: Path) -> tuple[dict[str, Any], Any]:
    """Return what `model.json` says, and the encoding: all but what the architecture and the calibration learned."""
    try:
        plain: dict[str, Any] = frames.read_json(directory / "model.json")
    except ValueError as error:
        raise Unmet(f"{directory / 'model.json'}: damaged, no JSON: {error}") from None
    modality = modalities.load(plain["modality"])
    arrays: dict[str, NDArray[Any]] = {}
    if (directory / _ARRAYS).exists():
        from safetensors.numpy import load as parse

        arrays = parse(architectures.read(directory / _ARRAYS))
    if hasattr(modality, "know"):
        modality.know(directory / NETWORKS)
    return plain, modality.encoding(plain["encoding"], arrays)


def _calibration(directory: Path) -> Calibration | None:
    file = directory / _CALIBRATION
    return recalibration.load(file) if file.is_file() else None
