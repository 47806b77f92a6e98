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


@pytest.mark.parametrize(
    ("values", "number", "missing"),
    [
        ([*["$ 1,500", "$ 172,000", "$ 12"] * 10, "on request"], Number(thousands=",", unit="$"), ["on request"]),
        ([*(f"{n}.5" for n in range(40)), "n.v.", "err", "n.v."], Number(), ["n.v.", "err"]),
        ([*(f"{n * 37 % 101}" for n in range(101)), *["k.A."] * 5], Number(), ["k.A."]),
        ([*(f"{n}.25" for n in range(40)), "<0.5", "<0.5"], Number(), ["<0.5"]),
    ],
)
def test_words_among_numbers_are_missing_and_said(values: list[str], number: Number, missing: list[str]) -> None:
    found = spelling(of(*values))
    assert found.numbers == {"x": number}
    assert found.missing_in == {"x": tuple(missing)}
    assert found.unsure["x"].endswith("among numbers: taken as missing")


def test_a_word_in_very_many_rows_of_numbers_that_all_differ_is_seen_in_its_share() -> None:
    found = spelling(of(*(f"{n}.5" for n in range(9500)), *["k.A."] * 500))
    assert (found.numbers, found.missing_in) == ({"x": Number()}, {"x": ("k.A.",)})


@pytest.mark.parametrize(
    "values",
    [
        [*(str(n) for n in range(536000, 536100)), "C536379", "C536381"],  # a key; C is a cancelled one
        [*(str(n) for n in range(84000, 84100)), *(f"{n}A" for n in range(85000, 85010))],  # articles
        [*(f"{n} dogs" for n in range(90)), *(f"{n} cats" for n in range(10))],
        [*["01067", "10115", "80331"] * 9, "unknown place"],  # codes
        ["1.2.3", "1.10.3", "2.0.1"],
    ],
)
def test_what_only_looks_like_numbers_stays_text(values: list[str]) -> None:
    found = spelling(of(*values))
    assert (found.numbers, found.dates, found.missing_in) == ({}, {}, {})


def test_a_word_among_few_whole_numbers_is_asked_about() -> None:
    found = spelling(of(*[*map(str, range(1, 13)), "K"] * 9))
    assert (found.numbers, found.missing_in) == ({}, {})
    assert found.unsure["x"] == 'whole numbers but for the words: are these missing values? missing_in: {"x": ["K"]}'


def test_many_texts_among_numbers_are_asked_about() -> None:
    texts = [f"see {chr(97 + n)}{chr(98 + n)}" for n in range(15)]
    found = spelling(of(*(f"{n}.5" for n in range(85)), *texts))
    assert found.numbers == {}
    assert found.unsure == {"x": '85 % are numbers; numbers: {"x": {}} reads them, and the rest is missing'}


@pytest.mark.parametrize(
    ("values", "number", "read"),
    [
        (["(2.34)", "1.50", "(0.10)"], Number(negatives="(5)"), [-2.34, 1.5, -0.1]),
        (["$(2.34)", "$1.50", "$0.10"], Number(negatives="(5)", unit="$"), [-2.34, 1.5, 0.1]),
        (["1.234,50-", "3,00", "0,10-"], Number(negatives="5-", decimal=",", thousands="."), [-1234.5, 3.0, -0.1]),
        (["180 cm", "1.75 m", "171 cm"], Number(units={"cm": 1.0, "m": 100.0}), [180.0, 175.0, 171.0]),
        (["19M", "8.7M", "201k", "4.5M"], Number(units={"M": 1.0, "k": 0.001}), [19.0, 8.7, 0.201, 4.5]),
        (["19M", "900", "8.5M"], Number(units={"": 1e-6, "M": 1.0}), [19.0, 0.0009, 8.5]),
        (["1.2k", "900", "3.4k"], Number(units={"": 0.001, "k": 1.0}), [1.2, 0.9, 3.4]),
        (["0,601", "15,726", "3,100"], Number(decimal=","), [0.601, 15.726, 3.1]),
    ],
)
def test_signs_and_units_in_everyday_forms(values: list[str], number: Number, read: list[float]) -> None:
    found = spelling(of(*values)).numbers["x"]
    assert found == number
    assert of(*values).select(written.number(pl.col("x"), found))["x"].to_list() == pytest.approx(read)


def test_numbers_that_may_be_a_thousand_times_smaller_are_said() -> None:
    assert spelling(of("1,250", "12,750")).unsure == {"x": '1,234 is read as 1234; if it is 1.234: decimal: ","'}
    assert spelling(of("1,250", "900")).unsure == {}


def test_two_currencies_need_a_rate_that_a_person_knows() -> None:
    found = spelling(of(*(f"${n}.50" for n in range(90)), *(f"€{n}.50" for n in range(10))))
    assert found.numbers == {"x": Number(unit="$")}
    assert "10 % are no numbers" in found.unsure["x"]
    assert 'several units ($ 90 %, € 10 %): numbers: {"x": {"units": {"$": 1, "€": 1}}}' in found.unsure["x"]
    even = spelling(of(*(f"${n}.50" for n in range(50)), *(f"€{n}.50" for n in range(50))))
    assert even.numbers == {}
    assert "several units ($ 50 %, € 50 %)" in even.unsure["x"]
    rates = Number(units={"$": 1.0, "€": 1.1})
    assert of("$5", "€10", "-€10").select(written.number(pl.col("x"), rates))["x"].to_list() == [5.0, 11.0, -11.0]


@pytest.mark.parametrize(
    ("values", "form", "first"),
    [
        (["13:45:00", "03:21:09"], "%H:%M:%S", "13:45:00"),
        (["3:21", "13:05"], "%H:%M", "03:21:00"),
        (["2013-07", "2014-12", "2013-01"], "%Y-%m", "2013-07-01"),
        (["Q3 2018", "Q1 2019"], "Q%q %Y", "2018-07-01"),
        (["2018Q4", "2019Q2"], "%YQ%q", "2018-10-01"),
        (["23. März 2014", "1. Dezember 2015"], "%d. %B %Y", "2014-03-23"),
        (["3 août 2014", "14 juil 2015"], "%d %b %Y", "2014-08-03"),
        (["3 de mayo de 2014", "14 de enero de 2015"], "%d de %b de %Y", "2014-05-03"),
        (["MARCH 3, 2014", "July 14, 2015"], "%b %d, %Y", "2014-03-03"),
    ],
)
def test_dates_and_times_in_everyday_forms(values: list[str], form: str, first: str) -> None:
    found = spelling(of(*values)).dates
    assert found == {"x": form}
    assert str(of(*values).select(written.date(pl.col("x"), form))["x"][0]) == first


@pytest.mark.parametrize(
    "values",
    [
        ["2009-10", "2010-11", "2011-12"],  # seasons
        ["98:87", "102:99", "88:91"],  # scores
        ["1:2", "3:0", "2:1"],
        ["Q7 2018", "Q9 2018"],
        ["10-19", "20-29", "30-39"],
    ],
)
def test_what_only_looks_like_dates_stays_text(values: list[str]) -> None:
    assert spelling(of(*values)).dates == {}


def test_dates_in_several_forms_are_tried_in_turn() -> None:
    values = ["2020-01-31", "31.12.2019", "01.02.03", "Mar 5, 2021"] * 5
    forms = spelling(of(*values)).dates["x"]
    assert {*forms} == {"%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y", "%b %d, %Y"}
    read = of(*values).select(written.date(pl.col("x"), forms))["x"].head(4)
    assert read.cast(pl.String).to_list() == ["2020-01-31", "2019-12-31", "2003-02-01", "2021-03-05"]


def test_the_day_first_here_and_the_month_first_there_is_asked_about() -> None:
    found = spelling(of(*["31/12/2019", "12/31/2019", "25/01/2020", "01/25/2020"] * 5))
    assert found.dates == {}
    assert found.unsure["x"].startswith("dates in several forms, with the day first and with the month first:")


def test_dates_beside_much_else_are_asked_about_and_words_among_them_missing() -> None:
    dates = [f"2020-01-{1 + n % 28:02}" for n in range(90)]
    told = spelling(of(*dates, *(f"week {n}" for n in range(1, 11))))
    assert told.dates == {}
    assert told.unsure == {"x": "90 % are dates or times (%Y-%m-%d), and the rest is written otherwise"}
    assert spelling(of(*dates, *["pending"] * 10)).missing_in == {"x": ("pending",)}


def test_two_numbers_in_each_cell_are_pointed_out() -> None:
    assert spelling(of(*(f"{100 + n}/{60 + n}" for n in range(40)))).unsure == {
        "x": "two numbers in each, such as 100/60: give each a column of its own"
    }
    assert spelling(of(*["16:9", "4:3"] * 40)).unsure == {}
