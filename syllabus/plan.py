"""What a run will do, and where to look after it."""

from __future__ import annotations

from pathlib import Path

from syllabus import costs, frames, modalities, references
from syllabus.settings import Settings

EVALUATED = Path("artifacts/evaluate/metrics.json")
PAGE = Path("artifacts/register/report.html")
DOCS = Path("artifacts/validate/docs/index.html")


def steps(settings: Settings) -> list[str]:
    """Return the plan, a line a stage, after a look at the head of the source.

    Raises:
        Unmet: the source cannot be read, or something that the settings name is not there.
    """
    data, split, examination, gates = settings.data, settings.split, settings.examination, settings.gates
    columns = references.check(settings)
    how = f"{split.method} by {split.by}" if split.by else split.method
    if split.method == "stratified":
        how += f" on {modalities.target(data)}"
    shares = " / ".join(f"{100 * share:g} %" for share in (split.parts.train, split.parts.validation, split.parts.test))
    trials = settings.tuning.trials
    budget = {name: trials if isinstance(trials, int) else trials[name] for name in settings.candidates}
    limit = f", at most {settings.tuning.seconds:g} s each" if settings.tuning.seconds else ""
    asked = (
        len(gates.at_least)
        + len(gates.at_most)
        + sum(map(bool, (gates.fairness, gates.better_than_baseline_by is not None, gates.fit, gates.validation)))
    )
    learned = f"target {data.target}" if data.target else f"task {data.task}"
    ignored = sum(role == "ignore" for role in data.columns.values())
    return [
        f"  ingest    {data.source}: {len(columns)} columns, {ignored} ignored, {learned}",
        f"  validate  {settings.validation.suite}",
        f"  split     {shares}, {how}, seed {settings.seed}",
        f"  train     {', '.join(settings.candidates)}",
        f"  tune      trials: {', '.join(f'{name} {count}' for name, count in budget.items())}{limit}",
        f"  evaluate  by {examination.metric}; fairness across {', '.join(examination.sensitive) or 'nothing'}",
        f"  register  {asked} gates",
    ]


def lacking(project: Path) -> list[str]:
    """Return what must be done once before `dvc repro` works here."""
    folders = [project.resolve(), *project.resolve().parents]
    git, dvc = (next((f for f in folders if (f / name).exists()), None) for name in (".git", ".dvc"))
    config = dvc / ".dvc" / "config" if dvc else None
    alone = config is not None and config.is_file() and "no_scm = true" in config.read_text(encoding="utf-8").lower()
    missing = [name for name, root in (("git", git or alone), ("dvc", dvc)) if not root]
    return [
        f"There is no {'Git' if name == 'git' else 'DVC'} repository here: run `{name} init` first." for name in missing
    ]


def where(project: Path) -> list[str]:
    """Return what came of the last run, and where to look."""
    if not (project / EVALUATED).is_file():
        return ["Nothing has run to the end yet: `dvc repro`"]
    metrics = frames.read_json(project / EVALUATED)
    lines = [f"Winner: {metrics['winner']}"]
    lines += [f"  {name:<18} {value:.4f} on test" for name, value in metrics["test"].items() if value is not None]
    for title, page in (("Report", PAGE), ("Data Docs", DOCS)):
        if (project / page).is_file():
            lines.append(f"{title}: {(project / page).resolve()}")
    if (cost := costs.shown(project)) is not None:
        lines.append(f"Cost: {cost.resolve()}")
    return [*lines, "Further: dvc metrics show, dvc plots show, syllabus why, syllabus cost --page, syllabus promote"]
