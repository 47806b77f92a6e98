"""How a text is written is told by its bytes: the delimiter, the encoding, and where below other lines a table begins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from syllabus import sources
from syllabus.projects.dialect import dialect
from syllabus.settings import Reading

ROWS = "".join(f"2020-01-{n:02};{n},5;x{n % 3}\n" for n in range(1, 29))


def read(folder: Path, text: str, name: str = "x.csv") -> dict[str, Any]:
    (folder / name).write_text(text, encoding="utf-8")
    return dialect(folder / name)


@pytest.mark.parametrize(
    ("above", "header"),
    [
        ("", 1),
        ("Export of the office\n", 2),
        ("Export of the office\nmade, by hand, in 2020\n\n", 4),
        ("Station: Ulm\nHeight;480\n", 3),
        ('"A title\nof two lines"\n\n', 4),
        ("A title;;\n;;\n", 3),
        ("sep=;\n", 2),
        ('"sep=;"\r\n', 2),
        ("SEP=;\nA title\n", 3),
    ],
)
def test_a_table_below_other_lines_is_found_and_read(tmp_path: Path, above: str, header: int) -> None:
    found = read(tmp_path, f"{above}day;size;kind\n{ROWS}")
    assert found == {"delimiter": ";"} | ({"header": header} if header > 1 else {})
    raw = sources.opened(tmp_path / "x.csv", tmp_path / "raw", Reading(**found)).frame.collect()
    assert raw.columns == ["row", "day", "size", "kind"]
    assert raw.row(0) == (1, "2020-01-01", "1,5", "x1")
    assert len(raw) == 28


@pytest.mark.parametrize(
    "text",
    [
        "price\n1,5\n2,25\n3,1\n",  # a decimal comma
        "name\nDoe, Jane\nRoe, Ann\n",
        "text\none\ntwo\n",
        "a,b\nr1,1,2\nr2,3,4\nr3,5,6\n",  # R names the rows and not their column
        "a,b,c\n1,2,3\n4,5,6\n",
        "a,,\n1,2,3\n4,5,6\n",
        "2001,2002,2003\n1,2,3\n4,5,6\n",
        "x1,,,,,\n1,2,3,4,5,6\n",
    ],
)
def test_a_first_line_that_is_no_title_stays_the_header(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text) == {}


def test_tabs_are_told_by_name_or_by_settings(tmp_path: Path) -> None:
    text = "a\tb\n1\t2\n3\t4\n"
    assert read(tmp_path, text) == {"delimiter": "\t"}
    assert read(tmp_path, text, "x.tsv") == {}
    assert read(tmp_path, "sep=\t\n" + text, "x.tsv") == {"header": 2}
