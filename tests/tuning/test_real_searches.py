"""Searches of the library's own architectures: the same to the byte, and the data binned once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import easy
import lightgbm
import pytest
from tuning.toy import contents

from syllabus import scoring, training, tuning
from syllabus.features.categories import Categories
from syllabus.modalities.tables import Encoding
from syllabus.settings import Tuning
from syllabus.training import Prepared


@pytest.fixture(scope="module")
def census() -> Prepared:
    train, validation, _ = easy.problem("mixed columns, two classes", rows=1000)
    categories = {column.name: Categories(column.categories or ()) for column in train.columns["categorical"]}
    numbers = tuple(column.name for column in train.columns["numeric"])
    return Prepared("tables", Encoding("target", train.task, numbers, categories), train, validation)


@pytest.fixture
def tuned(census: Prepared, tmp_path: Path) -> Callable[[str, str], dict[str, bytes]]:
    """Return what trains and tunes an architecture, and returns what was written."""

    def tuned(name: str, out: str) -> dict[str, bytes]:
        train, validation, _ = easy.problem("mixed columns, two classes", rows=1000)
        prepared = Prepared("tables", census.encoding, train, validation)
        declared, curve = training.fit(name, {}, prepared, seed=3)
        score = scoring.scorer("roc_auc", 0.5, prepared.validation)
        found = tuning.tune(
            declared, curve, prepared, Tuning(trials=8), score, seed=3, studies=tmp_path / f"{out} studies"
        )
        found.save(tmp_path / out)
        return contents(tmp_path / out)

    return tuned


@pytest.mark.parametrize("name", easy.for_tables(networks=False))
def test_real_searches_are_the_same_to_the_byte_whatever_the_threads(
    name: str, tuned: Callable[[str, str], dict[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYLLABUS_THREADS", "1")
    once = tuned(name, "once")
    monkeypatch.setenv("SYLLABUS_THREADS", "2")
    assert tuned(name, "twice") == once
    assert {"trials.csv", "history.csv", "importance.csv", "curve.csv", "model/model.json"} <= once.keys()


def test_lightgbm_bins_the_data_once_for_all_trials(
    tuned: Callable[[str, str], dict[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[int] = []
    dataset = lightgbm.Dataset

    def counted(*arguments: Any, **named: Any) -> Any:
        built.append(named["params"]["max_bin"])
        return dataset(*arguments, **named)

    monkeypatch.setattr(lightgbm, "Dataset", counted)
    tuned("lightgbm", "out")
    # Train and validation: with all bins for the declared and the best parameters, with 63 for the eight trials.
    assert sorted(built) == [63, 63, 255, 255]
