"""What a run changes of a project that stands in Git, so that it can be committed alone or put back as it was."""

from __future__ import annotations

import glob
import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.repository import opened
from syllabus.errors import Unmet
from syllabus.history.git import git, parsed
from syllabus.registry import versions
from syllabus.settings import Data

if TYPE_CHECKING:
    from dvc.stage import Stage

LOCK = "dvc.lock"
UNDER_WAY = {
    "MERGE_HEAD": "merge",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
}
"""What stands in Git's folder while something is, in which nobody else should commit."""


@dataclass(frozen=True)
class Worktree:
    """A project's working tree, as the working folder.

    Args:
        stages: all of dvc.yaml's.
        asking: those of them that run every time, such as `freshness`.
        results: what stages write that Git holds, such as metrics that DVC does not cache.
        data: as Git's pathspecs, the source with what of it DVC has noted.
        noted: what `.dvc` files say of the source, as the run found them.
    """

    stages: tuple[str, ...]
    asking: tuple[str, ...]
    results: tuple[str, ...]
    data: tuple[str, ...]
    noted: Mapping[Path, bytes]

    def edits(self) -> list[str]:
        """Return what in Git has changed since the last commit and is neither the data nor what a run writes."""
        less = [spec.replace(":(", ":(exclude,", 1) for spec in self._own]
        told = git(Path(), "status", "--porcelain", "-z", "--untracked-files=no", "--no-renames", "--", ".", *less)
        return [entry[3:] for entry in told.split("\0") if entry]

    def changed(self) -> bool:
        """Say whether a run has left other results than the last commit has."""
        return bool(git(Path(), "status", "--porcelain", "--", *self._results).strip())

    def inputs(self) -> str:
        """Return a digest of all that the stages read and none of them writes, and of what `asking` were told."""
        with opened() as repo:
            stages = [stage for stage in repo.index.stages if _here(stage)]
            said = dict(_told(stages))
        return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()

    def keep(self) -> None:
        """Let DVC's cache hold what stands here as dvc.lock has it: a run replaces it, and may bring it back."""
        with opened() as repo:
            for stage in filter(_here, repo.index.stages):
                for out in stage.outs:
                    known = out.use_cache and out.hash_info and out.exists
                    if known and out.changed_cache() and not out.changed_checksum():
                        out.commit(relink=False)

    def put_back(self) -> list[str]:
        """Bring results and outputs back to the last commit, and return what DVC's cache has not; data stay.

        Where the last commit has no dvc.lock there is nothing to go back to.
        """
        git(Path(), "reset", "--quiet", "--", *self._results)
        if tracked := git(Path(), "ls-tree", "--name-only", "HEAD", "--", LOCK, *self.results).splitlines():
            git(Path(), "checkout", "--quiet", "HEAD", "--", *map(_literal, tracked))
        for path, before in self.noted.items():
            if path.read_bytes() != before:
                path.write_bytes(before)
        return _checked_out(self.stages) if LOCK in tracked else []

    def commit(self, message: str) -> None:
        """Commit what the run has changed, and nothing else: dvc.lock, results, and the data or what stands for them.

        Raises:
            Unmet: something else was edited, or what made the model is neither Git's nor DVC's; nothing is committed.
        """
        if found := self.edits():
            raise Unmet(f"edited while the pipeline ran: {', '.join(found[:3])}; commit that, and run this again")
        for spec in self._own:
            if git(Path(), "ls-files", "--cached", "--others", "--exclude-standard", "--", spec).strip():
                git(Path(), "add", "--", spec)
        try:
            versions.check_made_of(Path())
            staged = git(Path(), "diff", "--cached", "--name-only", "--relative", "-z", "--", *self._own)
            if paths := [_literal(path) for path in staged.split("\0") if path]:
                git(Path(), "commit", "--quiet", "--message", message, "--", *paths)
        except Unmet:
            git(Path(), "reset", "--quiet", "--", *self._own)
            raise

    @property
    def _results(self) -> list[str]:
        return [_literal(path) for path in (LOCK, *self.results)]

    @property
    def _own(self) -> list[str]:
        return [*self._results, *self.data]


def mend() -> None:
    """Bring back what DVC cannot read, since whoever wrote it was killed: it writes these files in place.

    `dvc.lock` and `.dvc` files come from the last commit; the file in which DVC notes who reads and writes what is
    removed, as nobody's note in it can be read any more.
    """
    for file in filter(None, git(Path(), "ls-files", "-z", "--", LOCK, "*.dvc").split("\0")):
        if Path(file).is_file() and _torn(Path(file)) and git(Path(), "ls-tree", "--name-only", "HEAD", "--", file):
            git(Path(), "checkout", "--quiet", "HEAD", "--", _literal(file))
    around = [Path.cwd(), *Path.cwd().parents]
    for noted in (folder / ".dvc/tmp/rwlock" for folder in around if (folder / ".dvc").is_dir()):
        if noted.is_file() and _torn(noted):
            time.sleep(0.5)  # another process may just be writing it
            if noted.is_file() and _torn(noted):
                noted.unlink()


def _torn(file: Path) -> bool:
    try:
        if file.name == "rwlock":
            json.loads(file.read_text(encoding="utf-8"))
            return False
        return not parsed(file.read_text(encoding="utf-8"), str(file))
    except (ValueError, Unmet):
        return True


def read(data: Data) -> Worktree:
    """Read the project in the working folder.

    Raises:
        Unmet: it is in no Git repository, has no commit, nobody who commits, a merge under way, or DVC cannot read it.
    """
    try:
        git(Path(), "rev-parse", "--verify", "--quiet", "HEAD")
    except Unmet:
        raise Unmet(f"{Path.cwd()} has no commit in Git yet: `git commit` the project first") from None
    try:
        git(Path(), "var", "GIT_COMMITTER_IDENT")
    except Unmet:
        raise Unmet(
            "Git does not know who commits: `git config user.name NAME`, `git config user.email MAIL`"
        ) from None
    for name, what in UNDER_WAY.items():
        if Path(git(Path(), "rev-parse", "--git-path", name).strip()).exists():
            how = f"`git {what} --continue` or `--abort` ends it"
            raise Unmet(f"a {what} is under way in Git, and a version would be a commit in it: {how}")
    specs, files = _source(data)
    noted = {file for file in files if file.is_file()}
    with opened() as repo:
        stages = [stage for stage in repo.index.stages if _here(stage)]
        return Worktree(
            stages=tuple(stage.addressing for stage in stages),
            asking=tuple(stage.addressing for stage in stages if stage.always_changed or stage.is_callback),
            results=tuple(str(out) for stage in stages for out in stage.outs if not out.use_cache),
            data=(*specs, *map(_literal, noted)),
            noted={file: file.read_bytes() for file in noted},
        )


def _here(stage: Stage) -> bool:
    return bool(stage.path == str(Path("dvc.yaml").absolute()))


def _source(data: Data) -> tuple[list[str], set[Path]]:
    """Return the source's pathspecs, and where `.dvc` files of it may stand; none where it lies elsewhere."""
    source = data.source
    if not isinstance(source, str) or "://" in source or not Path(source).resolve().is_relative_to(Path.cwd()):
        return [], set()
    pattern = glob.has_magic(source) and not Path(source).exists()
    found = [path.relative_to(Path.cwd()) for path in Path.cwd().glob(source)] if pattern else [Path(source)]
    folders = {folder for path in found for folder in path.parents if folder != Path()}
    spec = f":(glob){source}" if pattern else _literal(source)
    return [spec], {Path(f"{path}.dvc") for path in {*found, *folders}}


def _literal(path: object) -> str:
    return f":(literal){path}"


def _told(stages: list[Stage]) -> Iterator[tuple[str, Any]]:
    """Yield what goes into the stages, each under a name of its own."""
    from dvc.dependency.param import ParamsDependency

    written = [Path(str(out)) for stage in stages for out in stage.outs]
    for stage in stages:
        yield f"command of {stage.addressing}", stage.cmd
        for dep in stage.deps:
            path = Path(str(dep))
            if isinstance(dep, ParamsDependency):
                yield f"parameters of {stage.addressing} in {path}", dep.read_params()
            elif not any(out in (path, *path.parents) or path in out.parents for out in written):
                yield str(path), dep.get_hash().value if dep.exists else None
        if stage.always_changed:
            yield from ((str(out), out.get_hash().value if out.exists else None) for out in stage.outs)


def _checked_out(stages: tuple[str, ...]) -> list[str]:
    from dvc.exceptions import CheckoutError

    with opened() as repo:
        try:
            # By name: without, the user's data would go back to what a .dvc file says, too.
            repo.checkout(targets=list(stages), force=True)
        except CheckoutError as error:
            return [str(path) for path in error.target_infos]
    return []
