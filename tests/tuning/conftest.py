"""What the tests of a search ask."""

from __future__ import annotations

from pathlib import Path

import pytest
from tuning.toy import TOY, Toy

from syllabus import architectures


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Toy:
    (tmp_path / "architectures").mkdir()
    (tmp_path / "architectures" / "toy.py").write_text(TOY)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SYLLABUS_THREADS", "2")
    return Toy(tmp_path, architectures.load("toy"), {"x": 0.9, "kind": "b", "depth": 4})
