"""Fit one candidate as declared: python -m stages.train CANDIDATE PARTS CHECKPOINTS OUT."""

from pathlib import Path

from stages import Out, run
from syllabus import architectures, frames, lineage, metering, training
from syllabus.settings import Settings


def train(settings: Settings, candidate: str, parts: Path, checkpoints: Path, out: Out) -> int:
    """Write the model fitted on train with its declared parameters, and its learning curve.

    A fit that was killed goes on from its last checkpoint; `checkpoints` outlasts the run. Where several processes are
    to share a fit, `dvc.yaml` starts it by `torchrun --standalone --nproc-per-node 2 -m stages.train …`.

    Raises:
        Unmet: the architecture cannot read this data.
    """
    prepared = training.prepare(settings.data, parts)
    params = settings.architectures[candidate]
    with architectures.keeping(checkpoints):
        model, curve = training.fit(candidate, params, prepared, seed=settings.seed)
    model.save(out / "model")
    curve.save(out / "curve.csv")
    frames.write_json({"best": curve.best, "code": lineage.code()}, out / "report.json")
    print(f"{candidate}: best of {len(curve.points)} iterations is {curve.best}")
    return metering.rows(parts / "train.parquet", parts / "validation.parquet")


if __name__ == "__main__":
    run(train, shared=True)
