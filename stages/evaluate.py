"""Choose the winner and examine it: python -m stages.evaluate PARTS TRAINED TUNED OUT."""

from pathlib import Path

from stages import Out, run
from syllabus import contest, frames, label_errors, leaks, lineage, metering
from syllabus.examination import curves
from syllabus.examination.answers import examiner
from syllabus.settings import Settings


def evaluate(settings: Settings, parts: Path, trained: Path, tuned: Path, out: Out) -> int:
    """Write the winner, its metrics and plots on test, and the report of the contest.

    Raises:
        Unmet: the metric has no value on validation, or a column to examine by is missing.
    """
    contest.drop([trained, tuned], settings.candidates)
    competing = list(contest.entries(trained, tuned, settings.candidates))
    result = contest.hold(competing, parts, settings.examination, seed=settings.seed)
    result.winner.model.save(out / "winner")
    result.winner.curve.save(out / "plots" / "curve.csv")
    for name, learned in result.learned.items():
        frames.write_json(learned, out / "winner" / f"{name}.json")
    curves.write(result.test.answers, out / "plots")
    frames.write_json(result.metrics(), out / "metrics.json")
    asked, model = settings.examination, result.winner.model
    shown = examiner(result.test.answers.TASK).shown(model, parts, asked, seed=settings.seed)
    reviewed = {
        "label errors": label_errors.report(parts, model, seed=settings.seed) if asked.label_errors else None,
        "leaks": leaks.report(parts, model) if asked.leaks else None,
    }
    frames.write_json(result.report() | reviewed | shown | {"code": lineage.code()}, out / "report.json")
    told = f"{asked.metric} {result.test.values[asked.metric]:.4f} on test"
    print(f"winner {result.winner.name}: {told}, {result.verdict.verdict} fit")
    return metering.rows(parts / "validation.parquet", parts / "test.parquet")


if __name__ == "__main__":
    run(evaluate)
