"""`syllabus serve` and `syllabus token`: their arguments, and what they say."""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import secrets
from typing import Any

from syllabus.errors import Unmet
from syllabus.serving import named

TOKENS = "SYLLABUS_TOKENS"
"""The environment variable that holds the digests of the tokens that may ask, with commas between them."""
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def add(commands: Any) -> None:
    """Add the commands to the parser's."""
    serve = commands.add_parser("serve", help="answer over HTTP: for programs, and on a page for people")
    serve.add_argument(
        "package",
        metavar="PACKAGE",
        help=named.HELP,
    )
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    serve.add_argument("--port", type=int, default=8000, help="its port; 0 takes a free one (default: %(default)s)")
    serve.add_argument("--processes", type=int, default=1, help="how many answer (default: %(default)s)")
    serve.add_argument(
        "--name", dest="called", metavar="NAME", help="what the model is called (default: the column that it predicts)"
    )
    serve.add_argument(
        "--host-name",
        action="append",
        default=[],
        metavar="NAME",
        help="a name by which the service may be called, beside localhost; may be said again",
    )
    serve.add_argument(
        "--key", metavar="FILE", help="serve nothing that this public key does not prove (or SYLLABUS_VERIFYING_KEY)"
    )
    serve.add_argument("--open", action="store_true", help="let anybody ask, on any address, without a token")
    serve.add_argument("--native", action="store_true", help="let the model itself answer, not its ONNX graph")
    serve.add_argument("--log", metavar="FOLDER", help="write requests and answers there, as Parquet, for monitoring")
    serve.add_argument("--log-share", type=float, default=1.0, metavar="P", help="of so many of them (default: all)")
    serve.add_argument(
        "--mask", action="append", default=[], metavar="COLUMN", help="a column never to log; may be said again"
    )
    serve.add_argument("--most-rows", type=int, default=10_000, help="of a request (default: %(default)s)")
    serve.add_argument("--most-tokens", type=int, default=2_048, help="of a text (default: %(default)s)")
    serve.add_argument("--most-bytes", type=int, default=16 * 2**20, help="of a request (default: %(default)s)")
    serve.add_argument(
        "--at-once", type=int, default=64, help="requests that a process works on (default: %(default)s)"
    )
    serve.add_argument("--seconds", type=float, default=30, help="that a request may take (default: %(default)s)")
    serve.add_argument(
        "--watch", type=float, default=2, metavar="SECONDS", help="between looks for a newer package; 0: never"
    )
    serve.set_defaults(command=_serve)
    token = commands.add_parser("token", help="make a token for `syllabus serve`, and its digest")
    token.set_defaults(command=_token)


def _serve(asked: argparse.Namespace) -> None:
    from syllabus.serving.http import running
    from syllabus.serving.http.options import Limits, Log, Options

    for name in ("processes", "most_rows", "most_tokens", "most_bytes", "at_once", "seconds"):
        if not 0 < getattr(asked, name) < float("inf"):
            raise Unmet(f"--{name.replace('_', '-')}: must be a number above 0, received {getattr(asked, name):g}")
    if not 0 < asked.log_share <= 1:
        raise Unmet(f"--log-share: is a share, above 0 and at most 1, received {asked.log_share:g}")
    if not 0 <= asked.port < 2**16:
        raise Unmet(f"--port: is from 0 to 65535, received {asked.port}")
    tokens = _tokens(os.environ.get(TOKENS, ""))
    if not tokens and not asked.open and asked.host not in LOOPBACK:
        raise Unmet(
            f"--host {asked.host}: others could ask there: `syllabus token` makes a token for {TOKENS}, and --open "
            "lets anybody ask"
        )
    bracketed = f"[{asked.host}]" if ":" in asked.host else asked.host
    hosts = tuple(dict.fromkeys(["localhost", "127.0.0.1", "[::1]", bracketed, *map(_bare, asked.host_name)]))
    options = Options(
        package=asked.package,
        name=asked.called,
        native=asked.native,
        key=asked.key,
        hosts=hosts,
        tokens=tokens,
        watched=max(0.0, asked.watch),
        limits=Limits(asked.most_bytes, asked.most_rows, asked.most_tokens, asked.at_once, asked.seconds),
        log=Log(asked.log, asked.log_share, tuple(asked.mask)),
        processes=asked.processes,
    )
    running.run(options, asked.host, asked.port)


def _bare(name: str) -> str:
    """Return a name by which the service may be called.

    Raises:
        Unmet: it is a URL, has a port, or is empty: no request would ever have it.
    """
    if not re.fullmatch(r"\[[0-9a-fA-F:.]+\]|[^\s/:]+", name):
        raise Unmet(
            f"--host-name: is a name alone, such as models.example.org, without scheme and port, received {name}"
        )
    return name


def _tokens(said: str) -> tuple[str, ...]:
    """Return the digests that an environment variable holds.

    Raises:
        Unmet: one of them is none; it is not shown, as it may be a token.
    """
    found = tuple(part.strip().lower() for part in said.split(",") if part.strip())
    for place, digest in enumerate(found, 1):
        if not re.fullmatch(r"[0-9a-f]{64}", digest):
            raise Unmet(
                f"{TOKENS}: entry {place} is no SHA-256 of a token, which has 64 hexadecimal digits; `syllabus token` "
                "makes both"
            )
    return found


def _token(_: argparse.Namespace) -> None:
    token = secrets.token_urlsafe(32)
    print(f"token, for those who ask: {token}")
    print(f"{TOKENS}, for the service: {hashlib.sha256(token.encode()).hexdigest()}")
