"""The service as a process: it is replaced, ended, killed and started again while it is asked."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import packed
import polars as pl
import pytest
from browser import dumped
from services import client, running

from syllabus.cli import main

ROW = {"age": 52.0, "town": "Bern", "paid": "31,5", "since": "03.04.2020"}


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return two packages that answer otherwise."""
    folder = tmp_path_factory.mktemp("versions")
    return [packed.packed(folder / str(seed), packed.people(400, seed), packed.TABLE, onnx=True) for seed in (1, 2)]


class Asking:
    """Asks again and again, from several threads, until it is left."""

    def __init__(self, url: str, threads: int = 3) -> None:
        self.answers: list[tuple[int, str]] = []
        self.failed: list[str] = []
        self._url, self._ending = url, threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(threads)]

    def __enter__(self) -> Asking:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join()

    def _ask(self) -> None:
        with httpx.Client(timeout=20) as one:
            while not self._ending.is_set():
                try:
                    found = one.post(f"{self._url}/v1/predict", json={"rows": [ROW]})
                    self.answers.append((found.status_code, found.json().get("version", "")))
                except httpx.TransportError as error:
                    self.failed.append(repr(error))
                    time.sleep(0.05)

    def until(self, done: Any, seconds: float = 120) -> None:
        end = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < end, (self.answers[-3:], self.failed[-3:])
            time.sleep(0.02)


@contextmanager
def replaced(folder: Path, other: Path) -> Iterator[None]:
    """Write another package over one, file by file, as `dvc checkout` does."""
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            file.unlink()
    yield
    shutil.copytree(other, folder, dirs_exist_ok=True)


def test_a_newer_package_takes_over_and_a_broken_one_does_not(versions: list[Path], tmp_path: Path, capfd: Any) -> None:
    folder = tmp_path / "package"
    shutil.copytree(versions[0], folder)
    with client(folder, watched=0.02) as asking:

        def seen() -> str:
            return str(asking.get("/health/ready").json()["version"])

        def wait(done: Any) -> None:
            end = time.monotonic() + 120
            while not done():
                assert time.monotonic() < end
                time.sleep(0.02)

        first = seen()
        with replaced(folder, versions[1]):
            wait(lambda: "syllabus_swaps_failed_total 1.0" in asking.get("/metrics").text)
            assert seen() == first
        wait(lambda: seen() != first)
        newer = seen()
        (folder / "model.onnx").write_bytes(b"torn")
        (folder / "SHA256SUMS").write_text((folder / "SHA256SUMS").read_text() + "0" * 64 + "  more.json\n")
        wait(lambda: "syllabus_swaps_failed_total 2.0" in asking.get("/metrics").text)
        assert asking.post("/v1/predict", json={"rows": [ROW]}).json()["version"] == newer
        assert f'syllabus_serving{{model="buys",version="{newer}"}} 1.0' in asking.get("/metrics").text
    said = capfd.readouterr().err
    assert f"{newer} takes the place of {first}" in said
    assert f"{newer} goes on: " in said


@pytest.mark.slow
def test_no_request_fails_while_a_newer_package_takes_over(versions: list[Path], tmp_path: Path) -> None:
    folder = tmp_path / "package"
    shutil.copytree(versions[0], folder)
    with running(str(folder), "--processes", "2", "--watch", "0.2") as (_, url), Asking(url) as asking:
        asking.until(lambda: len(asking.answers) > 200)
        with replaced(folder, versions[1]):
            time.sleep(0.5)
        digest = _digest(versions[1])
        asking.until(lambda: all(version == digest for _, version in asking.answers[-100:]))
    assert not asking.failed
    assert {status for status, _ in asking.answers} == {200}
    assert len({version for _, version in asking.answers}) == 2


def _digest(package: Path) -> str:
    from syllabus import frames

    return frames.sha256(package / "SHA256SUMS")[:12]


@pytest.mark.slow
@pytest.mark.parametrize("processes", ["1", "2"])
def test_what_was_begun_is_answered_before_it_ends(versions: list[Path], tmp_path: Path, processes: str) -> None:
    with running(str(versions[0]), "--processes", processes, "--log", str(tmp_path / "log")) as (process, url):
        with Asking(url) as asking:
            asking.until(lambda: len(asking.answers) > 100)
            process.send_signal(signal.SIGTERM)
            assert process.wait(40) in (0, -signal.SIGTERM)
        logged = sum(len(pl.read_parquet(file)) for file in (tmp_path / "log").glob("*/*.parquet"))
    # What is refused is a connection that nobody took; whatever was taken was answered, and is in the log.
    assert {status for status, _ in asking.answers} == {200}
    assert all("Connect" in error for error in asking.failed), asking.failed[:3]
    assert logged == len(asking.answers)


@pytest.mark.slow
def test_a_killed_service_starts_again(versions: list[Path], tmp_path: Path) -> None:
    with running(str(versions[0]), "--log", str(tmp_path / "log")) as (process, url), Asking(url) as asking:
        asking.until(lambda: len(asking.answers) > 100)
        process.kill()
        process.wait()
        port = url.rpartition(":")[2]
        again = subprocess.Popen(
            [*process.args[:-1], port],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,  # type: ignore[index]
        )
        try:
            before = len(asking.answers)
            asking.until(lambda: len(asking.answers) > before + 100)
        finally:
            again.terminate()
            again.wait()
            assert again.stdout is not None
            again.stdout.close()
    assert {status for status, _ in asking.answers} == {200}
    for file in (tmp_path / "log").glob("*/*.parquet"):
        pl.read_parquet(file)  # none is torn


@pytest.mark.slow
def test_a_killed_process_of_several_is_replaced(versions: list[Path], tmp_path: Path) -> None:
    import psutil

    folder = tmp_path / "package"
    shutil.copytree(versions[0], folder)
    with running(str(folder), "--processes", "2", "--watch", "0.2") as (process, url), Asking(url) as asking:
        asking.until(lambda: len(asking.answers) > 100)
        workers = [one for one in psutil.Process(process.pid).children() if "spawn_main" in " ".join(one.cmdline())]
        assert len(workers) == 2
        workers[0].kill()
        known = {one.pid for one in workers}
        asking.until(lambda: len({one.pid for one in psutil.Process(process.pid).children()} - known) > 0)
        before = len(asking.answers)
        asking.until(lambda: len(asking.answers) > before + 200)
        with replaced(folder, versions[1]):
            pass
        # What the killed one served is not served any more, as nobody says so.
        served = {_digest(versions[0]): "0.0", _digest(versions[1]): "1.0"}
        lines = [f'syllabus_serving{{model="buys",version="{version}"}} {one}' for version, one in served.items()]
        asking.until(lambda: {*lines} <= {*httpx.get(f"{url}/metrics").text.splitlines()})
    assert {status for status, _ in asking.answers} == {200}


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["serve", *words])
    assert ended.value.code == 1
    said = capsys.readouterr().err.strip()
    assert said.startswith("syllabus serve: ")
    assert "\n" not in said
    return said.removeprefix("syllabus serve: ")


def test_what_cannot_be_served_is_one_sentence(
    versions: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    good = str(versions[0])
    assert "not a package" in refused(capsys, str(tmp_path / "nothing"))
    assert "--processes: must be a number above 0, received 0" in refused(capsys, good, "--processes", "0")
    assert "--log-share: is a share" in refused(capsys, good, "--log-share", "2")
    assert "--port: is from 0 to 65535" in refused(capsys, good, "--port", "70000")
    assert "`syllabus token` makes a token" in refused(capsys, good, "--host", "0.0.0.0")
    assert "--host 203.0.113.1" in refused(capsys, good, "--host", "203.0.113.1", "--open")
    monkeypatch.setenv("SYLLABUS_TOKENS", "my-secret")
    said = refused(capsys, good)
    assert "SYLLABUS_TOKENS: entry 1 is no SHA-256" in said
    assert "my-secret" not in said


def test_a_port_that_is_taken_is_said(versions: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert "Address already in use" in refused(capsys, str(versions[0]), "--port", port)


def test_a_token_is_made_with_its_digest(capsys: pytest.CaptureFixture[str]) -> None:
    import hashlib

    main(["token"])
    first, second = capsys.readouterr().out.splitlines()
    token, digest = first.rpartition(" ")[2], second.rpartition(" ")[2]
    assert hashlib.sha256(token.encode()).hexdigest() == digest


@pytest.mark.slow
def test_the_page_answers_in_a_real_browser(versions: list[Path], tmp_path: Path) -> None:
    with running(str(versions[0])) as (_, url):
        told = dumped(f"{url}/#ask", tmp_path / "profile")
        (one,) = httpx.post(f"{url}/v1/predict", json={"rows": [_example(url)]}).json()["predictions"]
    answer = re.search(r'<p class="predicted">(.*?)</p>', told)
    assert answer is not None
    assert answer.group(1) == one["predicted"]
    assert f"{100 * max(one['probabilities'].values()):.1f} %" in told
    assert "What speaks for it" in told


@pytest.mark.slow
def test_a_language_model_writes_on_its_page(tmp_path: Path) -> None:
    with running(str(packed.language(tmp_path / "language"))) as (_, url):
        told = dumped(f"{url}/#ask", tmp_path / "profile", seconds=8)
        counts = httpx.get(f"{url}/metrics").text
    # The browser's own time may be over before the text is.
    assert 'syllabus_requests_total{route="/v1/completions",status="200"} 1.0' in counts
    assert 'class="wrong"' not in told


def _example(url: str) -> Any:
    document = httpx.get(f"{url}/openapi.json").json()
    body = document["paths"]["/v1/predict"]["post"]["requestBody"]["content"]["application/json"]
    return body["example"]["rows"][0]


os.environ.setdefault("NO_PROXY", "localhost,127.0.0.1")
