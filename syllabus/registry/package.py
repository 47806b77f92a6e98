"""The package of a registered model: one folder with all that is needed to use it and to trust it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
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
SIGNATURE = "model.sig"
"""Where one stands, it covers the checksums, so that they do not cover it."""
DATA = "data.json"
"""How train was read: `data` of `params.yaml`, by which the rows of a request are read, too."""
EXAMPLE = "example.json"
"""A request: `{"rows": [{column: value}]}`."""
_LINE = re.compile(r"(?P<digest>[0-9a-f]{64})  (?P<name>[\w.,=+@ -]+(/[\w.,=+@ -]+)*)")


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
    example: Sequence[Mapping[str, Any]] = (),
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
        example: rows of a request; none where nobody will ask.
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
    if example:
        frames.write_json({"rows": [dict(row) for row in example]}, package / EXAMPLE)
    lines = [f"{frames.sha256(file)}  {file.relative_to(package).as_posix()}" for file in _files(package)]
    frames.write_text("\n".join(lines) + "\n", package / CHECKSUMS)


def verify(package: Path) -> None:
    """Hold every file against its checksum.

    Raises:
        Unmet: a file was changed, is missing, or was added; or the list of checksums is none.
    """
    expected = listed(package)
    found = {file.relative_to(package).as_posix(): frames.sha256(file) for file in _files(package)}
    for name in sorted(expected.keys() | found.keys()):
        if expected.get(name) != found.get(name):
            what = "is missing" if name not in found else "was added" if name not in expected else "was changed"
            raise Unmet(f"{package / name} {what} since the package was written; restore it with `dvc checkout`")


def listed(package: Path) -> dict[str, str]:
    """Return the checksum of each file, as the package lists them.

    Raises:
        Unmet: it lists none, or a line names what cannot be a file of the package, or one of them again.
    """
    file = package / CHECKSUMS
    if not file.is_file():
        raise Unmet(f"{package}: not a package: it has no {CHECKSUMS}; one stands in artifacts/register/package")
    found: dict[str, str] = {}
    # Of other bytes than UTF-8 none of the lines is one that is written here.
    for number, line in enumerate(file.read_bytes().decode(errors="replace").removesuffix("\n").split("\n"), 1):
        told = _LINE.fullmatch(line)
        if not told or not all(part.strip(".") for part in told["name"].split("/")):
            raise Unmet(f"{file}:{number}: is no checksum of a file of the package; restore it with `dvc checkout`")
        if told["name"] in found:
            raise Unmet(f"{file}:{number}: lists {told['name']} a second time; restore it with `dvc checkout`")
        found[told["name"]] = told["digest"]
    return found


def _files(package: Path) -> list[Path]:
    held = (file for file in package.rglob("*") if file.is_file())
    return sorted(file for file in held if file not in (package / CHECKSUMS, package / SIGNATURE))
