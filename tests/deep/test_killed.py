"""A fit whose process is killed for real goes on from its checkpoint, and leaves the same files."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import easy

FIT = """
import sys
from pathlib import Path
import easy
from syllabus import architectures
train, validation, _ = easy.problem("pictures, three classes")
with architectures.keeping(Path(sys.argv[1]), every=0):
    fitted = easy.fitted(architectures.load("cnn"), train, validation, epochs=6, dropout=0.2, cutout=0.3)
easy.files(fitted, Path(sys.argv[2]))
"""


def start(kept: Path, out: Path) -> subprocess.Popen[str]:
    words = [sys.executable, "-W", "error", "-c", FIT, str(kept), str(out)]
    environment = os.environ | {"PYTHONPATH": str(Path(easy.__file__).parent), "SYLLABUS_DEVICE": "cpu"}
    return subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def written(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(out.iterdir())}


def test_a_process_killed_twice_leaves_what_one_that_was_not_leaves(tmp_path: Path) -> None:
    whole = start(tmp_path / "none", tmp_path / "whole")
    kept = tmp_path / "kept"
    seen: set[int] = set()
    for _ in range(2):
        process = start(kept, tmp_path / "killed")
        own: set[int] = set()
        while len(own) < 5:
            assert process.poll() is None, process.communicate()
            own |= {file.stat().st_mtime_ns for file in kept.glob("*.safetensors")} - seen
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        seen |= own
        assert not (tmp_path / "killed").exists()
    last = start(kept, tmp_path / "killed")
    for process in (whole, last):
        assert process.communicate()[1].count("Traceback") == 0
        assert process.returncode == 0
    assert written(tmp_path / "killed") == written(tmp_path / "whole")
    assert list(kept.glob("*.safetensors")) == []
