"""A package over HTTP beside a hand-written service, and beside MLflow's: python -m benchmarks.serving PACKAGE TABLE

    python -m benchmarks.serving PACKAGE TABLE [--mlflow PYTHON] [--seconds 3] [--rounds 5]

All three answer the same rows of TABLE by the same `model.onnx`, one process each, one thread of ONNX Runtime. They are
asked in turn, round after round, over one connection that is kept: a bare socket, so that the client costs little.
PYTHON is that of an environment with mlflow and onnxruntime; without it, MLflow is left out.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import psutil

from syllabus import frames

AT_ONCE = (1, 100)
HERE = Path(__file__).parent


@dataclass
class Server:
    """A service that runs.

    Args:
        name: what it is called.
        port: where it listens.
        path: where it is asked.
        process: its own.
        taken: seconds of its answers, by rows at once, a list a round.
    """

    name: str
    port: int
    path: str
    process: subprocess.Popen[bytes]
    taken: dict[int, list[list[float]]] = field(default_factory=dict)

    @property
    def memory(self) -> float:
        """Megabytes of it and of what it has started."""
        own = psutil.Process(self.process.pid)
        return sum(one.memory_info().rss for one in (own, *own.children(recursive=True))) / 2**20


def main(words: list[str] | None = None) -> None:
    """Start the services, ask them in turn, and print what they took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package", type=Path)
    parser.add_argument("table", type=Path)
    parser.add_argument("--mlflow", type=Path)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args(words)
    names = [one["name"] for one in frames.read_json(asked.package / "signature.json")]
    rows = pl.read_parquet(asked.table).select(names).to_dicts()
    with ExitStack() as stack:
        servers = [stack.enter_context(ours(asked.package)), stack.enter_context(plain(asked.package))]
        if asked.mlflow is not None:
            servers.append(stack.enter_context(mlflow(asked.mlflow, asked.package)))
        for count in AT_ONCE:
            bodies = {one.name: _bodies(one, rows, count) for one in servers}
            same(servers, bodies)
            for _ in range(asked.rounds):
                for one in servers:
                    one.taken.setdefault(count, []).append(answered(one, bodies[one.name], asked.seconds))
        told(servers)


def told(servers: list[Server]) -> None:
    """Print a line for each service and number of rows at once, and what it is to the first one's."""
    print(
        f"{'':14}{'rows at once':>13}{'p50 ms':>9}{'p99 ms':>9}{'rows/s':>10}"
        f"{'p50 / ours':>12}{'rows/s / ours':>15}{'MiB':>7}"
    )
    for count in AT_ONCE:
        for one in servers:
            middles = [statistics.median(some) for some in one.taken[count]]
            mine = [statistics.median(some) for some in servers[0].taken[count]]
            every = np.concatenate([np.array(some) for some in one.taken[count]])
            speed, own = (count / np.mean(np.concatenate(each.taken[count])) for each in (one, servers[0]))
            ratio = statistics.median(theirs / our for theirs, our in zip(middles, mine, strict=True))
            print(
                f"{one.name:14}{count:>13}{1e3 * np.median(every):>9.3f}{1e3 * np.quantile(every, 0.99):>9.3f}"
                f"{speed:>10,.0f}{ratio:>12.2f}{speed / own:>15.2f}{one.memory:>7.0f}"
            )


def answered(server: Server, bodies: list[bytes], seconds: float) -> list[float]:
    """Return the seconds of each answer, asked one after another for so long; the first tenth does not count."""
    taken: list[float] = []
    with socket.create_connection(("127.0.0.1", server.port)) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        end, place = time.perf_counter() + seconds, 0
        while time.perf_counter() < end:
            begun = time.perf_counter()
            line.sendall(bodies[place % len(bodies)])
            _read(line)
            taken.append(time.perf_counter() - begun)
            place += 1
    return taken[len(taken) // 10 :]


def same(servers: list[Server], bodies: dict[str, list[bytes]]) -> None:
    """Hold the services' answers to the first requests against one another."""
    first: list[Any] = []
    for one in servers:
        with socket.create_connection(("127.0.0.1", one.port)) as line:
            line.sendall(bodies[one.name][0])
            first.append([row["predicted"] for row in json.loads(_read(line))["predictions"]])
    if any(found != first[0] for found in first):
        raise SystemExit("the services do not answer the same")


def _bodies(server: Server, rows: list[dict[str, Any]], count: int) -> list[bytes]:
    """Return requests, each with its head."""
    made = []
    for start in range(0, min(len(rows), 50 * count) - count + 1, count):
        some = rows[start : start + count]
        key = "dataframe_records" if server.path == "/invocations" else "rows"
        body = json.dumps({key: some}).encode()
        head = f"POST {server.path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
        head += f"content-length: {len(body)}\r\n\r\n"
        made.append(head.encode() + body)
    return made


def _read(line: socket.socket) -> bytes:
    """Return the body of an answer."""
    held = b""
    while b"\r\n\r\n" not in held:
        held += _more(line)
    head, _, body = held.partition(b"\r\n\r\n")
    status, *lines = head.split(b"\r\n")
    size = next(int(one.partition(b":")[2]) for one in lines if one.lower().startswith(b"content-length:"))
    while len(body) < size:
        body += _more(line)
    if b" 200 " not in status:
        raise SystemExit(f"{status.decode()}: {body[:500].decode()}")
    return body


def _more(line: socket.socket) -> bytes:
    some = line.recv(1 << 18)
    if not some:
        raise SystemExit("the service hung up")
    return some


@contextmanager
def ours(package: Path) -> Iterator[Server]:
    """Run `syllabus serve`."""
    port = _port()
    words = [sys.executable, "-m", "syllabus.cli", "serve", str(package), "--port", str(port)]
    with _running("syllabus", words, port, "/v1/predict") as server:
        yield server


@contextmanager
def plain(package: Path) -> Iterator[Server]:
    """Run what one would write by hand."""
    port = _port()
    words = [sys.executable, "-m", "uvicorn", "benchmarks.plain_service:app", "--port", str(port), "--no-access-log"]
    with _running("by hand", words, port, "/v1/predict", PACKAGE=str(package.resolve())) as server:
        yield server


@contextmanager
def mlflow(python: Path, package: Path) -> Iterator[Server]:
    """Run `mlflow models serve`, in its own environment."""
    port = _port()
    with tempfile.TemporaryDirectory() as folder:
        save = (
            "import mlflow, sys; mlflow.pyfunc.save_model(sys.argv[1], python_model=sys.argv[2], "
            "artifacts={'graph': sys.argv[3]}, pip_requirements=['mlflow', 'onnxruntime'])"
        )
        model = str(Path(folder) / "model")
        given = [model, str(HERE / "mlflow_model.py"), str((package / "model.onnx").resolve())]
        subprocess.run([python, "-c", save, *given], check=True, cwd=folder, capture_output=True)
        words = [str(python), "-m", "mlflow", "models", "serve", "-m", model, "-p", str(port), "--env-manager", "local"]
        path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
        with _running(
            "mlflow", words, port, "/invocations", PATH=path, MLFLOW_TRACKING_URI=f"file:{folder}/runs"
        ) as server:
            yield server


@contextmanager
def _running(name: str, words: list[str], port: int, path: str, **environment: str) -> Iterator[Server]:
    """Start a service, wait until it answers, and end it and what it has started."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(words, env={**os.environ, **environment}, stdout=said, stderr=said)
        try:
            _wait(name, process, port)
            yield Server(name, port, path, process)
        finally:
            for one in [*psutil.Process(process.pid).children(recursive=True), process]:
                one.terminate()
            process.wait(30)


def _wait(name: str, process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            time.sleep(2)  # it listens; let it be ready
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"{name} does not start")


def _port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


if __name__ == "__main__":
    main()
