"""A source as people have them."""

from __future__ import annotations

from pathlib import Path

import pytest

MESSY = """\
id;Größe;Preis;Datum;Ort;Kommentar;gekauft
""" + "".join(
    f"{n};{150 + n % 50},5;{n % 9}.{n % 999:03},00 €;{1 + n % 28:02}.{1 + n % 12:02}.2020;{'Köln' if n % 3 else 'Ulm '};"
    f"{'k.A.' if n % 5 else ''};{'ja' if n % 41 > 21 else 'nein'}\n"
    for n in range(600)
)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    file = tmp_path / "Käufe.csv"
    file.write_bytes(MESSY.encode("cp1252"))
    return file
