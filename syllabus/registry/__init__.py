"""The registered model: the gates it passed, its package, its card, its versions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syllabus import conformal, export, frames, modalities, models, novelty
from syllabus.examination import bands
from syllabus.monitoring import reference
from syllabus.monitoring.performance import Deciding
from syllabus.registry import card, package
from syllabus.registry.gates import Decision, Evidence, decide

if TYPE_CHECKING:
    import polars as pl

    from syllabus.models import Model
    from syllabus.monitoring.reference import Reference
    from syllabus.novelty import Novelty
    from syllabus.settings import Data, Settings

DEFAULT_GAPS = {
    "classification": "equal_opportunity_difference",
    "regression": "mean_error_difference",
    "forecast": "",
    "language": "",
    "rating": "",
}
"""What the card tells of fairness where no gate names a gap."""

BESIDE = ("intervals.json", "threshold.json")
"""What was learned of the winner's answers on validation, where its task has it."""

INTERVALS: Mapping[str, Callable[[Path], Any]] = {"regression": conformal.load, "forecast": bands.load}
"""What reads how far from an answer the truth may lie."""

BASELINES = {
    "classification": "the prior",
    "regression": "the mean or median of train",
    "forecast": "seasonal naive",
    "language": "how often each byte is",
    "rating": "the mean, and popularity",
}


@dataclass(frozen=True)
class Run:
    """What the stages before left, read once.

    Args:
        folders: where they stand, by stage; `train` and `tune` hold a folder a candidate.
        ingested, validated, split, evaluated: the reports of those that have one.
    """

    folders: Mapping[str, Path]
    ingested: dict[str, Any]
    validated: dict[str, Any]
    split: dict[str, Any]
    evaluated: dict[str, Any]

    @property
    def code(self) -> dict[str, str]:
        """The digests of the modules that fitted the winner, searched its parameters, and chose it."""
        candidate = self.evaluated["winner"]["candidate"]
        fitted, searched = (
            frames.read_json(self.folders[stage] / candidate / "report.json")["code"] for stage in ("train", "tune")
        )
        # A stage runs anew when a module that it imports changes, so they agree on those that they share.
        return dict(sorted((fitted | searched | self.evaluated["code"]).items()))


def read(ingested: Path, validated: Path, parts: Path, trained: Path, tuned: Path, evaluated: Path) -> Run:
    """Read the stages' reports."""
    folders = {"ingest": ingested, "validate": validated, "split": parts, "evaluate": evaluated}
    reports = [frames.read_json(folder / "report.json") for folder in folders.values()]
    return Run(folders | {"train": trained, "tune": tuned}, *reports)


def judge(run: Run, settings: Settings) -> Decision:
    """Hold what the winner showed against the gates."""
    found = run.evaluated
    return decide(
        settings.gates,
        Evidence(
            metric=settings.examination.metric,
            metrics={name: measured["value"] for name, measured in found["test"]["metrics"].items()},
            bounds={
                name: (measured["low"], measured["high"])
                for name, measured in found["test"]["metrics"].items()
                if measured["low"] is not None
            },
            baseline=found["baseline"],
            fairness=found["gaps"],
            verdict=found["fit"]["verdict"],
            advice="; ".join(found["fit"]["advice"]),
            failed=(*run.validated["failed"]["critical"], *run.validated["failed"]["warning"]),
        ),
    )


def pack(run: Run, settings: Settings, decision: Decision, lock: Path, out: Path) -> None:
    """Write the package of the winner."""
    won = run.folders["evaluate"] / "winner"
    winner = models.load(won)
    train = frames.scan(run.folders["split"] / "train.parquet")
    onnx = _onnx(run, winner)
    signature = modalities.load(winner.modality).signature(train, winner.encoding)
    usual = _novelty(run, winner)
    package.write(
        out,
        winner,
        beside={name: won / name for name in BESIDE if (won / name).is_file()},
        signature=signature,
        onnx=onnx,
        card=card.write(_facts(run, settings, decision) | {"onnx": onnx.facts}),
        lineage=_lineage(run, settings, lock),
        decision=decision.report(),
        data=settings.data,
        novelty=usual,
        reference=_reference(run, settings, winner, signature, usual),
        example=example(winner, train, settings.data, won / "threshold.json"),
    )


def _reference(
    run: Run, settings: Settings, winner: Model, signature: list[dict[str, Any]], usual: Novelty | None
) -> Reference | None:
    """Learn what new rows will be held against."""
    threshold, intervals = (run.folders["evaluate"] / "winner" / name for name in ("threshold.json", "intervals.json"))
    deciding = Deciding(
        frames.read_json(threshold) if threshold.is_file() else None,
        INTERVALS[settings.data.task](intervals) if intervals.is_file() else None,
    )
    parts = run.folders["split"]
    return reference.learn(winner, parts, signature, settings.examination, deciding, usual)


def example(model: Model, train: pl.LazyFrame, data: Data, threshold: Path) -> list[dict[str, Any]]:
    """Return rows that could be asked; none where a model does not answer row by row.

    Args:
        model: the winner.
        train: the rows of train.
        data: how they were read.
        threshold: the file that says by which column groups are decided apart; it need not be there.
    """
    modality = modalities.load(model.modality)
    if not hasattr(modality, "example"):
        return []
    rows: list[dict[str, Any]] = modality.example(train, model.encoding, data)
    chosen: dict[str, Any] = frames.read_json(threshold) if threshold.is_file() else {}
    across, groups = chosen.get("across"), sorted(chosen.get("groups", ()))
    return [({across: groups[0]} if across and groups else {}) | row for row in rows]


def _novelty(run: Run, winner: Model) -> Novelty | None:
    """Learn what is usual, where the winner's examples are told by numbers and categories."""
    if not modalities.given(winner.modality, winner.encoding) >= novelty.READS:
        return None
    train, validation = (
        models.examples(winner.modality, winner.encoding, run.folders["split"], part)
        for part in ("train", "validation")
    )
    return novelty.learn(train, validation)


def _onnx(run: Run, winner: Model) -> export.Exported:
    """Return the winner as ONNX, held against it on test."""
    chosen = run.folders["evaluate"] / "winner" / "threshold.json"
    told: dict[str, Any] = frames.read_json(chosen) if chosen.is_file() else {"threshold": 0.5, "groups": {}}
    thresholds = (told["threshold"], *told["groups"].values())
    asked = tuple(run.evaluated["test"]["metrics"])
    parts = run.folders["split"]
    test = models.examples(winner.modality, winner.encoding, parts, "test")
    return export.exported(winner, frames.scan(parts / "test.parquet"), thresholds, asked, test)


def _facts(run: Run, settings: Settings, decision: Decision) -> dict[str, Any]:
    test, baseline = run.evaluated["test"], run.evaluated["baseline"]
    fairness = settings.gates.fairness
    measure = fairness.measure if fairness else DEFAULT_GAPS[settings.data.task]
    return {
        "about": settings.about,
        "target": settings.data.target or settings.data.task,
        "winner": run.evaluated["winner"],
        "baseline": BASELINES[settings.data.task],
        "source": run.ingested["source"],
        "task": settings.data.task,
        "transform": settings.data.target_transform,
        "classes": test.get("classes", []),
        "interval": (test.get("intervals") or {}).get("level"),
        "crossed": run.evaluated["crossed"],
        "threshold": _threshold(test),
        "weights": test.get("weights"),
        "calibrated": _calibrated(test),
        "rows": {
            "ingested": run.ingested["rows"],
            "quarantined": run.validated["quarantined"],
            **run.split["rows"],
        },
        "metrics": [{"name": name, "baseline": baseline.get(name), **row} for name, row in test["metrics"].items()],
        "fit": run.evaluated["fit"],
        "fairness": [
            {"column": column, "measure": measure, "gap": gaps.get(measure)}
            for column, gaps in run.evaluated["gaps"].items()
        ],
        "gates": decision.report()["gates"],
    }


def _threshold(test: Mapping[str, Any]) -> dict[str, Any] | None:
    chosen = test.get("chosen")
    return {**chosen, "positive": test["positive"]} if chosen else None


def _calibrated(test: Mapping[str, Any]) -> dict[str, Any] | None:
    found = test.get("calibrated")
    if not found:
        return None
    errors = {"before": found["before"]["expected_error"], "after": test["calibration"]["expected_error"]}
    return {"method": found["method"], "rows": found["rows"], **errors}


def _lineage(run: Run, settings: Settings, lock: Path) -> dict[str, Any]:
    """Return the hashes of all that the model was made from.

    The commit is not among them: a version's tag names it, and a package that held it would differ after every commit.
    """
    suite = Path(settings.validation.suite)
    return {
        "data": {key: run.ingested["source"][key] for key in ("path", "bytes", "sha256", "rows")},
        "parts": {
            part: frames.sha256(run.folders["split"] / f"{part}.parquet") for part in ("train", "validation", "test")
        },
        "suite": {"path": suite.as_posix(), "sha256": frames.sha256(suite)},
        "lock file": frames.sha256(lock),
        "parameters": {
            "winner": run.evaluated["winner"],
            "seed": settings.seed,
            **{
                name: getattr(settings, name).model_dump(mode="json")
                for name in ("data", "validation", "split", "tuning", "examination", "gates")
            },
        },
        "code": run.code,
    }
