"""Series watched, as they are and with faults put in: python -m benchmarks.series [riders] [flights] [--every 30]

A model learns from the first part of two examples' data, the riders of a station and the flights a day between places,
each in its own package. Stretches of what comes after are held against it: as they are, and with one fault each.
Printed for each length of a stretch: how many raise any alarm, of which kinds; in brackets, in how many it could be
judged whether forecasts are worse.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from syllabus import architectures, frames, modalities, models, params, parts, training
from syllabus.examination import bands, forecast
from syllabus.models import Model
from syllabus.monitoring import reference, watching
from syllabus.monitoring.performance import Deciding
from syllabus.registry import package
from syllabus.serving import packages
from syllabus.serving.packages import Package
from syllabus.settings import Data, Examination, Parts, Split

RIDERS, FLIGHTS = Path("examples/ridership"), Path("examples/flights/data/flights.parquet")
Fault = Callable[[pl.DataFrame], pl.DataFrame]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=tuple(DATA), choices=tuple(DATA), help="of the data")
    parser.add_argument("--every", type=int, default=30, help="steps between two stretches")
    parser.add_argument("--share", type=float, default=0.75, help="of the moments that are learned from")
    options = parser.parse_args()
    for name in options.names:
        read, lengths = DATA[name]
        rows, said = read()
        moments = rows[said["options"]["time"]].unique().sort()
        last = moments[int(options.share * len(moments))]
        early = rows.filter(pl.col(said["options"]["time"]) <= last)
        later = rows.filter(pl.col(said["options"]["time"]) > last)
        with tempfile.TemporaryDirectory() as folder:
            watched = packed(Path(folder), early, said)
            print(f"\n{name}: {len(moments):,} moments, {len(watched.model.encoding.series)} series")
            print(f"{'':26}", *(f"{length:>12}" for length in lengths))
            for fault, change in faults(said).items():
                report(watched, later, fault, change, lengths, options.every, Path(folder))


def _riders() -> tuple[pl.DataFrame, dict[str, Any]]:
    data = params.read(RIDERS / "params.yaml").data.model_dump(mode="json")
    rows = pl.read_parquet(RIDERS / "data/ridership.parquet").with_columns(pl.col("date").str.to_date())
    return rows, {name: data[name] for name in ("modality", "target", "task", "options")}


def _flights() -> tuple[pl.DataFrame, dict[str, Any]]:
    flights = pl.read_parquet(FLIGHTS, columns=["date", "origin", "dest"])
    daily = flights.group_by("date", "origin", "dest").len("flights").sort("date", "origin", "dest")
    options = {"time": "date", "series": ["origin", "dest"], "horizon": 7, "context": 28, "gaps": "zero"}
    options |= {"stride": 3, "frequency": "1d"}
    whole = daily.with_columns(pl.col("date").cast(pl.Date), pl.col("flights").cast(pl.Float64))
    return whole, {"modality": "series", "target": "flights", "task": "forecast", "options": options}


DATA: Mapping[str, tuple[Callable[[], tuple[pl.DataFrame, dict[str, Any]]], tuple[int, ...]]] = {
    "riders": (_riders, (30, 60, 120, 250)),
    "flights": (_flights, (30, 60)),
}


def faults(said: Mapping[str, Any]) -> dict[str, Fault]:
    """Return what is done to stretches, by name."""
    target, past = said["target"], said["options"].get("past", [])
    keys = list(said["options"].get("series", []))
    shuffled = pl.col(target).shuffle(seed=1)
    found: dict[str, Fault] = {
        "none": lambda rows: rows,
        "the target times 1,000": lambda rows: rows.with_columns(pl.col(target) * 1000),
        "a fifth without a row": lambda rows: rows.sample(fraction=0.8, seed=1),
        "values in any order": lambda rows: rows.with_columns(shuffled.over(keys) if keys else shuffled),
    }
    if past:
        found["°F as °C"] = lambda rows: rows.with_columns((pl.col(past[0]) - 32) / 1.8)
        found["a silent column"] = lambda rows: rows.with_columns(pl.lit(None, pl.Float64).alias(past[0]))
    return found


def packed(folder: Path, rows: pl.DataFrame, said: Mapping[str, Any]) -> Package:
    """Return the package of a model that has learned from rows, with what new ones are held against."""
    rows.write_parquet(folder / "rows.parquet")
    data = Data.model_validate_json(json.dumps({**said, "source": str(folder / "rows.parquet")}))
    modality = modalities.load("series")
    modality.read(data, folder / "table.parquet")
    table = frames.scan(folder / "table.parquet")
    split = Split(method="time", by=said["options"]["time"], parts=Parts(train=0.7, validation=0.15, test=0.15))
    parts.write(table, modality.split(table, data, split, seed=1), folder)
    known = training.prepare(data, folder)
    lags: Any = architectures.load("lags")
    asked = lags.Params(num_iterations=150, learning_rate=0.1, most_rows=50_000)
    fitted = lags.fit(asked, known.train, known.validation, seed=1, report=lambda *_: None)
    model = Model("series", "lags", {}, known.encoding, fitted)
    validation = models.examples("series", known.encoding, folder, "validation")
    made = bands.fit(forecast.answered(model.answers(validation), validation), 0.9)
    signature = modality.signature(frames.scan(folder / "train.parquet"), known.encoding)
    examined = Examination(metric="mase", sensitive=())
    against = reference.learn(model, folder, signature, examined, Deciding(None, made), None)
    papers: dict[str, Any] = {"card": "", "lineage": {}, "decision": {}}
    package.write(folder / "package", model, signature=signature, data=data, reference=against, **papers)
    return packages.opened(folder / "package")


def report(
    watched: Package, later: pl.DataFrame, fault: str, change: Fault, lengths: tuple[int, ...], every: int, folder: Path
) -> None:
    """Print how many stretches raise an alarm."""
    time, cells = watched.model.encoding.options.time, []
    causes: Counter[str] = Counter()
    moments = later[time].unique().sort()
    for length in lengths:
        starts = range(0, len(moments) - length + 1, every)
        found = []
        for start in starts:
            rows = later.filter(pl.col(time).is_between(moments[start], moments[start + length - 1]))
            change(rows).write_parquet(folder / "stretch.parquet")
            found.append(watching.watch(watched, folder / "stretch.parquet"))
        causes.update({f"{alarm.kind} {alarm.column}".strip() for one in found for alarm in one.alarms})
        judged = sum(_judged(one) for one in found)
        cells.append(f"{sum(bool(one.alarms) for one in found)}/{len(found)} ({judged})")
    print(f"{fault:26}", *(f"{cell:>12}" for cell in cells), ", ".join(sorted(causes)), flush=True)


def _judged(watched: watching.Watched) -> bool:
    rows = (watched.compared or {"metrics": []})["metrics"]
    return any(row["p"] is not None for row in rows)


if __name__ == "__main__":
    np.seterr(invalid="ignore")
    main()
