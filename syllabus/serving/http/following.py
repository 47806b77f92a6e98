"""Newer packages: looked for while the service runs, opened beside the one that answers, and then put in its place.

Nothing is served that was not opened and asked once; whatever is wrong with a newer one, the older goes on.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

from syllabus import frames
from syllabus.errors import Unmet
from syllabus.registry.package import CHECKSUMS
from syllabus.serving import named
from syllabus.serving.served import Served, served

if TYPE_CHECKING:
    from syllabus.serving.http.options import Options
    from syllabus.serving.http.service import Service
    from syllabus.serving.named import Version


def opened(options: Options) -> Served:
    """Open what the options name: a folder, or a model's stage or version.

    Raises:
        Unmet: there is none, or it cannot be served.
    """
    folder = Path(options.package)
    if named.is_folder(options.package):
        return _opened(options, folder)
    return _brought(options, named.version(options.package, Path(options.project)))


async def follow(service: Service) -> None:
    """Look for a newer package every so often, until cancelled."""
    options, failed = service.options, ""
    while options.watched:
        await asyncio.sleep(options.watched)
        try:
            newer = await asyncio.to_thread(_newer, options, service.served)
            if newer is not None and newer.kind != service.served.kind:
                raise Unmet(f"{newer.version} is asked about {newer.kind}, and not {service.served.kind}: start anew")
        except Exception as error:
            # Half of a package may be there yet, or one that breaks what reads it: whatever it is, it is said once,
            # and looked at again.
            said = str(error) if isinstance(error, Unmet | OSError) else f"{type(error).__name__}: {error}"
            if said != failed:
                failed = said
                service.metrics.failed.inc()
                print(f"serve: {service.served.version} goes on: {said}", file=sys.stderr, flush=True)
            continue
        failed = ""
        if newer is not None:
            print(f"serve: {newer.version} takes the place of {service.served.version}", file=sys.stderr, flush=True)
            service.replace(newer)


def _newer(options: Options, now: Served) -> Served | None:
    """Return what is there now, where it is another than what is served.

    Raises:
        Unmet: it cannot be opened.
        OSError: it is gone.
    """
    if named.is_folder(options.package):
        folder = Path(options.package)
        if frames.sha256(folder / CHECKSUMS) == now.package.digest:
            return None
        found = _opened(options, folder)
        # It may have been written over while it was read.
        if frames.sha256(folder / CHECKSUMS) != found.package.digest:
            raise Unmet(f"{folder}: is being written")
        return found
    version = named.version(options.package, Path(options.project))
    return None if version.name == now.version else _brought(options, version)


def _opened(options: Options, folder: Path, model: str | None = None, version: str | None = None) -> Served:
    key = None if options.key is None else Path(options.key)
    return served(folder, name=options.name or model, version=version, native=options.native, key=key)


def _brought(options: Options, version: Version) -> Served:
    """Open a version; its files are removed when nothing serves it any more."""
    scratch = tempfile.TemporaryDirectory(prefix="syllabus-package-", dir=options.scratch, ignore_cleanup_errors=True)
    try:
        folder = named.bring(version, Path(options.project), Path(scratch.name) / "package")
        found = _opened(options, folder, named.model(options.package), version.name)
    except BaseException:
        scratch.cleanup()
        raise
    weakref.finalize(found, scratch.cleanup)
    return found
