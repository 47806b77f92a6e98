"""HTTP and S3, for real: what is behind a URL is read as a file is, and private addresses are refused."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from syllabus import sources
from syllabus.errors import Unmet
from syllabus.settings import Reading
from syllabus.sources import remote

TEXT = b"a,b\n1,2\n3,4\n"
PRIVATE = (
    "leads to 127.0.0.1, an address of this machine or of a private network; data.reading.allow_private: true allows it"
)


class Handler(BaseHTTPRequestHandler):
    """Serves a few files, badly where the name says so."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        name = self.path.partition("?")[0]
        status = {"/none.csv": 404, "/broken.csv": 500, "/closed.csv": 403, "/elsewhere.csv": 302}.get(name, 200)
        body = TEXT if status == 200 else b""
        if name == "/people.parquet":
            body = parquet()
        if name == "/latin.csv":
            body = "a\nZoë\n".encode("latin-1")
        self.send_response(status)
        if status == 302:
            self.send_header("Location", f"http://localhost:{self.server.server_port}/people.csv")  # type: ignore[attr-defined]
        if name == "/people.csv":
            self.send_header("ETag", '"one"')
        if name == "/dated.csv":
            self.send_header("Last-Modified", "Wed, 21 Oct 2015 07:28:00 GMT")
        self.send_header("Content-Length", str(len(body) + 100 * (name == "/torn.csv")))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)
        self.close_connection = name == "/torn.csv"


def parquet() -> bytes:
    held = io.BytesIO()
    pl.DataFrame({"a": [1], "b": [2.5]}).write_parquet(held)
    return held.getvalue()


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def read(folder: Path, url: str, **reading: Any) -> pl.DataFrame:
    declared = Reading.model_validate_json(json.dumps({"allow_private": True} | reading))
    frame = sources.scan(url, folder / "scratch", declared).collect()
    assert sources.columns(url, declared) == frame.columns[1:]
    return frame.drop("row")


def refused(folder: Path, url: str, **reading: Any) -> str:
    with pytest.raises(Unmet) as caught:
        read(folder, url, **reading)
    assert str(folder) not in str(caught.value)
    return str(caught.value)


def test_a_file_behind_http_is_read_as_a_file_is(tmp_path: Path, site: str) -> None:
    assert read(tmp_path / "1", f"{site}/people.csv?token=x").rows() == [("1", "2"), ("3", "4")]
    assert read(tmp_path / "2", f"{site}/elsewhere.csv", file_column="from")["from"][0] == f"{site}/elsewhere.csv"
    assert read(tmp_path / "3", f"{site}/people.parquet").rows() == [(1, 2.5)]


@pytest.mark.parametrize(
    ("name", "reading", "sentence"),
    [
        ("people.csv", {"allow_private": False}, PRIVATE),
        ("elsewhere.csv", {"allow_private": False}, PRIVATE),
        ("none.csv", {}, "there is no such file"),
        ("closed.csv", {}, "there is no permission to read it"),
        ("broken.csv", {}, "cannot be read: the server answers 500"),
        ("people.pdf", {}, "unknown kind of file; Valid: .arrow, .csv"),
        ("people.csv", {"limit": 5}, "expands to more than 5 bytes, data.reading.limit"),
    ],
)
def test_what_cannot_be_fetched_is_told(
    tmp_path: Path, site: str, name: str, reading: dict[str, Any], sentence: str
) -> None:
    assert refused(tmp_path, f"{site}/{name}", **reading).startswith(f"{site}/{name}: {sentence}")


def test_a_torn_answer_and_a_bad_line_are_told(tmp_path: Path, site: str) -> None:
    assert "Not enough data" in refused(tmp_path / "1", f"{site}/torn.csv")
    assert refused(tmp_path / "2", f"{site}/latin.csv").startswith(f"{site}/latin.csv:2: not UTF-8: byte 0xeb")


@pytest.mark.parametrize("host", ["localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433", "127.1"])
def test_no_way_of_writing_a_private_address_leads_to_it(tmp_path: Path, site: str, host: str) -> None:
    url = f"http://{host}:{site.rpartition(':')[2]}/people.csv"
    told = refused(tmp_path, url, allow_private=False)
    assert "a private network; data.reading.allow_private" in told or "cannot be read" in told


def test_a_redirect_to_a_private_address_is_refused(tmp_path: Path, site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # The first connection passes for one to the internet; the redirect names localhost.
    seen: list[str] = []
    monkeypatch.setattr("syllabus.sources.addresses.public", lambda address: not seen and not seen.append(address))
    assert PRIVATE in refused(tmp_path, f"{site}/elsewhere.csv", allow_private=False) or len(seen) == 1


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://ann:hush@localhost/x.csv", "data.source: a URL in params.yaml must hold no user or password"),
        ("ftp://localhost/x.csv", "data.source: unknown scheme ftp://; Valid: http, https, s3"),
        ("http://nowhere.invalid/x.csv", "http://nowhere.invalid/x.csv: cannot be read: Cannot connect to host"),
    ],
)
def test_a_url_that_leads_nowhere_is_told(tmp_path: Path, url: str, sentence: str) -> None:
    assert refused(tmp_path, url).startswith(sentence)


def test_a_server_says_whether_a_file_has_changed(site: str) -> None:
    allowed = Reading(allow_private=True)
    assert remote.version(f"{site}/people.csv", allowed) == {"etag": '"one"'}
    assert remote.version(f"{site}/dated.csv", allowed) == {"modified": "Wed, 21 Oct 2015 07:28:00 GMT", "size": "12"}
    assert remote.version(f"{site}/other.csv", allowed) is None


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """Start moto's S3 with a few objects."""
    from moto.server import ThreadedMotoServer

    with pytest.MonkeyPatch.context() as patch:
        server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        server.start()
        host, port = server.get_host_and_port()
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "ann")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_MAX_ATTEMPTS", "1")
        patch.setattr("s3fs.S3FileSystem.retries", 1)
        import boto3

        client = boto3.client("s3")
        client.create_bucket(Bucket="people")
        for name, body in (("2020/b.csv", b"b,a\n4,3\n"), ("2020/a.csv", b"a,b\n1,2\n"), ("x.parquet", parquet())):
            client.put_object(Bucket="people", Key=name, Body=body)
        client.close()
        yield "s3://people"
        server.stop()


def test_objects_of_s3_are_read_as_files_are(tmp_path: Path, bucket: str) -> None:
    assert read(tmp_path / "1", f"{bucket}/2020/a.csv").rows() == [("1", "2")]
    assert read(tmp_path / "2", f"{bucket}/x.parquet").rows() == [(1, 2.5)]
    frame = read(tmp_path / "3", f"{bucket}/2020/*.csv", file_column="from")
    assert frame.rows() == [("1", "2", f"{bucket}/2020/a.csv"), ("3", "4", f"{bucket}/2020/b.csv")]


def test_what_s3_refuses_is_told(tmp_path: Path, bucket: str) -> None:
    assert refused(tmp_path / "1", f"{bucket}/none.csv") == f"{bucket}/none.csv: there is no such file"
    assert refused(tmp_path / "2", "s3://none/none.csv").startswith("s3://none/none.csv: ")
    assert refused(tmp_path / "3", f"{bucket}/*.txt") == f"{bucket}/*.txt: no file matches"
    told = refused(tmp_path / "4", f"{bucket}/2020/a.csv", allow_private=False)
    assert told == f"{bucket}/2020/a.csv: {PRIVATE}"


def test_s3_says_whether_an_object_has_changed(bucket: str) -> None:
    import boto3

    allowed = Reading(allow_private=True)
    before = remote.version(f"{bucket}/2020/*.csv", allowed)
    assert before == remote.version(f"{bucket}/2020/*.csv", allowed)
    client = boto3.client("s3")
    client.put_object(Bucket="people", Key="2020/c.csv", Body=b"a,b\n5,6\n")
    assert before != remote.version(f"{bucket}/2020/*.csv", allowed)
    client.delete_object(Bucket="people", Key="2020/c.csv")
    client.close()
