"""The versions that there are, each with its stage and with what it was made of: read from tags, `dvc.lock`, the cache.

A stage is a tag `MODEL#champion#N` on a version's commit, as GTO makes it; N counts all of a model's stage tags. One
tag says all: the version of the newest one is the champion, those that were it before are archived, and a version that
no tag names is a challenger. So no promotion is ever half done, and two clones that promote at once want the same tag.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from syllabus.errors import Unmet, nearest
from syllabus.history import stored
from syllabus.history.git import git, lock_of, recorded

Stage = Literal["challenger", "champion", "archived"]
STAGES: tuple[Stage, ...] = get_args(Stage)
_FIELDS = (
    "%(refname:strip=2)",
    "%(if)%(*objectname)%(then)%(*objectname)%(else)%(objectname)%(end)",
    "%(creatordate:iso-strict)",
    "%(taggername)%(authorname)",
)
"""Of a tag: its name, its commit, when and by whom it was made; of one without a note, the commit's author."""
_VERSION = re.compile(r"@(v(\d+)\.(\d+)\.(\d+)[-+.\w]*)(!?)(?:#\d+)?")
_STAGE = re.compile(rf"#({'|'.join(STAGES)})(!?)#(\d+)")


class Tag(NamedTuple):
    """A tag of Git's about a model, less the model's name."""

    name: str
    commit: str
    date: str
    by: str


@dataclass(frozen=True)
class Version:
    """A version of a model.

    Args:
        model: whose.
        name: such as v0.1.0.
        stage: challenger, champion or archived.
        commit: the whole hash.
        date: when it became one, in ISO 8601.
        by: who made it one.
        package: the path of its package in the project.
    """

    model: str
    name: str
    stage: Stage
    commit: str
    date: str
    by: str
    package: str

    @property
    def tag(self) -> str:
        """Its tag."""
        return f"{self.model}@{self.name}"

    @property
    def age(self) -> tuple[datetime, tuple[int, ...]]:
        """What is larger for a newer version: its date, and its numbers where two are of one second."""
        return datetime.fromisoformat(self.date), _numbers(self.name)


@dataclass
class Reign:
    """Who was champion after whom.

    Args:
        line: the champions, each version once, the newest last: one that returns ends the reign of all after it.
        champion: the one now, None where there is none.
        stages: of each version that a tag ever named.
        tags: what the newest such tag of each is called.
    """

    line: list[str] = field(default_factory=list)
    champion: str | None = None
    stages: dict[str, Stage] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    def put(self, version: str, stage: Stage, tag: str) -> None:
        """Give a version a stage, by a tag; a champion before it is archived."""
        if stage == "champion":
            if self.champion is not None:
                self.stages[self.champion] = "archived"
            self.line = (
                [*self.line[: self.line.index(version)], version] if version in self.line else [*self.line, version]
            )
            self.champion = version
        else:
            self.line = [one for one in self.line if one != version]
            self.champion = None if self.champion == version else self.champion
        self.stages[version], self.tags[version] = stage, tag

    @property
    def before(self) -> str | None:
        """The champion before this one, or the last one where there is none now."""
        earlier = [one for one in self.line if one != self.champion]
        return earlier[-1] if earlier else None


def versions(project: Path, model: str, package: str) -> list[Version]:
    """Return a model's versions, the newest first."""
    tags = _tags(project, model)
    stages, registered = _reign(tags).stages, _registered(tags).items()
    found = [Version(model, name, stages.get(name, "challenger"), *tag[1:], package) for name, tag in registered]
    return sorted(found, key=lambda one: (_numbers(one.name), one.age), reverse=True)


def version(project: Path, model: str, package: str, name: str) -> Version:
    """Return one version, by its name or as the champion.

    Raises:
        Unmet: there is none.
    """
    known = versions(project, model, package)
    for one in known:
        if name in (one.name, one.tag) or (name == "champion" and one.stage == "champion"):
            return one
    if not known:
        raise Unmet(f"{model} has no version: `syllabus promote {model}` makes the registered package one")
    if name == "champion":
        raise Unmet(f"{model} has no champion: `syllabus promote {model} --version {known[0].name} --to champion`")
    raise Unmet(f"{model} has no version {name}; {nearest(name, [one.name for one in known])}")


def champion(project: Path, model: str, package: str) -> Version | None:
    """Return the champion, None where there is none."""
    return next((one for one in versions(project, model, package) if one.stage == "champion"), None)


def reign(project: Path, model: str) -> Reign:
    """Return who is and was the champion, by their versions' names."""
    return _reign(_tags(project, model))


@dataclass(frozen=True)
class Facts:
    """What a version was made of and what it showed.

    Args:
        digest: of its package, as in `dvc.lock`.
        winner: the model's name in the report.
        metric: by which it was chosen.
        main: that, and those that a gate asked for.
        metrics: on test: by name `value`, `low` and `high`.
        rows: of test.
        data: `path` of the source, `md5` where `dvc.lock` has it, `rows` where the cache tells.
        missing: what the cache does not hold, by path.
    """

    digest: str
    winner: str | None
    metric: str | None
    main: tuple[str, ...]
    metrics: dict[str, dict[str, float | None]]
    rows: int | None
    data: dict[str, Any]
    missing: tuple[str, ...]


def facts(project: Path, commit: str, package: str) -> Facts:
    """Return what `dvc.lock` of a commit tells, and what the cache holds of what it names.

    Raises:
        Unmet: the commit has no `dvc.lock` here.
    """
    lock = lock_of(project, commit)
    stages: dict[str, Any] = lock.get("stages") or {}
    report, digest = report_of(stages), recorded(lock, package)
    evaluated = _json(stored.content(project, recorded(lock, report)))
    made = _json(stored.content(project, digest, "lineage.json"))
    source = _parameter(stages, "ingest", "data").get("source")
    read = stages.get("ingest", {}).get("deps", [])
    data = {
        "path": made["data"]["path"] if made else source if isinstance(source, str) else None,
        "md5": next((one.get("md5") for one in read if one["path"] == source), None),
        "rows": made["data"]["rows"] if made else None,
    }
    test = evaluated["test"] if evaluated else {}
    metric, gates = _parameter(stages, "evaluate", "examination").get("metric"), _parameter(stages, "register", "gates")
    held_to = [name for key in ("at_least", "at_most") for name in gates.get(key) or ()]
    return Facts(
        digest=digest,
        winner=evaluated["winner"]["name"] if evaluated else None,
        metric=metric,
        main=tuple(dict.fromkeys(name for name in (metric, *held_to) if name)),
        metrics={
            name: {key: one[key] for key in ("value", "low", "high")} for name, one in test.get("metrics", {}).items()
        },
        rows=test.get("n"),
        data=data,
        missing=tuple(path for path, held in ((report, evaluated), (package, made)) if held is None),
    )


def report_of(stages: Mapping[str, Any]) -> str:
    """Return the path of the report that the stage `evaluate` wrote."""
    outs = [str(out["path"]) for out in stages.get("evaluate", {}).get("outs", [])]
    return next((path for path in outs if path.endswith("report.json")), "the report of evaluate")


def _parameter(stages: Mapping[str, Any], stage: str, key: str) -> dict[str, Any]:
    held = stages.get(stage, {}).get("params", {}).get("params.yaml", {}).get(key)
    return held if isinstance(held, dict) else {}


def _json(held: bytes | None) -> dict[str, Any] | None:
    found: dict[str, Any] | None = None if held is None else json.loads(held)
    return found


def _tags(project: Path, model: str) -> list[Tag]:
    patterns = [f"refs/tags/{model}{sign}*" for sign in "@#"]
    listed = git(project, "for-each-ref", f"--format={'%00'.join(_FIELDS)}", *patterns).splitlines()
    parted = (line.split("\0") for line in listed)
    return [Tag(name.removeprefix(model), commit, date, by) for name, commit, date, by in parted]


def _registered(tags: list[Tag]) -> dict[str, Tag]:
    """Return the tags that make a version, less those of versions that GTO deregistered."""
    told = [(found, tag) for tag in tags if (found := _VERSION.fullmatch(tag.name))]
    gone = {found[1] for found, _ in told if found[5]}
    return {found[1]: tag for found, tag in told if found[1] not in gone}


def _reign(tags: list[Tag]) -> Reign:
    of_commit = {tag.commit: name for name, tag in _registered(tags).items()}
    told = [(words, tag) for tag in tags if (words := _STAGE.fullmatch(tag.name)) and tag.commit in of_commit]
    known = Reign()
    for words, tag in sorted(told, key=lambda one: (int(one[0][3]), one[1].date)):
        # `gto unassign` takes a stage back.
        known.put(of_commit[tag.commit], "challenger" if words[2] else STAGES[STAGES.index(words[1])], tag.name)
    return known


def _numbers(version: str) -> tuple[int, ...]:
    found = _VERSION.fullmatch(f"@{version}")
    return tuple(int(number) for number in found.groups()[1:4]) if found else ()
