"""`syllabus sign`: its arguments, and what it says."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from syllabus.errors import Unmet


def add(commands: Any) -> None:
    """Add the command to the parser's."""
    sign = commands.add_parser("sign", help="sign a package by a key")
    sign.add_argument("package", type=Path, metavar="PACKAGE", help="a registered package's folder")
    sign.add_argument(
        "out", type=Path, nargs="?", metavar="OUT", help="the folder of the signed copy (default: PACKAGE is signed)"
    )
    sign.add_argument(
        "--key",
        type=Path,
        metavar="PRIVATE",
        help="the file of a private key, in PEM (default: what SYLLABUS_SIGNING_KEY names); its password stands in "
        "SYLLABUS_SIGNING_PASSWORD",
    )
    sign.set_defaults(command=_sign)


def add_key(parser: Any) -> None:
    """Add the option that names the key by which a package must be signed."""
    parser.add_argument(
        "--key",
        type=Path,
        metavar="PUBLIC",
        help="the file of a public key, in PEM: ask only a package that it signed (default: what "
        "SYLLABUS_VERIFYING_KEY names)",
    )


def _sign(asked: argparse.Namespace) -> None:
    from syllabus import trust
    from syllabus.trust import signing

    private = signing.key(asked.key, signing.SIGNING)
    if private is None:
        raise Unmet(f"needs a private key: --key names its file, or the environment variable {signing.SIGNING}")
    trust.prove(asked.package, signed=False)
    if asked.out is not None:
        signing.signed_copy(asked.package, asked.out, private)
    else:
        _refuse_outputs(asked.package)
        signing.sign(asked.package, private)
    print(f"signed: {asked.out or asked.package}")


def _refuse_outputs(package: Path) -> None:
    """Refuse to sign within a project, whose outputs are DVC's: it would take the signature away again."""
    for folder in package.resolve().parents:
        if (folder / "dvc.yaml").is_file():
            raise Unmet(
                f"{package}: stands in the project {folder}, whose outputs are DVC's; name a folder for the signed "
                f"copy: syllabus sign {package} OUT"
            )
