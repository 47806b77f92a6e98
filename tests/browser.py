"""A page as a real browser leaves it: Chromium without a window, that asks nobody for anything of its own."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
)


def dumped(url: str, profile: Path, *options: str, seconds: int = 4) -> str:
    """Return the document after its scripts, if any, had `seconds` of the page's own time."""
    return browse(url, profile, "--dump-dom", *options, seconds=seconds)


def pictured(url: str, profile: Path, *options: str, size: tuple[int, int] = (800, 600), seconds: int = 4) -> bytes:
    """Return the window's picture as PNG."""
    picture = profile.with_name(f"{profile.name}.png")
    window = f"--window-size={size[0]},{size[1]}"
    browse(url, profile, f"--screenshot={picture}", window, *options, seconds=seconds)
    return picture.read_bytes()


def browse(url: str, profile: Path, *options: str, seconds: int) -> str:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    own = (f"--user-data-dir={profile}", f"--virtual-time-budget={seconds * 1000}")
    command = [CHROMIUM, *QUIET, *own, *options, url]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
