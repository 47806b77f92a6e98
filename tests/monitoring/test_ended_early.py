"""A look at new rows that is told to end leaves nothing of them behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import polars as pl
import pytest
from monitoring.watched_packages import fresh, learned


@pytest.mark.slow
def test_what_was_brought_of_the_rows_is_removed_when_it_is_told_to_end(tmp_path: Path) -> None:
    made, scratch = learned(tmp_path / "made", rows=600), tmp_path / "scratch"
    scratch.mkdir()
    pl.concat([fresh(1_000)] * 400).write_parquet(tmp_path / "rows.parquet")
    command = [sys.executable, "-m", "syllabus.cli", "monitor", str(made), "rows.parquet"]
    process = subprocess.Popen(command, cwd=tmp_path, env=os.environ | {"TMPDIR": str(scratch)})
    while process.poll() is None:
        # Python drops what a signal raises while it imports: whoever sends one sends it again.
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.5)
        if list(scratch.glob("syllabus-*")):
            process.send_signal(signal.SIGTERM)
    assert process.returncode == 128 + signal.SIGTERM
    assert list(scratch.iterdir()) == []
    assert not (tmp_path / "monitor").exists()
