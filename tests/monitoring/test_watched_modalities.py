"""What is no table is watched by what it is made of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
from monitoring.watched_packages import alarms, learned, monitored, of_pictures, pictures


def test_pictures_are_watched_in_folders_whether_their_class_is_known_or_not(tmp_path: Path) -> None:
    made = of_pictures(tmp_path / "learned")
    same = monitored(made, str(pictures(tmp_path / "new", 60, seed=2)), tmp_path / "same")
    assert alarms(same) == set()
    assert same["rows"]["labelled"] == 60
    unnamed = tmp_path / "unnamed"
    unnamed.mkdir()
    for place, file in enumerate(sorted(pictures(tmp_path / "lighter", 60, seed=3, light=90).rglob("*.png"))):
        file.rename(unnamed / f"{place}.png")
    (unnamed / "broken.png").write_bytes(b"none")
    lighter = monitored(made, str(unnamed), tmp_path / "other")
    assert {("values", "brightness"), ("unread", "pictures")} <= alarms(lighter)
    assert lighter["rows"] == {"batch": 61, "read": 60, "labelled": 0}


def test_texts_are_watched_by_what_they_are_made_of(tmp_path: Path) -> None:
    words = ["lovely fine day with tea", "awful broken thing, no good"]
    rows = pl.DataFrame({"body": [f"{words[at % 2]} {'very ' * (at % 7)}{at}" for at in range(600)]})
    rows = rows.with_columns(side=pl.Series(["good", "bad"] * 300))
    said: dict[str, Any] = {"modality": "text", "target": "side", "options": {"columns": ["body"]}}
    made = learned(tmp_path / "texts", said=said, frame=rows)
    assert alarms(monitored(made, rows.sample(300, seed=2), tmp_path / "same")) == set()
    other = rows.sample(300, seed=2).with_columns(body=pl.lit("ПРИВЕТ ") + pl.col("body").str.to_uppercase())
    found = alarms(monitored(made, other.drop("side"), tmp_path / "other"))
    assert {("new", "script"), ("values", "share of capitals")} <= found
