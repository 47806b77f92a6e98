"""The package of a registered model: one folder with all that is needed to use it and to trust it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from syllabus import frames, modalities, models
from syllabus.errors import Unmet
from syllabus.models import Model
from syllabus.novelty import FILE

if TYPE_CHECKING:
    from syllabus.export import Exported
    from syllabus.monitoring.reference import Reference
    from syllabus.novelty import Novelty
    from syllabus.settings import Data

CHECKSUMS = "SHA256SUMS"
DATA = "data.json"
"""How train was read: `data` of `params.yaml`, by which the rows of a request are read, too."""


def write(
    package: Path,
    model: Model,
    *,
    signature: list[dict[str, Any]],
    beside: Mapping[str, Path] = MappingProxyType({}),
    onnx: Exported | None = None,
    card: str,
    lineage: dict[str, Any],
    decision: dict[str, Any],
    data: Data | None = None,
    novelty: Novelty | None = None,
    reference: Reference | None = None,
) -> None:
    """Write the model with its signature, card, lineage, decision, and the checksums of all of them.

    Args:
        package: the folder to make.
        model: the winner.
        signature: what each column of a request must be.
        beside: files that say how its answers are used, such as a threshold, by the names that they get.
        onnx: the model as ONNX, and what is said of it; None where nobody asked.
        card: the model card, in Markdown.
        lineage: what the model was made from.
        decision: the gates, each with what the model showed.
        data: how train was read; None where nobody will ask the package about rows.
        novelty: how unusual a row is; None where nothing tells.
        reference: what new rows are held against; None where they are not watched.
    """
    model.save(package / "model")
    modality = modalities.load(model.modality)
    if hasattr(modality, "keep"):
        modality.keep(model.encoding, package / "model" / models.NETWORKS)
    for name, file in beside.items():
        frames.write_json(frames.read_json(file), package / name)
    if onnx is not None:
        frames.write_json(onnx.facts, package / "onnx.json")
        for name, content in onnx.files.items():
            frames.write_bytes(content, package / name)
    frames.write_json(signature, package / "signature.json")
    frames.write_json(lineage, package / "lineage.json")
    frames.write_json(decision, package / "decision.json")
    frames.write_text(card, package / "card.md")
    if data is not None:
        frames.write_json(data.model_dump(mode="json"), package / DATA)
    if novelty is not None:
        novelty.save(package / FILE)
    if reference is not None:
        reference.save(package)
    lines = [f"{frames.sha256(file)}  {file.relative_to(package).as_posix()}" for file in _files(package)]
    frames.write_text("\n".join(lines) + "\n", package / CHECKSUMS)


def verify(package: Path) -> None:
    """Hold every file against its checksum.

    Raises:
        Unmet: a file was changed, is missing, or was added.
    """
    listed = package / CHECKSUMS
    if not listed.is_file():
        raise Unmet(f"{package}: not a package: it has no {CHECKSUMS}")
    expected = {name: digest for digest, _, name in (line.partition("  ") for line in listed.read_text().splitlines())}
    found = {file.relative_to(package).as_posix(): frames.sha256(file) for file in _files(package)}
    for name in sorted(expected.keys() | found.keys()):
        if expected.get(name) != found.get(name):
            what = "is missing" if name not in found else "was added" if name not in expected else "was changed"
            raise Unmet(f"{package / name} {what} since the package was written; restore it with `dvc checkout`")


def _files(package: Path) -> list[Path]:
    return sorted(file for file in package.rglob("*") if file.is_file() and file.name != CHECKSUMS)
