"""Files behind a URL (http, https, s3), brought to this machine through fsspec."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from syllabus.errors import Unmet, nearest
from syllabus.settings import SCHEMES
from syllabus.sources import expansion, local
from syllabus.sources.addresses import Guard

if TYPE_CHECKING:
    from syllabus.settings import Reading

_PIECE = 1 << 20
# A server that says nothing for so many seconds is given up.
_PATIENCE = 60


def fetch(url: str, folder: Path, reading: Reading) -> dict[Path, str]:
    """Bring what a URL names, of `s3` what a pattern matches, into a folder; return the files, each with its own URL.

    Args:
        url: http, https or s3.
        folder: it is made; the files keep their names.
        reading: the limit, and whether the URL may lead to this machine or to a private network.

    Raises:
        Unmet: the URL cannot be read, leads to a private address, or holds more than the limit.
    """
    with _reading(url, reading) as system:
        found = [f"s3://{key}" for key in sorted(system.glob(url))] if _scheme(url) == "s3" and "*" in url else [url]
        if not found:
            raise Unmet(f"{url}: no file matches")
        files = {folder / f"{number:05}" / _name(source): source for number, source in enumerate(found)}
        left = most = reading.limit or expansion.DOWNLOAD
        for path, source in files.items():
            local.kind(path, source)
            path.parent.mkdir(parents=True)
            # Of http in one go: pieces asked for one by one could be of two versions.
            options = {} if _scheme(url) == "s3" else {"block_size": 0}
            with system.open(source, "rb", **options) as stream, path.open("wb") as file:
                while piece := stream.read(_PIECE):
                    if (left := left - len(piece)) < 0:
                        raise expansion.too_large(url, most, reading.limit)
                    file.write(piece)
    return files


def version(url: str, reading: Reading) -> dict[str, Any] | None:
    """Return what the server says of a file without sending it: its ETag, or its size and when it was modified.

    Raises:
        Unmet: the URL cannot be read, or leads to a private address.

    Returns:
        Nothing where the server does not say enough to see a change.
    """
    with _reading(url, reading) as system:
        if _scheme(url) == "s3":
            found = sorted(system.glob(url, detail=True).values(), key=lambda one: one["name"])
            return {"files": [{"name": one["name"], "etag": one["ETag"], "size": one["size"]} for one in found]}
        told = {key.lower(): value for key, value in _headers(system, url).items()}
    if etag := told.get("etag"):
        return {"etag": etag}
    if {"last-modified", "content-length"} <= told.keys():
        return {"modified": told["last-modified"], "size": told["content-length"]}
    return None


def _headers(system: Any, url: str) -> dict[str, str]:
    """Return what the server says of a file."""
    import fsspec.asyn

    async def ask() -> dict[str, str]:
        session = await system.set_session()
        async with session.head(url, allow_redirects=True) as answer:
            # Some servers refuse to answer this question.
            return dict(answer.headers) if answer.ok else {}

    return dict(fsspec.asyn.sync(system.loop, ask))


@contextmanager
def _reading(url: str, reading: Reading) -> Iterator[Any]:
    """Yield the file system of a URL, and tell what went wrong with it.

    Raises:
        Unmet: in place of whatever fsspec, aiohttp and botocore raise.
    """
    guard = Guard(allow_private=reading.allow_private)
    system = _system(url, guard)
    try:
        yield system
    except Unmet:
        raise
    except Exception as error:  # Three libraries of errors, which share no ancestor.
        if guard.refused:
            raise Unmet(
                f"{url}: leads to {guard.refused}, an address of this machine or of a private network; "
                f"data.reading.allow_private: true allows it"
            ) from None
        raise _told(url, error) from None


def _system(url: str, guard: Guard) -> Any:
    """Return fsspec's file system for a URL, whose connections the guard sees."""
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES:
        raise Unmet(f"data.source: unknown scheme {parts.scheme}://; {nearest(parts.scheme, SCHEMES)}")
    if "@" in parts.netloc:
        raise Unmet("data.source: a URL in params.yaml must hold no user or password")
    extra = "s3" if parts.scheme == "s3" else "http"
    try:
        import aiohttp

        if extra == "s3":
            import s3fs

            return s3fs.S3FileSystem(
                anon=_anonymous(),
                config_kwargs={"connector_args": {"socket_factory": guard}, "read_timeout": _PATIENCE},
                skip_instance_cache=True,
            )
        from fsspec.implementations.http import HTTPFileSystem
    except ModuleNotFoundError:
        raise Unmet(f"{url}: is read by an extra: pip install 'syllabus[{extra}]'") from None

    async def client(**options: Any) -> aiohttp.ClientSession:
        patience = aiohttp.ClientTimeout(total=None, sock_connect=_PATIENCE, sock_read=_PATIENCE)
        return aiohttp.ClientSession(connector=aiohttp.TCPConnector(socket_factory=guard), timeout=patience, **options)

    return HTTPFileSystem(get_client=client, skip_instance_cache=True)


def _anonymous() -> bool:
    """Return whether there are no credentials: then only what is public can be read."""
    import botocore.session

    return botocore.session.get_session().get_credentials() is None


def _scheme(url: str) -> str:
    return urlsplit(url).scheme


def _name(url: str) -> str:
    """Return the name of the file that a URL names."""
    return PurePosixPath(unquote(urlsplit(url).path)).name or "index"


def _told(url: str, error: BaseException) -> Unmet:
    if isinstance(error, FileNotFoundError) and error.__cause__ is not None:
        # fsspec calls whatever an http server does a file that is not there.
        return _told(url, error.__cause__)
    status = getattr(error, "status", None)
    if isinstance(error, FileNotFoundError) or status == 404:
        return Unmet(f"{url}: there is no such file")
    if isinstance(error, PermissionError) or status in (401, 403):
        return Unmet(f"{url}: there is no permission to read it")
    said = next(iter(str(error).splitlines()), "") or type(error).__name__
    return Unmet(f"{url}: cannot be read: {f'the server answers {status}' if status else said}")
