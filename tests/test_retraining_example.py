"""The simulation of a year says what its README says."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from projects import ROOT

HERE = ROOT / "examples/retraining"


@pytest.mark.slow
def test_the_year_of_flights_is_as_its_readme_tells(tmp_path: Path) -> None:
    for name in ("retraining", "flights"):
        shutil.copytree(ROOT / "examples" / name, tmp_path / name, ignore=shutil.ignore_patterns("artifacts"))
    (tmp_path / "retraining/pictures/policies.svg").unlink()

    done = subprocess.run(
        [sys.executable, str(tmp_path / "retraining/simulate.py")], capture_output=True, text=True, check=True
    )

    def timeless(text: str) -> list[str]:
        """Return the rows of tables, less the seconds."""
        rows = [line for line in text.splitlines() if line.startswith("|")]
        return [re.sub(r"(\| \d+\.\d )+\|$", "|", row) for row in rows]

    assert timeless(done.stdout) == timeless((HERE / "README.md").read_text())
    drawn = (tmp_path / "retraining/pictures/policies.svg").read_text()
    assert drawn == (HERE / "pictures/policies.svg").read_text()
