"""A suite that makes no sense is refused with every error at once: file, line, what was received, what is valid."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from syllabus.errors import Unmet
from syllabus.validation import suite

COLUMNS = ("row", "age", "relationship", "sex")
SHARES = (
    '{"type": "expect_column_kl_divergence_to_be_less_than", '
    '"kwargs": {"column": "age", "threshold": 0.1, "partition_object": %s}}'
)


def built(text: str, folder: Path) -> Any:
    path = folder / "suite.json"
    path.write_text(text, encoding="utf-8")
    return suite.build(suite.parse(path), path, COLUMNS)


def refused(text: str, folder: Path) -> list[str]:
    """Return the lines of the refusal without the file's name."""
    with pytest.raises(Unmet) as error:
        built(text, folder)
    return [line.removeprefix(f"{folder / 'suite.json'}") for line in str(error.value).splitlines()]


def one(entry: str) -> str:
    return f'{{"name": "s", "expectations": [\n{entry}\n]}}'


def test_every_error_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    text = """{
  "name": "people",
  "expectation": 1,
  "expectations": [
    {"type": "expect_column_values_to_be_betwen", "kwargs": {"column": "age"}},
    {
      "type": "expect_column_values_to_be_between",
      "kwargs": {
        "column": "agee",
        "min_vlaue": 3
      },
      "severity": "warnin"
    },
    {"type": "expect_column_values_to_be_in_set", "kwargs": {"column": "sex", "value_set": ["male"]}, "note": "?"},
    17
  ]
}"""
    assert [line.split(";")[0] for line in refused(text, tmp_path)] == [
        ":3: unknown key expectation",
        ":4: expectations.3: must be an object, received 17",
        ":5: expectations.0: unknown expectation 'expect_column_values_to_be_betwen'",
        ":9: expectations.1: expect_column_values_to_be_between: no column 'agee' in the table",
        ":10: expectations.1: expect_column_values_to_be_between: unknown key min_vlaue",
        ":12: expectations.1: severity: received 'warnin'",
        ":14: expectations.2: unknown key note",
    ]


@pytest.mark.parametrize(
    ("entry", "hint"),
    [
        (
            '{"type": "expect_column_value_to_be_between", "kwargs": {}}',
            "did you mean expect_column_values_to_be_between?",
        ),
        ('{"type": "expect_column_to_exist", "kwargs": {"colum": "age"}}', "did you mean column?"),
        ('{"type": "expect_column_values_to_be_unique", "kwargs": {"column": "ages"}}', "did you mean age?"),
        ('{"type": "expect_column_to_exist", "severty": "info", "kwargs": {"column": "a"}}', "did you mean severity?"),
        (
            '{"type": "expect_column_to_exist", "severity": "error", "kwargs": {"column": "a"}}',
            "Valid: critical, info, warning",
        ),
    ],
)
def test_the_nearest_valid_name_is_told(tmp_path: Path, entry: str, hint: str) -> None:
    assert hint in "\n".join(refused(one(entry), tmp_path))


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (
            '{"type": "expect_column_values_to_be_between", "kwargs": {"column": "age", "min_value": "x"}}',
            "min_value: value is not a valid float or invalid date format or invalid datetime format, received 'x'",
        ),
        (
            '{"type": "expect_column_values_to_be_between", "kwargs": {"column": "age", "min_value": 1, "mostly": 3}}',
            "mostly: ensure this value is less than or equal to 1.0, received 3",
        ),
        (
            '{"type": "expect_column_values_to_be_between", "kwargs": {"column": "age"}}',
            "min_value and max_value cannot both be None",
        ),
        ('{"type": "expect_column_values_to_be_in_set", "kwargs": {"column": "age"}}', "value_set: field required"),
        (
            '{"type": "expect_compound_columns_to_be_unique", "kwargs": {"column_list": ["age"]}}',
            "column_list: column_list must contain at least two columns, received ['age']",
        ),
        (SHARES % '{"values": ["a", "b"], "weights": [0.5, 0.49]}', "received 2 that come to 0.99"),
        (SHARES % '{"values": ["a"], "weights": [0.5, 0.5]}', "and as many values, or one more bins"),
        (SHARES % '{"bins": [2, 1, 0], "weights": [0.5, 0.5]}', "bins, which grow; received 2 that come to 1"),
        (SHARES % '{"values": ["a"], "weights": ["all"]}', "received ['all']"),
        (SHARES % '{"values": ["a"]}', "partition_object: needs weights"),
        ('{"type": "expect_column_to_exist", "kwargs": ["age"]}', "kwargs: must be an object, received ['age']"),
        ('{"kwargs": {"column": "age"}}', "type: required, and missing"),
    ],
)
def test_a_wrong_value_is_told_with_the_rule(tmp_path: Path, entry: str, reason: str) -> None:
    (line,) = refused(one(entry), tmp_path)
    assert line.startswith(":2: expectations.0: ")
    assert reason in line


def test_columns_are_looked_for_in_every_place_that_names_them(tmp_path: Path) -> None:
    pair = '{"type": "expect_column_pair_values_to_be_equal", "kwargs": {"column_A": "age", "column_B": "gone"}}'
    several = '{"type": "expect_multicolumn_values_to_be_equal", "kwargs": {"column_list": ["lost", "age", "sex"]}}'
    where = (
        '{"type": "expect_column_values_to_be_in_set", "kwargs": {"column": "sex", "value_set": ["male"], '
        '"row_condition": {"type": "and", "conditions": ['
        '{"type": "comparison", "column": {"name": "relation"}, "operator": "==", "parameter": "Husband"}, '
        '{"type": "nullity", "column": {"name": "age"}, "is_null": false}]}}}'
    )
    lines = refused(one(f"{pair},\n{several},\n{where}"), tmp_path)

    assert [line.split(";")[0].split(": ", 3)[3] for line in lines] == [
        "no column 'gone' in the table",
        "no column 'lost' in the table",
        "no column 'relation' in the table",
    ]


def test_an_expectation_may_ask_whether_a_column_is_there(tmp_path: Path) -> None:
    exists = '{"type": "expect_column_to_exist", "kwargs": {"column": "gone"}}'
    columns = '{"type": "expect_table_columns_to_match_ordered_list", "kwargs": {"column_list": ["row", "gone"]}}'

    assert len(built(one(f"{exists},\n{columns}"), tmp_path).expectations) == 2


def test_what_only_pandas_can_answer_is_refused(tmp_path: Path) -> None:
    entry = '{"type": "expect_column_values_to_match_strftime_format", "kwargs": {"column": "age", "strftime_format": "%Y"}}'

    assert "works on pandas only" in refused(one(entry), tmp_path)[0]


def test_a_row_condition_in_the_old_notation_is_refused_with_the_new_one(tmp_path: Path) -> None:
    entry = (
        '{"type": "expect_column_values_to_be_in_set", "kwargs": '
        '{"column": "sex", "value_set": ["female"], "row_condition": "relationship == \'Wife\'"}}'
    )
    assert "write an object such as" in refused(one(entry), tmp_path)[0]


def test_the_same_expectation_twice_is_refused(tmp_path: Path) -> None:
    entry = '{"type": "expect_column_values_to_be_unique", "kwargs": {"column": "age"}}'

    assert refused(one(f"{entry},\n{entry}"), tmp_path) == [
        ":3: expectations.1: says the same as expectations.0: keep one of them"
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"name": "s",\n "expectations": [}', ":2: not valid JSON: Expecting value"),
        ("", ":1: not valid JSON: Expecting value"),
        ("[]", ":1: must be an object with the keys name and expectations"),
        ('{"name": "s"}', ":1: expectations: must be a list of at least one expectation"),
        ('{"name": "s",\n"expectations": []}', ":2: expectations: must be a list of at least one expectation"),
    ],
)
def test_what_is_no_suite_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    assert refused(text, tmp_path) == [reason]


def test_a_suite_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unmet, match=r"none\.json does not exist: it must hold the expectations of the data"):
        suite.parse(tmp_path / "none.json")


def test_a_suite_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "suite.json").write_bytes(b'{"name": "\xff"}')
    with pytest.raises(Unmet, match=r"suite\.json is not UTF-8 text: byte 10 cannot be read"):
        suite.parse(tmp_path / "suite.json")
