"""What whoever crafts a package does, and what is said of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from serving.packed import people

from syllabus import frames
from syllabus.cli import main


def signed_again(package: Path) -> Path:
    """Write the checksums anew, as whoever crafts a package would."""
    files = sorted(file for file in package.rglob("*") if file.is_file() and file.name != "SHA256SUMS")
    for file in files:
        if (seal := file.with_name(file.name + ".sha256")) in files:
            seal.write_text(frames.sha256(file) + "\n")
    lines = [f"{frames.sha256(file)}  {file.relative_to(package).as_posix()}" for file in files]
    (package / "SHA256SUMS").write_text("\n".join(lines) + "\n")
    return package


def asked(package: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Return the sentence with which `syllabus predict` refuses a package; nothing where it answers."""
    people(20).write_csv(package.parent / "asked.csv")
    words = ["predict", str(package), str(package.parent / "asked.csv"), str(package.parent / "answers.parquet")]
    capsys.readouterr()
    try:
        main(words)
    except SystemExit:
        told = capsys.readouterr().err
        assert told.count("\n") == 1, told
        return told
    return ""
