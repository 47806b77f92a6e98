"""What a process was ends with it; what it counted does not."""

import signal
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn
from uvicorn.supervisors import multiprocess

from syllabus.serving.http.metrics import SHARED
from syllabus.serving.http.workers import Workers


def test_a_process_that_is_replaced_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pids, files = count(1), ("gauge_livemax", "counter")

    def started(*_: Any) -> Any:
        pid = next(pids)

        def start() -> None:
            for name in files:
                (tmp_path / f"{name}_{pid}.db").touch()

        ended = {name: lambda: None for name in ("kill", "terminate", "join")}
        return SimpleNamespace(
            pid=pid,
            start=start,
            exitcode=-9,
            is_alive=lambda timeout: pid != 1,
            wait_until_ready=lambda *_: True,
            **ended,
        )

    monkeypatch.setenv(SHARED, str(tmp_path))
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(multiprocess, "Process", started)
    workers = Workers(uvicorn.Config("none", workers=2), [])
    workers.init_processes()

    def told(name: str) -> list[str]:
        return sorted(file.stem.rpartition("_")[2] for file in tmp_path.glob(f"{name}_*.db"))

    assert told("gauge_livemax") == ["1", "2"]
    workers.keep_subprocess_alive()  # 1 has died
    assert told("gauge_livemax") == ["2", "3"]
    workers.restart_all()  # as SIGHUP asks for
    workers.keep_subprocess_alive()
    assert told("gauge_livemax") == ["4", "5"]
    assert told("counter") == ["1", "2", "3", "4", "5"]
