"""Search better parameters for one candidate: python -m stages.tune CANDIDATE PARTS TRAINED STUDIES OUT."""

from pathlib import Path

from stages import Out, run
from syllabus import frames, lineage, models, scoring, training, tuning
from syllabus.settings import Settings


def tune(settings: Settings, candidate: str, parts: Path, trained: Path, studies: Path, out: Out) -> None:
    """Write the better of the declared model and the best trial's, every trial, and what the plots need."""
    prepared = training.prepare(settings.data, parts)
    metric = settings.examination.metric
    score = scoring.scorer(metric, settings.examination.threshold, prepared.validation)
    found = tuning.tune(
        models.load(trained / "model"),
        training.load_curve(trained / "curve.csv"),
        prepared,
        settings.tuning,
        score,
        seed=settings.seed,
        studies=studies,
    )
    found.save(out)
    frames.write_json(found.report() | {"code": lineage.code()}, out / "report.json")
    tuning.forget(studies, candidate)
    print(f"{candidate}: {found.summary(metric)}")


if __name__ == "__main__":
    run(tune)
