"""A model as a package, as `register` writes it: what new rows are held against, and nothing for people."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from syllabus import modalities, novelty
from syllabus.models import Model
from syllabus.monitoring import reference
from syllabus.monitoring.performance import Deciding
from syllabus.registry import package
from syllabus.serving import packages
from syllabus.serving.packages import Package
from syllabus.settings import Settings
from syllabus.training import Prepared


def packed(model: Model, known: Prepared, settings: Settings, folder: Path) -> Package:
    """Write the package of a model, and open it.

    Args:
        model: the winner.
        known: what it learned from.
        settings: of its project.
        folder: where train, validation and test stand, and where the package goes.
    """
    usual = novelty.learn(known.train, known.validation)
    signature = modalities.load(model.modality).signature(pl.scan_parquet(folder / "train.parquet"), model.encoding)
    package.write(
        folder / "package",
        model,
        signature=signature,
        card="",
        lineage={},
        decision={},
        data=settings.data,
        novelty=usual,
        reference=reference.learn(model, folder, signature, settings.examination, Deciding(), usual),
    )
    return packages.opened(folder / "package")
