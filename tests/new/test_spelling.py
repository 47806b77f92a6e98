"""How texts are written is told from the texts: markers, decimal commas, units, dates, and what could be either."""

from __future__ import annotations

import polars as pl
import pytest

from syllabus import written
from syllabus.projects.spelling import spelling
from syllabus.settings import Number


def of(*values: str | None) -> pl.DataFrame:
    return pl.DataFrame({"x": list(values)}, schema={"x": pl.String})


@pytest.mark.parametrize(
    ("values", "number"),
    [
        (["1.234,50", "12,1", "3,99"], Number(decimal=",", thousands=".")),
        (["1,5", "2,25", "1000,1"], Number(decimal=",")),
        (["$1,234.50", "$3", "-$12.10"], Number(thousands=",", unit="$")),
        (["45%", "3.2 %", "7 %"], Number(unit="%")),
        (["70 kg", "80kg", "75"], Number(unit="kg")),
        (["1 234", "12 345", "999"], Number(thousands=" ")),
        (["1,234", "12,345", "999"], Number(thousands=",")),
        (["1'234.5", "12'345.0"], Number(thousands="'")),
        (["EUR 5,10", "EUR 1.000,00"], Number(decimal=",", thousands=".", unit="EUR")),
        (["R$ 5,10", "R$ 1.000,00"], Number(decimal=",", thousands=".", unit="R$")),
        (["3 years", "12 years"], Number(unit="years")),
    ],
)
def test_numbers(values: list[str], number: Number) -> None:
    assert spelling(of(*values)).numbers == {"x": number}


@pytest.mark.parametrize(
    "values",
    [
        ["1.5", "2", "3e5"],  # ingest reads these by itself
        ["01234", "90210", "10001"],  # a code
        ["$5", "€7", "£3"],  # which currency?
        ["1.2.3", "2.3.4"],
        ["A1", "B2"],
        ["New York", "Paris"],
        ["C-0042", "C-1234"],
        ["C-1", "C-1234"],
        ["town 1", "town 20"],
        ["No. 5", "No. 16"],
        ["v2", "v13"],
        ["0042 kg", "1234 kg"],
        ["", None],
    ],
)
def test_what_is_no_number_or_needs_no_word(values: list[str]) -> None:
    found = spelling(of(*values))
    assert found.numbers == {}
    assert found.dates == {}


@pytest.mark.parametrize(
    ("values", "form"),
    [
        (["31.12.1999", "01.02.2003"], "%d.%m.%Y"),
        (["31.12.99", "01.02.03"], "%d.%m.%y"),
        (["12/31/1999", "03/04/2005"], "%m/%d/%Y"),
        (["31/12/1999", "03/04/2005"], "%d/%m/%Y"),
        (["2020-01-31", "2021-02-01"], "%Y-%m-%d"),
        (["20200131", "20210201"], "%Y%m%d"),
        (["1 Jan 2020", "3 Feb 2021"], "%d %b %Y"),
        (["2020-01-31T10:00:00", "2021-02-01T11:30:00"], "%Y-%m-%dT%H:%M:%S"),
        (["12/31/1999 5:03 PM", "01/01/2000 11:00 AM"], "%m/%d/%Y %I:%M %p"),
    ],
)
def test_dates(values: list[str], form: str) -> None:
    assert spelling(of(*values)).dates == {"x": form}


def test_a_date_that_could_be_another_is_said() -> None:
    found = spelling(of("01/02/2003", "03/04/2005"))
    assert found.dates == {"x": "%m/%d/%Y"}
    assert found.unsure == {"x": "%d/%m/%Y would fit as well"}
    assert spelling(of("01/22/2003", "03/04/2005")).unsure == {}


def test_na_is_missing_in_a_file_where_it_stands_among_numbers() -> None:
    words = pl.DataFrame({"country": ["NA", "DE", "FR"], "size": ["1", "2", "3"]})
    assert "NA" not in spelling(words).missing
    assert "NA" in spelling(words.with_columns(size=pl.Series(["1", "NA", "3"]))).missing


def test_marks_that_are_never_a_word_are_missing_everywhere() -> None:
    assert spelling(of("a", "?", "#N/A", "b")).missing == ("", "#N/A", "?")


def test_dates_of_mail_have_a_zone() -> None:
    said = ["Thu, 22 Aug 2002 12:36:23 +0100", "2 Sep 2002 06:05:04 -0800 (PST)", "Fri, 23 Aug 2002 00:00:00 GMT"]
    found = spelling(of(*said)).dates
    assert found == {"x": "%a, %d %b %Y %H:%M:%S %z"}
    read = of(*said).select(written.date(pl.col("x"), found["x"]))["x"]
    assert read.dtype == pl.Datetime("us", "UTC")
    assert read.dt.strftime("%Y-%m-%d %H:%M").to_list() == ["2002-08-22 11:36", "2002-09-02 14:05", "2002-08-23 00:00"]
    assert spelling(of("2020-01-02T03:04:05+02:00", "2020-01-02T03:04:06Z")).dates == {"x": "%Y-%m-%dT%H:%M:%S%z"}
