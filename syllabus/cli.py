"""`syllabus`: what neither `dvc` nor `prefect` already does."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from syllabus import __version__, extras
from syllabus.costs import command as costs
from syllabus.errors import Unmet, shown
from syllabus.history import commands as history
from syllabus.monitoring import command as monitoring
from syllabus.serving import command as serving
from syllabus.serving import signing
from syllabus.serving.http import command as http

if TYPE_CHECKING:
    from syllabus.models import Model

_COLUMNS = {
    "image": "of the pictures: their bytes, or the names of their files",
    "text": "of the text; may be said again",
    "time": "of the time",
    "series": "that names the series; may be said again",
    "user": "of who rates",
    "item": "of what is rated",
}
"""The options of `new` that name a column, and what the column is."""


def main(arguments: list[str] | None = None) -> None:
    """Run a command; what a user can mend is said on standard error, with exit status 1."""
    asked = _parser().parse_args(arguments)
    try:
        asked.command(asked)
    except Unmet as error:
        told = shown(str(error), lines=True)
        print(f"syllabus {asked.name}: {told}" if "\n" not in told else told, file=sys.stderr)
        sys.exit(1)
    except ImportError as error:
        if (needed := extras.missed(error)) is None:
            raise
        print(f"syllabus {asked.name} {needed}", file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:
        sys.stderr.close()
    except OSError as error:
        print(f"syllabus {asked.name}: {_of_system(error)}", file=sys.stderr)
        sys.exit(1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="syllabus", description=__doc__, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="name", required=True, metavar="COMMAND")
    new = commands.add_parser("new", help="make a project of your data: look at it, draft its rules, write the files")
    new.add_argument("path", type=Path, metavar="PATH", help="the project's folder; nothing in it is overwritten")
    new.add_argument(
        "--data",
        required=True,
        metavar="SOURCE",
        help="a file, a folder of pictures or texts, a pattern of files, a URL, or env:VARIABLE: the environment "
        "variable that holds a database's URL",
    )
    new.add_argument("--table", metavar="NAME", help="the database's table")
    new.add_argument("--schema", metavar="NAME", help="its schema, where it is not the usual one")
    new.add_argument("--query", metavar="SELECT", help="or a query to the database")
    new.add_argument("--target", metavar="COLUMN", help="the column to predict; without it likely ones are suggested")
    new.add_argument(
        "--task",
        choices=["classification", "regression"],
        help="whether a class or a number is predicted (default: what its values say)",
    )
    new.add_argument(
        "--modality",
        metavar="NAME",
        help="what the data is, such as text, series or ratings (default: what lies there says it; a table is tables)",
    )
    for option, column in _COLUMNS.items():
        new.add_argument(f"--{option}", metavar="COLUMN", action="append", help=f"the column {column}")
    new.add_argument(
        "--track",
        choices=["dvc", "git", "none"],
        help="who keeps a copy of the source in the project; none: it is read where it lies (default: dvc, and none "
        "for what is not one file or larger than 2 GB)",
    )
    new.add_argument("--dry-run", action="store_true", help="show what would be written, and write nothing")
    new.set_defaults(command=_new)
    lock = commands.add_parser("lock", help="accept the installed versions as what the project's results are made with")
    lock.set_defaults(command=_lock)
    check = commands.add_parser("check", help="check params.yaml and the project, then print the plan")
    check.add_argument("--quiet", action="store_true", help="print errors alone")
    check.set_defaults(command=_check)
    schema = commands.add_parser("schema", help="print the JSON Schema of params.yaml, for editors")
    schema.set_defaults(command=_schema)
    why = commands.add_parser("why", help="say for each stage what made it run")
    why.add_argument("stage", nargs="*", help="only these stages")
    why.set_defaults(command=_why)
    where = commands.add_parser("where", help="say where to look after a run")
    where.set_defaults(command=_where)
    costs.add(commands)
    history.add(commands)
    generate = commands.add_parser("generate", help="let a language model write, piece by piece")
    generate.add_argument("model", type=Path, metavar="MODEL", help="the folder of a trained model or of a package")
    generate.add_argument("--prompt", default="", help="what it goes on from (default: the beginning of a document)")
    generate.add_argument("--tokens", type=int, default=200, metavar="N", help="the most pieces (default: 200)")
    generate.add_argument("--temperature", type=float, default=0.8, help="0 always takes the likeliest (default: 0.8)")
    generate.add_argument("--top-p", type=float, default=0.95, help="only the likeliest of so much (default: 0.95)")
    generate.add_argument("--stop", action="append", default=[], metavar="TEXT", help="end here; may be said again")
    generate.add_argument("--seed", type=int, default=0, help="of chance (default: 0)")
    generate.set_defaults(command=_generate)
    recommend = commands.add_parser("recommend", help="say which items a model of ratings puts first for users")
    recommend.add_argument("model", type=Path, metavar="MODEL", help="the folder of a trained model or of a package")
    recommend.add_argument("users", nargs="+", metavar="USER", help="as the source names them; may be new")
    recommend.add_argument("--top", type=int, default=10, metavar="N", help="how many items (default: 10)")
    recommend.set_defaults(command=_recommend)
    serving.add(commands)
    http.add(commands)
    monitoring.add(commands)
    signing.add(commands)
    return parser


def _of_system(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    of_project = isinstance(error, FileNotFoundError) and Path(str(error.filename)).name in ("params.yaml", "dvc.yaml")
    hint = "; run in a project's folder" if of_project else ""
    return f"{where}{error.strerror or error}{hint}"


def _new(asked: argparse.Namespace) -> None:
    from syllabus import memory, projects
    from syllabus.projects import asked as named
    from syllabus.projects import shown
    from syllabus.projects.draft import Asked, Untold

    memory.read_ahead_little()
    source = named.source(asked.data, asked.table, asked.query, asked.schema)
    columns = {option: tuple(held) for option in _COLUMNS if (held := getattr(asked, option))}
    try:
        wanted = Asked(asked.target, asked.task, asked.modality, columns)
        project = projects.plan(asked.path, source, tracking=asked.track, asked=wanted)
    except Untold:
        several = {key: getattr(asked, key) for key in ("data", "table", "schema", "query", "modality")} | columns
        words = [f"--{key}={one}" for key, held in several.items() for one in _all(held)]
        print(shown.columns(source, [str(asked.path), *words]))
        raise
    print(shown.project(project))
    if asked.dry_run:
        for name in ("params.yaml", "dvc.yaml"):
            print(f"\n--- {asked.path / name}\n{project.files[name]}", end="")
        print(f"\nNothing is written. Would be: {', '.join(sorted(project.files))}")
        return
    projects.write(project)
    print(f"Written: {', '.join(str(asked.path / name) for name in sorted(project.files))}")
    print(f"Review params.yaml and {projects.SUITE}, then: cd {asked.path} && dvc repro && syllabus where")


def _all(held: str | Sequence[str] | None) -> Sequence[str]:
    return [] if held is None else [held] if isinstance(held, str) else held


def _lock(_asked: argparse.Namespace) -> None:
    from syllabus import architectures, environment, frames

    if said := architectures.missing({"dvc": environment.WORKFLOW}, "a project's lock file"):
        raise Unmet(said)
    if not Path("params.yaml").is_file():
        raise Unmet("params.yaml does not exist: run in a project's folder, where params.yaml stands")
    frames.write_text(environment.text(environment.extras()), environment.LOCK)
    print(f"{environment.LOCK} holds what is installed. `dvc repro` runs everything again if that is not what it held.")


def _check(asked: argparse.Namespace) -> None:
    from syllabus import params, plan

    settings = params.read(Path("params.yaml"))
    steps = plan.steps(settings)
    lacking = plan.lacking(Path())
    if not asked.quiet:
        print("\n".join(["params.yaml is right. The plan:", *steps, *([] if lacking else ["Run it: dvc repro"])]))
    if lacking:
        raise Unmet(" ".join(lacking))


def _schema(_asked: argparse.Namespace) -> None:
    from syllabus import schema

    print(json.dumps(schema.schema(Path()), indent=2))


def _why(asked: argparse.Namespace) -> None:
    from syllabus import why

    found = why.last(Path())
    for stage in asked.stage:
        if stage not in found:
            raise Unmet(f"no run of {stage} is known; known are: {', '.join(found) or 'none, run `dvc repro`'}")
    for stage, reasons in found.items():
        if not asked.stage or stage in asked.stage:
            print(f"{stage}: {'; '.join(reasons)}")
    if not found:
        print("No stage has run here. `dvc status` says what would run.")


def _where(_asked: argparse.Namespace) -> None:
    from syllabus import plan

    print("\n".join(plan.where(Path())))


def _generate(asked: argparse.Namespace) -> None:
    from pydantic import ValidationError

    from syllabus import generation
    from syllabus.settings import Samples

    if asked.seed < 0:
        raise Unmet(f"--seed: is a whole number from 0, received {asked.seed}")
    given = {key: getattr(asked, key) for key in ("tokens", "temperature", "top_p")}
    try:
        samples = Samples(**given, stop=tuple(asked.stop))
    except ValidationError as error:
        first = error.errors()[0]
        raise Unmet(f"--{str(first['loc'][0]).replace('_', '-')}: {first['msg']}, received {first['input']}") from None
    # The prompt came from the terminal; what a model writes may steer it.
    print(asked.prompt, end="", flush=True)
    for text in generation.write(_model(asked.model), asked.prompt, samples, seed=asked.seed):
        print(shown(text, lines=True), end="", flush=True)
    print()


def _recommend(asked: argparse.Namespace) -> None:
    from syllabus.recommending import recommended

    if asked.top < 1:
        raise Unmet(f"--top: at least 1 item is recommended, received {asked.top}")
    model = _model(asked.model)
    for user in asked.users:
        for place, one in enumerate(recommended(model, user, asked.top), 1):
            value = "" if one["value"] is None else f"\t{one['value']:.2f}"
            print(f"{shown(user)}\t{place}\t{shown(one['item'])}{value}")


def _model(folder: Path) -> Model:
    """Return the model in a folder, or in a package, once its files are found whole."""
    from syllabus import models, trust
    from syllabus.registry import package
    from syllabus.serving import packages

    if (folder / package.CHECKSUMS).is_file():
        trust.prove(folder)
        with packages.fitting(folder):
            return packages.native(folder / "model")
    if not (folder / "model.json").is_file():
        raise Unmet(f"{folder}: no model: it holds neither model.json nor a package's {package.CHECKSUMS}")
    return models.load(folder)


if __name__ == "__main__":
    main()
