"""Search better parameters for one candidate: python -m stages.tune CANDIDATE PARTS TRAINED STUDIES OUT."""

from pathlib import Path

from stages import Out, run
from syllabus import architectures, folds, frames, lineage, metering, models, scoring, training, tuning
from syllabus.settings import Settings


def tune(settings: Settings, candidate: str, parts: Path, trained: Path, studies: Path, out: Out) -> int:
    """Write the better of the declared model and the best trial's, every trial, and what the plots need."""
    prepared = training.prepare(settings.data, parts)
    metric = settings.examination.metric
    threshold = settings.examination.threshold
    judging = scoring.judging(metric, threshold)
    crossed = folds.make(settings.data, settings.split, parts, settings.tuning.folds, judging, seed=settings.seed)
    with architectures.keeping(studies):
        found = tuning.tune(
            models.load(trained / "model"),
            training.load_curve(trained / "curve.csv"),
            prepared,
            settings.tuning,
            scoring.scorer(metric, threshold, prepared.validation),
            seed=settings.seed,
            studies=studies,
            folds=crossed,
        )
    found.save(out)
    frames.write_json(found.report() | {"code": lineage.code()}, out / "report.json")
    tuning.forget(studies, candidate)
    print(f"{candidate}: {found.summary(metric)}")
    return metering.rows(parts / "train.parquet", parts / "validation.parquet")


if __name__ == "__main__":
    run(tune)
