"""The flow that watches: an alarm is told to Prefect and to a webhook, whose URL is told to nobody."""

from __future__ import annotations

import asyncio
import http.server
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest
from monitoring.watched_packages import fresh, learned

from flows import alerts
from flows.monitor import plain
from flows.server import free_port
from syllabus.errors import Unmet

ROOT = Path(__file__).resolve().parents[2]
SECRET = "s3cret-path"


@dataclass
class Hook:
    """A webhook that answers with a status and holds what it was told."""

    url: str
    status: int = 204
    wait: float = 0.0
    told: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hook]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            held.told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            time.sleep(held.wait)
            self.send_response(held.status)
            self.send_header("Location", held.url)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    held = Hook(f"http://127.0.0.1:{server.server_port}/{SECRET}")
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    monkeypatch.setenv("DRIFT_HOOK", held.url)
    yield held
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return learned(tmp_path_factory.mktemp("flow"))


@pytest.fixture
def shop(package: Path, tmp_path: Path) -> Path:
    """A project that watches new rows, all of one town."""
    return project(tmp_path / "shop", package, fresh(300).drop("buys").with_columns(town=pl.lit("Ulm")))


def project(folder: Path, package: Path, rows: pl.DataFrame) -> Path:
    (folder / "artifacts/register").mkdir(parents=True)
    (folder / "artifacts/register/package").symlink_to(package)
    rows.write_parquet(folder / "new.parquet")
    written = {
        "seed": 1,
        "about": {},
        "data": {"modality": "tables", "source": "learned.csv", "target": "buys"},
        "validation": {"suite": "suite.json"},
        "split": {},
        "candidates": ["linear"],
        "architectures": {"linear": {}},
        "tuning": {},
        "examination": {"metric": "roc_auc", "threshold": 0.5, "sensitive": []},
        "gates": {},
        "monitoring": {"source": "new.parquet", "expectations": False, "webhook": "DRIFT_HOOK"},
    }
    (folder / "params.yaml").write_text(json.dumps(written))
    (folder / "dvc.yaml").write_text("stages: {}\n")
    return folder


def test_an_alarm_is_told_to_the_webhook(shop: Path, hook: Hook, capsys: pytest.CaptureFixture[str]) -> None:
    sentence = asyncio.run(plain(shop))
    assert "town has drifted" in sentence
    (body,) = hook.told
    assert (body["event"], body["project"], body["rows"]) == ("syllabus.drift", "shop", 300)
    assert body["text"] == f"shop: {sentence}"
    assert {"kind": "values", "column": "town"}.items() <= body["alarms"][0].items()
    said = capsys.readouterr()
    assert "the webhook of DRIFT_HOOK was told: it answered 204" in said.out
    assert SECRET not in said.out + said.err


def test_rows_that_are_broken_are_no_drift_to_learn_from(package: Path, tmp_path: Path, hook: Hook) -> None:
    rows = fresh(300).with_columns(age=pl.lit("?"), town=pl.lit("Ulm"))
    assert "age has gone silent" in asyncio.run(plain(project(tmp_path / "shop", package, rows)))
    assert [body["event"] for body in hook.told] == ["syllabus.broken"]


def test_no_alarm_is_told_to_nobody(package: Path, tmp_path: Path, hook: Hook) -> None:
    assert asyncio.run(plain(project(tmp_path / "shop", package, fresh(300)))) == "300 rows: no alarm"
    assert hook.told == []


def test_a_webhook_that_fails_is_told_and_the_run_goes_on(
    shop: Path, hook: Hook, capsys: pytest.CaptureFixture[str]
) -> None:
    hook.status = 500
    assert "town has drifted" in asyncio.run(plain(shop))
    assert "the webhook of DRIFT_HOOK was not told: it answered 500" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (None, "DRIFT_HOOK is not set"),
        ("ftp://host/s3cret-path", "DRIFT_HOOK holds no URL that begins with https://"),
        ("file:///s3cret-path", "DRIFT_HOOK holds no URL that begins with https://"),
        ("s3cret-path", "DRIFT_HOOK holds no URL that begins with https://"),
        ("http://127.0.0.1:1/s3cret-path", "it does not answer"),
        ("http://[s3cret-path", "DRIFT_HOOK holds no URL that begins with https://"),
        ("http://s3cret path/\n", "it does not answer"),
    ],
)
def test_a_url_that_cannot_be_told_is_not_shown(url: str | None, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DRIFT_HOOK", raising=False)
    if url is not None:
        monkeypatch.setenv("DRIFT_HOOK", url)
    said = alerts.post("DRIFT_HOOK", {}, seconds=2)
    assert told in said
    assert "s3cret" not in said


def test_a_redirect_is_not_followed(hook: Hook) -> None:
    hook.status = 302
    assert alerts.post("DRIFT_HOOK", {"x": 1}) == "the webhook of DRIFT_HOOK was not told: it answered 302"
    assert hook.told == [{"x": 1}]


def test_a_webhook_that_takes_too_long_is_left(hook: Hook) -> None:
    hook.wait = 2.0
    begun = time.monotonic()
    said = alerts.post("DRIFT_HOOK", {}, seconds=0.3)
    assert said.startswith("the webhook of DRIFT_HOOK was not told: it took too long")
    assert time.monotonic() - begun < 1.5


def test_a_webhook_that_drips_is_left_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    server = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def drip() -> None:
        asking, _ = server.accept()
        with asking:
            while not ended.wait(0.05):
                asking.sendall(b"H")

    told = threading.Thread(target=drip)
    told.start()
    monkeypatch.setenv("DRIFT_HOOK", f"http://127.0.0.1:{server.getsockname()[1]}/{SECRET}")
    begun = time.monotonic()
    assert alerts.post("DRIFT_HOOK", {}, seconds=0.3).endswith("was not told: it took too long")
    assert time.monotonic() - begun < 1.5
    ended.set()
    told.join()
    server.close()


def test_what_the_stage_refuses_is_the_end_of_the_run(shop: Path, hook: Hook) -> None:
    (shop / "new.parquet").unlink()
    with pytest.raises(Unmet, match=r"^new\.parquet: no such file"):
        asyncio.run(plain(shop))
    with pytest.raises(Unmet, match=r"holds no params\.yaml: name a project's folder"):
        asyncio.run(plain(shop / "artifacts"))
    assert hook.told == []


@pytest.mark.slow
def test_prefect_shows_the_alarm_and_gets_the_event(shop: Path, hook: Hook) -> None:
    port = free_port(0)
    known = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    command = [sys.executable, "-m", "flows.serve", "--port", str(port)]
    process = subprocess.Popen(
        command, cwd=shop, env=known | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    url = f"http://127.0.0.1:{port}/api"

    def ask(path: str, **body: Any) -> Any:
        return httpx.post(f"{url}/{path}", json=body, timeout=60).raise_for_status().json()

    try:
        assert any("Ctrl-C" in line for line in process.stdout)
        names = {"flows": {"name": {"any_": ["monitor"]}}}
        (deployment,) = ask("deployments/filter", **names)
        ask(f"deployments/{deployment['id']}/create_flow_run", state={"type": "SCHEDULED"})
        for _ in range(300):
            runs = ask("flow_runs/filter", **names)
            events = ask("events/filter", filter={"event": {"name": [alerts.EVENT]}})["events"]
            if events and runs[0]["state_type"] in ("COMPLETED", "FAILED", "CRASHED"):
                break
            time.sleep(0.2)
        assert runs[0]["state_name"] == "Alarm"
        assert events[0]["resource"]["prefect.resource.id"] == "syllabus.project.shop"
        assert events[0]["payload"]["alarms"][0]["column"] == "town"
        (artifact,) = ask("artifacts/filter", artifacts={"key": {"any_": ["monitoring"]}})
        assert "town has drifted" in artifact["data"]
        assert len(hook.told) == 1
    finally:
        process.send_signal(signal.SIGTERM)
        process.stdout.read()
        process.stdout.close()
        process.wait(timeout=60)
