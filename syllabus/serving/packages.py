"""A package that is opened to be asked: what it is made of is looked at before anything of it is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from syllabus import conformal, frames, modalities, models, novelty
from syllabus.errors import Unmet
from syllabus.registry import package
from syllabus.settings import Data

if TYPE_CHECKING:
    from syllabus.conformal import Intervals
    from syllabus.models import Model
    from syllabus.novelty import Novelty

FORMATS = frozenset({".json", ".md", ".onnx", ".safetensors", ".sha256", ".txt"})
"""What files of a package may be; none of them holds code."""
LARGEST = 64 * 2**30
"""Bytes of a file, beyond which it is taken for a mistake."""


@dataclass(frozen=True)
class Package:
    """What answers.

    Args:
        folder: where it stands.
        digest: of its checksums, and so of all of it.
        model: the native model.
        data: how train was read.
        signature: the columns that are read of a request.
        threshold: from which probability on the positive class is decided, and by what it was chosen; None where a
            task has none.
        intervals: how far from a value the truth may lie; None where there are none.
        novelty: how unusual a row is beside those of train; None where nothing tells.
    """

    folder: Path
    digest: str
    model: Model
    data: Data
    signature: Sequence[Mapping[str, Any]]
    threshold: Mapping[str, Any] | None = None
    intervals: Intervals | None = None
    novelty: Novelty | None = None

    @property
    def modality(self) -> ModuleType:
        """What its data is."""
        return modalities.load(self.model.modality)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that a request must have: those that the model reads, and one whose groups are decided apart."""
        names: list[str] = self.modality.asks(self.data, self.signature)
        across = (self.threshold or {}).get("across")
        return (*names, *([across] if across and across not in names else []))


def opened(folder: Path, *, fits: Callable[[str], object] | None = None) -> Package:
    """Open a package.

    Args:
        folder: where it stands.
        fits: refuses the name of a modality that nobody can use here; by default one that is not asked row by row.

    Raises:
        Unmet: it is none, is damaged, holds what no package holds, or was made before packages could be asked; or its
            model does not answer row by row.
    """
    _looked_over(folder)
    package.verify(folder)
    if not (folder / package.DATA).is_file():
        raise Unmet(f"{folder}: made before packages could be asked: it has no {package.DATA}; run `dvc repro` again")
    try:
        data = Data.model_validate_json((folder / package.DATA).read_text(encoding="utf-8"))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Unmet(f"{folder / package.DATA}: {where}: {first['msg']}") from None
    if fits is not None:
        fits(data.modality)
    elif not hasattr(modalities.load(data.modality), "asked"):
        raise Unmet(f"{folder}: a model of {data.modality} is not asked row by row; valid are tables and text")
    threshold, intervals = folder / "threshold.json", folder / "intervals.json"
    return Package(
        folder=folder,
        digest=frames.sha256(folder / package.CHECKSUMS),
        model=models.load(folder / "model"),
        data=data,
        signature=frames.read_json(folder / "signature.json"),
        threshold=frames.read_json(threshold) if threshold.is_file() else None,
        intervals=conformal.load(intervals) if intervals.is_file() else None,
        novelty=novelty.load(folder / novelty.FILE) if (folder / novelty.FILE).is_file() else None,
    )


def _looked_over(folder: Path) -> None:
    """Refuse what is no package, before a byte of it is read.

    Raises:
        Unmet: a file is of no known format, is a link, or is too large.
    """
    if not (folder / package.CHECKSUMS).is_file():
        raise Unmet(f"{folder}: not a package: it has no {package.CHECKSUMS}; one stands in artifacts/register/package")
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() and not path.resolve().is_file():
            raise Unmet(f"{path}: is a link to nothing")
        if not path.is_file() or path.name == package.CHECKSUMS:
            continue
        if path.suffix not in FORMATS:
            raise Unmet(f"{path}: no file of a package is of this kind; valid are {', '.join(sorted(FORMATS))}")
        if path.stat().st_size > LARGEST:
            raise Unmet(f"{path}: {path.stat().st_size:,} bytes are more than a file of a package has")
