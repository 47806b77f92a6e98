"""The next model: made of today's data, examined against the champion, and promoted or put away.

No step is remembered but by what it leaves: Git, DVC and the tags say at any moment how far a run came. So the next
one needs to know nothing of a run that was killed, but that it was, and puts back what that left.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from flows import records, turns, worktree
from flows.records import Record
from flows.repository import Log, patiently
from flows.worktree import Worktree
from syllabus import frames, params
from syllabus.costs import caps
from syllabus.errors import Unmet
from syllabus.history import champions, comparing, deciding, past, sharing
from syllabus.history.git import artifact, lock_of, package_of, recorded
from syllabus.history.past import Version
from syllabus.registry import versions
from syllabus.settings import Settings

Bring = Callable[[tuple[str, ...]], Awaitable[str]]
"""Brings stages up to date, all of dvc.yaml where none is named, and says in a sentence how; raises Unmet."""


@dataclass(frozen=True)
class Contest:
    """Who stands against whom.

    Args:
        model: the model's name among dvc.yaml's artifacts.
        package: the path of its package in the project.
        champion: the version that is it now.
    """

    model: str
    package: str
    champion: Version | None

    @property
    def tag(self) -> str | None:
        """The champion's tag."""
        return None if self.champion is None else self.champion.tag

    @property
    def held(self) -> str | None:
        """The hash of the champion's package."""
        return None if self.champion is None else _package(self.champion)

    @property
    def registered(self) -> str:
        """The hash of the package that is registered in the working tree."""
        return recorded(lock_of(Path(), None), self.package)

    @property
    def decision(self) -> Path:
        """The file that says whether a model has passed its gates."""
        return Path(self.package).parent / "decision.json"

    @property
    def decided(self) -> int | None:
        """When that was written."""
        return self.decision.stat().st_mtime_ns if self.decision.is_file() else None

    def refused(self, before: int | None) -> bool:
        """Say whether the model that the stages made has missed a gate: `before` is the time of the decision before."""
        new = self.decided not in (None, before)
        return new and not frames.read_json(self.decision).get("registered", True)


async def retrained(project: Path, model: str | None, bring: Bring, patience: float, log: Log) -> Record:
    """Train the next model of the project in the working folder, and return what came of it.

    Args:
        project: the working folder, by its whole path.
        model: one of dvc.yaml's artifacts; needed if it has several.
        bring: how stages are brought up to date.
        patience: how many seconds to wait for another run of this project.
        log: hears every step.

    Raises:
        Unmet: something was edited and not committed, another run has the project, or a stage failed; whatever the
            run has changed is then put back.
    """
    async with turns.alone(project, patience, log) as left:
        settings = params.read(Path("params.yaml"))
        if left:
            worktree.mend()
        tree = await asyncio.to_thread(patiently, lambda: worktree.read(settings.data), log)
        if left:
            log(f"The run of {left['since']} (process {left['pid']}) was killed: what it left is put back")
            await _put_back(tree, log)
        if edits := tree.edits():
            named = ", ".join(edits[:3])
            raise Unmet(f"not committed: {named}; a version is a commit, so `git commit` or `git stash` that first")
        if brought := await asyncio.to_thread(sharing.fetch, Path(), artifact(Path(), model)[0]):
            log(f"Others have shared: {', '.join(brought)}")
        contest = _contest(model)
        try:
            ended = await _attempt(tree, settings, contest, bring, log)
        except BaseException as error:
            turns.unsettled(project)
            await _put_back(tree, log)
            turns.settled(project)
            if isinstance(error, OSError):  # such as a full disk
                error = Unmet(f"{error.filename or 'the disk'}: {error.strerror or error}")
            if isinstance(error, MemoryError):
                error = Unmet(f"not enough memory to examine the challenger: {error}")
            if isinstance(error, Unmet):
                _failed(error, contest)
            raise error from None
        return await asyncio.to_thread(_shared, ended, left is not None, model, log)


def _failed(error: Unmet, contest: Contest) -> None:
    with suppress(OSError):  # what went wrong is said, recorded or not
        Record("failed", str(error), champion=contest.tag).keep()


def _contest(model: str | None) -> Contest:
    name, path = artifact(Path(), model)
    return Contest(name, path.as_posix(), past.champion(Path(), name, path.as_posix()))


async def _attempt(tree: Worktree, settings: Settings, contest: Contest, bring: Bring, log: Log) -> Record:
    champion = contest.tag
    if tree.asking:
        log("Asking whether the source has changed")
        await bring(tree.asking)
    went_in = await asyncio.to_thread(patiently, tree.inputs, log)
    deciding_by = f"{settings.retraining.model_dump_json()} {settings.cost.model_dump_json(exclude_none=True)}"
    asked = hashlib.sha256(f"{went_in} {deciding_by} {champion}".encode()).hexdigest()
    if known := records.tried(asked):
        if tree.changed():
            await _put_back(tree, log)
        same = known.sentence.removeprefix("nothing new: ")
        return Record("nothing new", f"nothing new: {same} (tried {known.day})", champion=champion)
    await asyncio.to_thread(patiently, tree.keep, log)
    if contest.champion is not None:
        await asyncio.to_thread(_answerable, contest.champion)
    log("Training the challenger")
    before = contest.decided
    try:
        await bring(())
    except Unmet as error:
        if not contest.refused(before):
            raise
        await _put_back(tree, log)
        return Record("refused", str(error), asked, champion).keep()
    made = replace(Record("kept", "", asked, champion), challenger=contest.registered)
    if made.challenger == contest.held:
        if tree.changed():
            await _put_back(tree, log)
        made = replace(made, outcome="nothing new", sentence=f"nothing new: {champion} is what today's data make")
        return made.keep()
    log("Examining the challenger")
    verdict = await asyncio.to_thread(_examined, contest, settings)
    made = replace(made, sentence=verdict.sentence, figures=verdict.figures)
    if not verdict.better:
        await _put_back(tree, log)
        stays = f"{champion} stays the champion" if champion else "nothing is promoted"
        return replace(made, sentence=f"{stays}: {verdict.sentence}").keep()
    return (await asyncio.to_thread(_promoted, tree, contest, made, log)).keep()


def _examined(contest: Contest, settings: Settings) -> deciding.Verdict:
    try:
        caps.hold(Path())
    except Unmet as costly:
        return deciding.Verdict(False, str(costly), {})
    same = [one for one in past.versions(Path(), contest.model, contest.package) if _package(one) == contest.registered]
    if archived := [one.tag for one in same if one.stage == "archived"]:
        return deciding.Verdict(False, f"today's data make {archived[0]}, which is archived", {})
    if contest.champion is None:
        return deciding.Verdict(True, "it passed its gates, and there was none before", {})
    found = comparing.compare(Path(), contest.champion.name, ".")
    if found["test"].get("gone"):
        raise Unmet(f"{found['unable']}; the challenger is examined once that is back")
    return deciding.decide(found, settings.retraining.metric or settings.examination.metric, settings.retraining)


def _answerable(champion: Version) -> None:
    """Raise Unmet if the challenger would have nobody to be held against: that is told before it is trained."""
    try:
        champions.check(Path(), champion)
    except Unmet as gone:
        raise Unmet(f"{gone}; bring it back, or `syllabus rollback` to the champion before it") from None


def _package(one: Version) -> str:
    return package_of(Path(), one.commit, one.package)


def _promoted(tree: Worktree, contest: Contest, made: Record, log: Log) -> Record:
    if (now := _contest(contest.model).tag) != contest.tag:
        raise Unmet(f"{now or 'nobody'} is the champion meanwhile, who was not examined; run this again")
    log("Committing what the run has changed")
    tree.commit(f"Retrained {contest.model}: {made.sentence}")
    log("Making it a version")
    tag, _ = versions.make(Path(), contest.model)
    log("Making it the champion")
    told = champions.assign(Path(), contest.model, tag.rpartition("@")[2], "champion").told
    return replace(made, outcome="promoted", sentence=f"{told}: {made.sentence}", version=tag)


def _shared(ended: Record, killed: bool, model: str | None, log: Log) -> Record:
    """Push what was promoted, now or by a run that could not; return the record that says so."""
    unfinished = next((one for one in records.all_of() if one.outcome == "promoted"), None)
    if ended.outcome != "promoted" and not killed and (unfinished is None or unfinished.shared is not False):
        return ended
    contest = _contest(model)
    if contest.champion is None:
        return ended
    try:
        told = sharing.champion(Path(), contest.champion)
        done: bool | None = True if told else None
    except Unmet as error:
        told, done = f"not shared yet, which the next run tries again: {error}", False
    if told:
        log(f"Sharing: {told}")
    if unfinished is not None and unfinished.version == contest.champion.tag:
        replace(unfinished, shared=done).keep()
    return replace(ended, shared=done, sentence=f"{ended.sentence}; {told}" if told else ended.sentence)


async def _put_back(tree: Worktree, log: Log) -> None:
    missing = await asyncio.to_thread(patiently, tree.put_back, log)
    if missing:
        log(f"Not in DVC's cache, so not put back: {', '.join(missing)}; `dvc pull` brings it")
