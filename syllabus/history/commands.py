"""`syllabus models`, `promote`, `rollback` and `compare`."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

from syllabus.errors import Unmet


def add(commands: Any) -> None:
    """Add the commands to a parser's."""
    models = commands.add_parser("models", help="list the versions of models, what they showed and who made them")
    models.add_argument("model", nargs="?", metavar="MODEL", help="only this one of dvc.yaml's artifacts")
    models.add_argument("--json", action="store_true", help="all that is known, for programs")
    models.set_defaults(command=_models)
    promote = commands.add_parser(
        "promote", help="make the registered model a version, a Git tag; or make a version the champion"
    )
    _model(promote)
    promote.add_argument("--version", metavar="vX.Y.Z", help="the version; by default the next one, or the registered")
    promote.add_argument(
        "--to",
        choices=["champion", "challenger", "archived"],
        help="give a version this stage; what is registered here is made one first, if it is none",
    )
    _push(promote)
    promote.set_defaults(command=_promote)
    rollback = commands.add_parser("rollback", help="make the champion before this one the champion again")
    _model(rollback)
    _push(rollback)
    rollback.set_defaults(command=_rollback)
    compare = commands.add_parser("compare", help="set two versions side by side on the same rows of test")
    one = "a version, such as v0.1.0 or MODEL@v0.1.0; champion; or . for the package that is registered here"
    compare.add_argument("first", metavar="A", help=one)
    compare.add_argument("second", metavar="B", nargs="?", default=".", help="another (default: .)")
    compare.add_argument("--json", action="store_true", help="all of it, for programs")
    compare.set_defaults(command=_compare)


def _model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "model", nargs="?", metavar="MODEL", help="one of dvc.yaml's artifacts; needed if it has several"
    )


def _push(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--push", action="store_true", help="share it: data to DVC's remote, the tag to Git's origin")


def _models(asked: argparse.Namespace) -> None:
    from syllabus.history import told

    found = told.listed(Path(), asked.model)
    print(json.dumps(found, indent=2, ensure_ascii=False) if asked.json else told.table(found))


def _promote(asked: argparse.Namespace) -> None:
    from syllabus.costs import caps
    from syllabus.history import champions
    from syllabus.history.git import git
    from syllabus.registry import versions

    if asked.version and not re.fullmatch(r"v\d+\.\d+\.\d+[-+.\w]*", asked.version):
        raise Unmet(f"--version is {asked.version}; valid is one such as v0.1.0")
    git(Path(), "--version")
    name, model = asked.version, asked.model
    if asked.to is None or name is None:
        caps.hold(Path())
        tag, new = versions.make(Path(), model, name)
        _say(f"{tag} is now a version" if new else f"{tag} is this package already", tag, new, asked, data=True)
        model, _, name = tag.rpartition("@")
    if asked.to is not None:
        _say(*champions.assign(Path(), model, name, asked.to), asked)


def _rollback(asked: argparse.Namespace) -> None:
    from syllabus.history import champions

    _say(*champions.rollback(Path(), asked.model), asked)


def _say(done: str, tag: str | None, new: bool, asked: argparse.Namespace, *, data: bool = False) -> None:
    """Print what was done, and share the tag where that is asked."""
    from syllabus.history import sharing

    if tag is not None and asked.push:
        print(f"{done}; {sharing.share(Path(), tag, new=new, data=data)}")
    else:
        print(f"{done}; `git push origin '{tag}'` shares it" if new else done)


def _compare(asked: argparse.Namespace) -> None:
    from syllabus.history import comparing, told

    found = comparing.compare(Path(), asked.first, asked.second)
    print(json.dumps(found, indent=2, ensure_ascii=False) if asked.json else told.comparison(found))
