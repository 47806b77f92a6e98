"""What the files of a package may be: each is held to its format before what parses it sees a byte.

A checksum says that a file is the one that was listed, and a signature by whom; neither says that it is harmless. What
is refused here would otherwise end the process, or never end: parsers in C trust what they read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from syllabus.errors import Unmet
from syllabus.registry import package as registry
from syllabus.registry.package import CHECKSUMS, SIGNATURE
from syllabus.trust import boosters, graphs, signing, tensors, words

FORMATS: Mapping[str, Callable[[Path], None]] = {
    ".json": words.check_json,
    ".md": words.check_text,
    ".onnx": graphs.check,
    ".safetensors": tensors.check,
    ".sha256": words.check_digest,
    ".txt": boosters.check,
}
"""What checks a file, by how it ends; none of the formats holds code."""
LARGEST: Mapping[str, int] = {
    ".json": 500_000_000,
    ".md": 10_000_000,
    ".onnx": 2_000_000_000,
    ".safetensors": 64 * 2**30,
    ".sha256": 65,
    ".txt": 4_000_000_000,
    CHECKSUMS: 10_000_000,
    SIGNATURE: 10_000_000,
}
"""The most bytes of each: more than any that was written here has."""


def prove(package: Path, key: Path | None = None, *, signed: bool = True) -> None:
    """Hold a package to its signature, to its checksums, and each of its files to its format, in this order.

    Args:
        package: its folder.
        key: the public key of whoever must have signed it; by default what `SYLLABUS_VERIFYING_KEY` names, if any.
        signed: whether a signature is looked for at all.

    Raises:
        Unmet: it is none, is not signed by the key, is damaged, or holds what no package holds.
    """
    own = {package / name: name for name in (CHECKSUMS, SIGNATURE) if (package / name).exists()}
    for file, name in own.items():
        _look(file, name)
    registry.listed(package)
    held = [path for path in sorted(package.rglob("*")) if path.is_symlink() or not path.is_dir()]
    files = [file for file in held if file not in own]
    for file in files:
        _look(file, file.suffix)
    public = signing.key(key, signing.VERIFYING) if signed else None
    if public is not None:
        signing.verify(package, public)
    registry.verify(package)
    for file in files:
        _check(file)


def _look(file: Path, kind: str) -> None:
    """Refuse a file by what its name, its kind and its size say, before a byte of it is read.

    Raises:
        Unmet: it is of no known format, is a link, is no file, or is too large.
    """
    if file.is_symlink() and not _of_cache(file):
        raise Unmet(f"{file}: is a link, and a package holds files alone")
    if not file.is_file():
        raise Unmet(f"{file}: is no file")
    if kind not in LARGEST:
        raise Unmet(f"{file}: no file of a package is of this kind; valid are {', '.join(sorted(FORMATS))}")
    if file.stat().st_size > LARGEST[kind]:
        raise Unmet(
            f"{file}: has {file.stat().st_size:,} bytes; a {kind} of a package has {LARGEST[kind]:,} at the most"
        )


def _check(file: Path) -> None:
    """Hold a file to its format.

    Raises:
        Unmet: it is damaged, or made to do harm.
    """
    try:
        FORMATS[file.suffix](file)
    except words.Wrong as error:
        raise Unmet(f"{file}: damaged, or made to do harm: {error}") from None


def _of_cache(file: Path) -> bool:
    """Return whether a link leads into DVC's cache, as `cache.type: symlink` makes them."""
    target = file.resolve()
    return target.is_file() and target.parts[-4:-2] == ("files", "md5")
