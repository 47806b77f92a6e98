"""Clients that mean harm, or know no better, and whoever ends the service in the midst of it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import packed
import polars as pl
import pytest
from services import client, running, told

from syllabus.cli import main
from syllabus.serving.http import following

ROW = {"age": 52.0, "town": "Bern", "paid": "31,5", "since": "03.04.2020"}
HOST = b"Host: localhost\r\n"


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packed.packed(tmp_path_factory.mktemp("attacked"), packed.people(300), packed.TABLE, onnx=True)


def heard(url: str, sent: bytes) -> bytes:
    """Send bytes, and return all that comes until the service ends the connection."""
    with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))) as one:
        one.settimeout(10)
        found = b""
        try:
            one.sendall(sent)
            while part := one.recv(65_536):
                found += part
        except ConnectionError:  # the service does not read on
            pass
        return found


@pytest.mark.slow
def test_half_a_request_is_not_waited_for_and_an_endless_one_not_held(plain: Path) -> None:
    with running(str(plain), "--seconds", "1") as (_, url):
        for sent in (b"", b"GET / HTTP/1.1\r\nHost: loc", b"POST /v1/predict HTTP/1.1\r\n" + HOST):
            begun = time.monotonic()
            assert heard(url, sent) == b""
            assert 0.5 < time.monotonic() - begun < 5
        once = b"GET /health/live HTTP/1.1\r\n" + HOST + b"\r\n"
        assert heard(url, once + b"GET /health").count(b"200 OK") == 1
        said = heard(url, b"GET /health/live HTTP/1.1\r\n" + HOST + b"X: y\r\n" * 50_000)
        assert said == b"" or b"400 Bad Request" in said
        fits = b"GET /health/live HTTP/1.1\r\nConnection: close\r\n" + HOST + b"X: " + b"y" * 60_000 + b"\r\n\r\n"
        assert b"200 OK" in heard(url, fits)
        # One that sends its head slowly, but in time, is answered; so is one that comes again on the same connection.
        with httpx.Client() as one:
            for _ in range(3):
                assert one.post(f"{url}/v1/predict", json={"rows": [ROW]}).status_code == 200
                time.sleep(0.6)


@pytest.mark.slow
@pytest.mark.parametrize("processes", ["1", "2"])
@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_an_ending_service_leaves_nothing_and_says_nothing(
    plain: Path, tmp_path: Path, processes: str, by: signal.Signals, capfd: Any
) -> None:
    import subprocess
    import sys

    command = [sys.executable, "-m", "syllabus.cli", "serve", str(plain), "--port", "0", "--processes", processes]
    process = subprocess.Popen(
        command, env={**os.environ, "TMPDIR": str(tmp_path)}, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    with process.stdout as says:
        url = says.readline().split(" on ")[1].split(": ")[0]
        until = time.monotonic() + 120
        while time.monotonic() < until:
            try:
                assert httpx.get(f"{url}/health/ready").status_code == 200
                break
            except httpx.TransportError:
                time.sleep(0.1)
        assert len(list(tmp_path.glob("syllabus-*"))) == 1
        os.killpg(process.pid, by)
        try:
            assert process.wait(40) == 0
        finally:
            process.kill()
    assert list(tmp_path.glob("syllabus-*")) == []
    assert capfd.readouterr().err == ""


@pytest.mark.slow
def test_a_second_ctrl_c_ends_a_stream_without_a_traceback(tmp_path: Path, capfd: Any) -> None:
    import subprocess
    import sys

    command = [sys.executable, "-m", "syllabus.cli", "serve", str(packed.language(tmp_path)), "--port", "0"]
    process = subprocess.Popen([*command, "--most-tokens", "1000000"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    asked = {"model": "corpus", "prompt": ["A"] * 16, "max_tokens": 1_000_000, "temperature": 2, "stream": True}
    try:
        with process.stdout as says:
            url = says.readline().split(" on ")[1].split(": ")[0]
            with httpx.stream("POST", f"{url}/v1/completions", json=asked, timeout=30) as answer:
                lines = answer.iter_lines()
                next(lines)
                for _ in range(2):
                    process.send_signal(signal.SIGINT)
                    time.sleep(0.3)
                assert process.wait(20) == 0
    finally:
        process.kill()
    assert capfd.readouterr().err == ""


@pytest.mark.slow
def test_an_answer_is_not_held_for_a_client_that_does_not_read(plain: Path) -> None:
    # More than what the system itself holds for it.
    rows = json.dumps({"rows": [ROW] * 100_000}).encode()
    head = b"POST /v1/predict HTTP/1.1\r\ncontent-type: application/json\r\n" + HOST
    with running(str(plain), "--seconds", "12", "--most-rows", "100000") as (_, url), socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        one.connect(("127.0.0.1", int(url.rpartition(":")[2])))
        one.sendall(head + f"content-length: {len(rows)}\r\n\r\n".encode() + rows)
        begins = one.recv(4096)
        time.sleep(16)
        got = len(begins)
        with suppress(ConnectionError):
            while part := one.recv(1 << 20):
                got += len(part)
    assert b"200 OK" in begins
    assert got < int(re.findall(rb"content-length: (\d+)", begins)[0])


def test_what_cannot_be_logged_or_called_is_said_at_the_start(
    plain: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    for words, said in {
        ("--log", str(tmp_path / "file")): "cannot be written",
        ("--log", str(tmp_path / "file" / "log")): "cannot be written",
        ("--log", str(tmp_path), "--mask", "agee"): "--mask agee: the model reads no such column; did you mean age?",
        ("--seconds", "nan"): "--seconds: must be a number above 0",
        ("--seconds", "inf"): "--seconds: must be a number above 0",
        ("--host-name", "http://models.example.org"): "--host-name: is a name alone",
        ("--host-name", "models.example.org:80"): "--host-name: is a name alone",
    }.items():
        with pytest.raises(SystemExit):
            main(["serve", str(plain), "--port", "0", *words])
        found = capsys.readouterr().err
        assert said in found
        assert found.count("\n") == 1


def test_columns_of_our_names_are_logged_beside_ours(tmp_path: Path) -> None:
    table = packed.people(300).rename({"town": "model", "age": "version"})
    cleaning = packed.TABLE["cleaning"] | {"relabel": {}}
    package = packed.packed(tmp_path, table, packed.TABLE | {"cleaning": cleaning})
    log = tmp_path / "log"
    with client(package, log={"folder": str(log)}) as asking:
        row = asking.service.served.example  # type: ignore[attr-defined]
        assert asking.post("/v1/predict", json={"rows": [row]}).status_code == 200
    (file,) = log.glob("*/*.parquet")
    found = pl.read_parquet(file)
    assert found["model"].to_list() == [str(row["model"])]
    assert found["served model"].to_list() == ["buys"]


def test_a_request_that_cannot_be_written_does_not_end_the_log(
    plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from syllabus.serving.http import journal

    table = journal.table
    with client(plain, log={"folder": str(tmp_path), "every": 0.05}) as asking:
        monkeypatch.setattr(journal, "table", lambda *_: 1 / 0)
        asking.post("/v1/predict", json={"rows": [ROW]})
        asking.portal.call(asyncio.sleep, 0.3)  # type: ignore[union-attr]
        monkeypatch.setattr(journal, "table", table)
        asking.post("/v1/predict", json={"rows": [ROW]})
        asking.portal.call(asyncio.sleep, 0.3)  # type: ignore[union-attr]
        assert len(list(tmp_path.glob("*/*.parquet"))) == 1
    assert "requests are not logged: division by zero" in capsys.readouterr().err


def test_a_package_that_breaks_its_reader_does_not_end_the_looking(
    plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "package"
    shutil.copytree(plain, folder)
    opened = following._opened
    with client(folder, watched=0.02) as asking:
        monkeypatch.setattr(following, "_opened", lambda *_: 1 / 0)
        (folder / "SHA256SUMS").write_text("other")
        asking.portal.call(asyncio.sleep, 0.3)  # type: ignore[union-attr]
        monkeypatch.setattr(following, "_opened", opened)
        shutil.rmtree(folder)
        shutil.copytree(packed.packed(tmp_path / "newer", packed.people(300, 5), packed.TABLE), folder)
        until = time.monotonic() + 120
        while "syllabus_swaps_total 1.0" not in asking.get("/metrics").text:
            assert time.monotonic() < until
            asking.portal.call(asyncio.sleep, 0.05)  # type: ignore[union-attr]
    assert "goes on: ZeroDivisionError: division by zero" in capsys.readouterr().err


def test_long_texts_are_not_remembered(plain: Path) -> None:
    with client(plain) as asking:
        engine = asking.service.served.engine  # type: ignore[attr-defined]
        for letter in "abc":
            assert asking.post("/v1/predict", json={"rows": [ROW | {"town": letter * 10_000}]}).status_code == 200
        assert asking.post("/v1/predict", json={"rows": [ROW | {"town": "Paris"}]}).status_code == 200
    assert "Paris" in engine._known["town"]
    assert max(len(str(cell)) for cell in engine._known["town"]) < 200


def test_a_row_of_very_many_wrong_columns_is_refused_at_once(plain: Path) -> None:
    with client(plain) as asking:
        found = asking.post("/v1/predict", json={"rows": [{f"{place} {'x' * 80}": 1 for place in range(100_000)}]})
        status, said = told(found)
        near = told(asking.post("/v1/predict", json={"rows": [{"agee": 1}]}))
    assert status == 422
    assert said.startswith("rows[0]: has no age, which the model reads; it has 0 x")
    assert len(said) < 1_000
    assert near == (422, "rows[0]: has no age, which the model reads; did you mean agee?")


def test_a_package_whose_folder_is_removed_is_served_on(plain: Path, tmp_path: Path) -> None:
    folder = tmp_path / "package"
    shutil.copytree(plain, folder)
    with client(folder, watched=0) as asking:
        shutil.rmtree(folder)
        for path in ("/", "/openapi.json", "/v1/models", "/v1/models/buys", "/health/ready", "/metrics"):
            assert asking.get(path).status_code == 200
        asked = {"rows": [ROW], "reasons": True, "novelty": True}
        assert asking.post("/v1/predict", json=asked).status_code == 200
