"""Packages of models of series, made as the stages make them: shops by the hour, and one station by the day."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import easy
import numpy as np
import polars as pl
from monitoring.watched_packages import sealed

from syllabus import architectures, export, frames, modalities, models, parts, registry, training
from syllabus.errors import Unmet
from syllabus.examination import bands, forecast
from syllabus.models import Model
from syllabus.monitoring import reference
from syllabus.monitoring.performance import Deciding
from syllabus.registry import package
from syllabus.settings import Data, Examination, Parts, Split

HOURLY: dict[str, Any] = {
    "modality": "series", "target": "sold", "task": "forecast",
    "cleaning": {"dates": {"at": "%d.%m.%Y %H:%M"}, "numbers": {"sold": {"decimal": ","}}, "relabel": {"shop": {"ULM": "Ulm"}}},
    "options": {
        "time": "at", "series": ["shop"], "horizon": 6, "context": 48, "known": ["price"], "past": ["wet"],
        "static": ["kind"], "gaps": "interpolate", "calendar": ["hour"],
    },
}  # fmt: skip
DAILY: dict[str, Any] = {
    "modality": "series",
    "target": "riders",
    "task": "forecast",
    "options": {"time": "day", "horizon": 5, "context": 21},
}
QUICK = {"lags": {"num_iterations": 40, "learning_rate": 0.2, "lags": 24}, "lstm": {"epochs": 1, "width": 8}}


def hourly(hours: int = 500, seed: int = 3) -> pl.DataFrame:
    """Return two shops by the hour as a file writes them: one is large, one hour in fifty is missing."""
    draw, tables = np.random.default_rng(seed), []
    for name, large in (("Ulm", 1.0), ("Bern", 20.0)):
        at = np.arange(hours)
        price = draw.integers(1, 4, hours)
        sold = large * (20 + 8 * np.sin(at * 2 * np.pi / 24) - 3 * price + draw.normal(size=hours))
        moments = [(dt.datetime(2024, 3, 1) + dt.timedelta(hours=int(hour))).strftime("%d.%m.%Y %H:%M") for hour in at]
        wet = np.round(draw.normal(size=hours), 2)
        told = {"at": moments, "sold": [f"{one:.3f}".replace(".", ",") for one in sold], "price": price, "wet": wet}
        table = pl.DataFrame(told).with_columns(shop=pl.lit(name), kind=pl.lit("big" if large > 1 else "small"))
        tables.append(table.filter(pl.Series(draw.random(hours) > 0.02)))
    return pl.concat(tables)


def daily(days: int = 200, seed: int = 5) -> pl.DataFrame:
    """Return a series with a pattern of a week."""
    draw, at = np.random.default_rng(seed), np.arange(days)
    moments = pl.date_range(dt.date(2023, 1, 1), dt.date(2023, 1, 1) + dt.timedelta(days=days - 1), eager=True)
    return pl.DataFrame({"day": moments, "riders": np.round(100 + 30 * (at % 7 < 5) + draw.normal(0, 3, days), 1)})


def packed(folder: Path, frame: pl.DataFrame, said: dict[str, Any], name: str = "lags", *, onnx: bool = False) -> Path:
    """Write the package of a model that has learned from series, beside the parts that it was learned from."""
    folder.mkdir(parents=True, exist_ok=True)
    written = all(kind in (pl.String, pl.Int64, pl.Float64) for kind in frame.dtypes)
    source = folder / f"learned.{'csv' if written else 'parquet'}"
    (frame.write_csv if written else frame.write_parquet)(source)
    data = Data.model_validate_json(json.dumps(said | {"source": str(source)}))
    modality = modalities.load("series")
    modality.read(data, folder / "table.parquet")
    table = frames.scan(folder / "table.parquet")
    split = Split(method="time", by=said["options"]["time"], parts=Parts(train=0.6, validation=0.2, test=0.2))
    parts.write(table, modality.split(table, data, split, seed=1), folder)
    known = training.prepare(data, folder)
    architecture: Any = architectures.load(name)
    fitted = easy.fitted(architecture, known.train, known.validation, **QUICK.get(name, {}))
    model = Model("series", name, {}, known.encoding, fitted)
    validation = models.examples("series", known.encoding, folder, "validation")
    made = bands.fit(forecast.answered(model.answers(validation), validation), 0.8)
    if made is None:
        raise Unmet("validation is too short for intervals")
    made.save(folder / "intervals.json")
    train = frames.scan(folder / "train.parquet")
    package.write(
        folder / "package",
        model,
        signature=modality.signature(train, known.encoding),
        beside={"intervals.json": folder / "intervals.json"},
        onnx=_exported(model, folder) if onnx else None,
        card="",
        lineage={},
        decision={},
        data=data,
        example=registry.example(model, train, data, folder / "threshold.json"),
    )
    return folder / "package"


def watched(folder: Path, frame: pl.DataFrame, said: dict[str, Any], name: str = "lags") -> Path:
    """Write such a package with what new rows are held against."""
    made = packed(folder, frame, said, name)
    asked = Examination(metric="mase", sensitive=(), slices=("shop",))
    deciding = Deciding(None, bands.load(folder / "intervals.json"))
    found = reference.learn(models.load(made / "model"), folder, [], asked, deciding, None)
    assert found is not None
    found.save(made)
    sealed(made)
    return made


def _exported(model: Model, folder: Path) -> export.Exported:
    """Return the model as ONNX, held against it on test."""
    test = models.examples("series", model.encoding, folder, "test")
    return export.exported(model, frames.scan(folder / "test.parquet"), asked=("mase",), examples=test)


def examined(folder: Path, part: str = "test") -> tuple[Any, Any]:
    """Return the examples of a part and what examination makes of them, as evaluate does."""
    model = models.load(folder / "package" / "model")
    examples = models.examples("series", model.encoding, folder, part)
    answers = forecast.answered(model.answers(examples), examples).within(bands.load(folder / "intervals.json"))
    return examples, answers
