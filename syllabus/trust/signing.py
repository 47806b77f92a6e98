"""Packages that are signed: OpenSSF model-signing (https://model-signing.readthedocs.io) by a key, without a network.

The signature covers every file, `SHA256SUMS` among them, and stands beside them as `model.sig`, which no checksum is
of: a package with it and without it has the same checksums.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from syllabus import architectures
from syllabus.errors import Unmet
from syllabus.registry.package import SIGNATURE

NEEDS = {"model_signing": "sign", "OpenSSL": "sign"}
SIGNING, VERIFYING, PASSWORD = "SYLLABUS_SIGNING_KEY", "SYLLABUS_VERIFYING_KEY", "SYLLABUS_SIGNING_PASSWORD"
"""The variables of the environment: the private key's file, the public key's, and the password of the former."""


def key(given: Path | None, variable: str) -> Path | None:
    """Return the file of a key: the one that is given, or else the one that a variable of the environment names."""
    told = os.environ.get(variable)
    return given or (Path(told) if told else None)


def sign(package: Path, private: Path) -> None:
    """Write the signature of a package beside its files.

    Args:
        package: its folder.
        private: the file of a private key on an elliptic curve, in PEM.

    Raises:
        Unmet: the key is none, or needs another password.
    """
    config = _library("signing").Config()
    password = os.environ.get(PASSWORD)
    with _key(private, f"a private key, with its password in {PASSWORD} where it has one"):
        config.use_elliptic_key_signer(private_key=private, password=password.encode() if password else None)
    config.set_hashing_config(_hashing(package)).sign(package, package / SIGNATURE)


def verify(package: Path, public: Path) -> None:
    """Hold a package against its signature.

    Args:
        package: its folder.
        public: the file of the public key of whoever shall have signed it, in PEM.

    Raises:
        Unmet: it is not signed, is signed by another key, or was changed since.
    """
    config = _library("verifying").Config()
    with _key(public, "a public key"):
        config.use_elliptic_key_verifier(public_key=public)
    if not (package / SIGNATURE).is_file():
        raise Unmet(f"{package}: is not signed: it has no {SIGNATURE}, and {public} asks for one")
    try:
        config.set_hashing_config(_hashing(package)).verify(package, package / SIGNATURE)
    except Exception as error:  # of several libraries
        raise Unmet(f"{package / SIGNATURE}: {_said(error)}; {public} is the key that was asked for") from None


def signed_copy(package: Path, out: Path, private: Path) -> None:
    """Write a copy of a package, with its signature.

    Raises:
        Unmet: there is something already, or the key is none.
    """
    if out.exists():
        raise Unmet(f"{out}: is there already; name a folder that is not")
    partial = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        shutil.copytree(package, partial)
        (partial / SIGNATURE).unlink(missing_ok=True)
        sign(partial, private)
        partial.rename(out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _library(name: str) -> Any:
    if said := architectures.missing(NEEDS, "a signature"):
        raise Unmet(said)
    import importlib

    return importlib.import_module(f"model_signing.{name}")


def _hashing(package: Path) -> Any:
    """Return what is signed: all files but the signature; links into DVC's cache stand for what they lead to."""
    config = _library("hashing").Config().set_ignored_paths(paths=[SIGNATURE], ignore_git_paths=False)
    return config.set_allow_symlinks(any(file.is_symlink() for file in package.rglob("*")))


@contextmanager
def _key(file: Path, what: str) -> Iterator[None]:
    try:
        yield
    except OSError:
        raise
    except Exception as error:  # of cryptography: ValueError, TypeError, and others of its own
        told = " ".join(str(error).split())[:100]
        raise Unmet(f"{file}: is not {what}, on one of the curves P-256, P-384 and P-521, in PEM: {told}") from None


def _said(error: Exception) -> str:
    """Return in our words what was wrong with a signature."""
    told = " ".join(str(error).split())
    if "Key mismatch" in told or type(error).__name__ == "InvalidSignature":
        return "is another key's signature, or was changed"
    if "Signature mismatch" in told:
        return f"the package is not what was signed: {told.partition(': ')[2][:200]}"
    return f"is no signature: {told[:100] or type(error).__name__}"
