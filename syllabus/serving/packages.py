"""A package that is opened to be asked: what it is made of is looked at before anything of it is read."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from syllabus import architectures, frames, modalities, models, novelty, trust
from syllabus.errors import Unmet
from syllabus.registry import package
from syllabus.serving import answers, graphs
from syllabus.serving.graphs import Graphed
from syllabus.settings import Data
from syllabus.trust import networks

if TYPE_CHECKING:
    from syllabus.models import Model
    from syllabus.novelty import Novelty

LEAST = 2 * 2**30
"""Bytes that any network may have: a pretrained one stands beside the package."""


@dataclass(frozen=True)
class Package:
    """What answers.

    Args:
        folder: where it stands.
        digest: of its checksums, and so of all of it.
        model: the native model, or its graph where what it needs is not installed.
        data: how train was read.
        signature: the columns that are read of a request.
        threshold: from which probability on the positive class is decided, and by what it was chosen; None where a
            task has none.
        intervals: how far from a value the truth may lie, as its task has it; None where there are none.
        novelty: how unusual a row is beside those of train; None where nothing tells.
    """

    folder: Path
    digest: str
    model: Model | Graphed
    data: Data
    signature: Sequence[Mapping[str, Any]]
    threshold: Mapping[str, Any] | None = None
    intervals: Any = None
    novelty: Novelty | None = None

    @property
    def modality(self) -> ModuleType:
        """What its data is."""
        return modalities.load(self.model.modality)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that a request must have: those that the model reads, and one whose groups are decided apart.

        There are none where it is not asked row by row.
        """
        if not hasattr(self.modality, "asks"):
            return ()
        names: list[str] = self.modality.asks(self.data, self.signature)
        across = (self.threshold or {}).get("across")
        return (*names, *([across] if across and across not in names else []))


def opened(folder: Path, key: Path | None = None, *, fits: Callable[[str], object] | None = None) -> Package:
    """Open a package.

    Args:
        folder: where it stands.
        key: the public key of whoever must have signed it; by default what `SYLLABUS_VERIFYING_KEY` names, if anything.
        fits: refuses the name of a modality that nobody can use here; by default one that is not asked row by row.

    Raises:
        Unmet: it is none, is damaged, holds what no package holds, or was made before packages could be asked; or its
            model answers neither rows nor with text.
    """
    trust.prove(folder, key)
    if not (folder / package.DATA).is_file():
        raise Unmet(f"{folder}: made before packages could be asked: it has no {package.DATA}; run `dvc repro` again")
    try:
        data = Data.model_validate_json((folder / package.DATA).read_text(encoding="utf-8"))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Unmet(f"{folder / package.DATA}: {where}: {first['msg']}") from None
    modality = modalities.load(data.modality)
    if fits is not None:
        fits(data.modality)
    elif not _asked(modality) and "language" not in modality.TASKS:
        raise Unmet(_unasked(folder, data.modality))
    with fitting(folder):
        return _assembled(folder, data)


def _assembled(folder: Path, data: Data) -> Package:
    threshold, intervals = folder / "threshold.json", folder / "intervals.json"
    codecs.lookup(data.reading.encoding)
    modalities.options(data)
    model = _model(folder)
    if model.modality != data.modality:
        raise Unmet(f"{folder}: its model is of {model.modality}, and {package.DATA} tells of {data.modality}")
    made = Package(
        folder=folder,
        digest=frames.sha256(folder / package.CHECKSUMS),
        model=model,
        data=data,
        signature=frames.read_json(folder / "signature.json"),
        threshold=_threshold(threshold, model) if threshold.is_file() else None,
        intervals=answers.intervals(data.task, intervals) if intervals.is_file() else None,
        novelty=_usual(folder, model),
    )
    if not all(isinstance(name, str) for name in (*made.columns, *model.encoding.task.classes)):
        raise Unmet(f"{folder}: names of columns and of classes are texts")
    return made


def asked_in_rows(package: Package) -> None:
    """Refuse a package whose model answers neither rows nor the series that rows hold.

    Raises:
        Unmet: it does not.
    """
    if not _asked(package.modality):
        raise Unmet(_unasked(package.folder, package.data.modality))


def _asked(modality: ModuleType) -> bool:
    return hasattr(modality, "asked") or hasattr(modality, "histories")


def _unasked(folder: Path, modality: str) -> str:
    known = ", ".join(name for name in modalities.names() if _asked(modalities.load(name)))
    return f"{folder}: a model of {modality} is not asked about rows; valid are {known}"


def _usual(folder: Path, model: Model | Graphed) -> Novelty | None:
    """Return how unusual a row is; nothing tells where some of its numbers are found within a graph."""
    if not (folder / novelty.FILE).is_file() or (isinstance(model, Graphed) and not model.whole):
        return None
    return novelty.load(folder / novelty.FILE)


def _threshold(file: Path, model: Model | Graphed) -> Mapping[str, Any]:
    """Return from which probability is decided; groups may have their own."""
    told: dict[str, Any] = frames.read_json(file)
    several = [told["threshold"], *told["groups"].values()]
    if told["positive"] not in model.encoding.task.classes or not all(isinstance(one, int | float) for one in several):
        raise Unmet(f"{file}: tells of a class that the model has not, or of thresholds that are no numbers")
    return told


@contextmanager
def fitting(folder: Path) -> Iterator[None]:
    """Say in a sentence that the parts of a package do not fit together, whatever that broke.

    Raises:
        Unmet: something broke in this block.
    """
    try:
        yield
    except (Unmet, ImportError, OSError):
        raise
    except BaseException as error:
        # Tokenizers tell of what is damaged by an error that is no Exception.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        told = " ".join(str(error).split())[:200]
        raise Unmet(f"{folder}: its parts do not fit together: {type(error).__name__}: {told}") from error


def _model(folder: Path) -> Model | Graphed:
    """Return the native model, or its graph where what it needs is not here: a package, or a project's own file."""
    name = str(models.encoded(folder / "model")[0]["architecture"])
    try:
        said = architectures.unfit(architectures.load(name), name)
    except Unmet as unknown:
        said = str(unknown)
    if said:
        return graphs.load(folder, instead=said)
    return native(folder / "model")


def native(directory: Path) -> Model:
    """Read a model of a package; a network takes no more memory than its files account for.

    Raises:
        Unmet: a file is damaged, or what it needs is not installed.
    """
    architecture = architectures.load(str(frames.read_json(directory / "model.json")["architecture"]))
    if "torch" not in getattr(architecture, "NEEDS", {}):
        return models.load(directory)
    weights = sum(file.stat().st_size for file in directory.rglob("*.safetensors"))
    with networks.bounded(max(LEAST, 4 * weights)):
        return models.load(directory)
