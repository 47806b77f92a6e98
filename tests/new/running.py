"""Runs `syllabus new` as a person does."""

from __future__ import annotations

import pytest

from syllabus import cli


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = 0
    try:
        cli.main(["new", *words])
    except SystemExit as end:
        status = int(end.code or 0)
    captured = capsys.readouterr()
    return status, captured.out, captured.err
