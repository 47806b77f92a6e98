"""Choose the winner and examine it: python -m stages.evaluate PARTS TRAINED TUNED OUT."""

from pathlib import Path

from stages import Out, run
from syllabus import contest, frames, label_errors, lineage
from syllabus.examination import curves
from syllabus.settings import Settings


def evaluate(settings: Settings, parts: Path, trained: Path, tuned: Path, out: Out) -> None:
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
    doubts = (
        label_errors.report(parts, result.winner.model, seed=settings.seed)
        if settings.examination.label_errors
        else None
    )
    frames.write_json(result.report() | {"label errors": doubts, "code": lineage.code()}, out / "report.json")
    metric = settings.examination.metric
    shown = f"{metric} {result.test.values[metric]:.4f} on test"
    print(f"winner {result.winner.name}: {shown}, {result.verdict.verdict} fit")


if __name__ == "__main__":
    run(evaluate)
