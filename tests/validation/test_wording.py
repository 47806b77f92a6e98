"""What is read by people: sentences, numbers, shares; and the import that is put off."""

from __future__ import annotations

import doctest
import subprocess
import sys
from typing import Any

import pytest
from validation.asked import between, expect
from validation.conftest import Hold

from syllabus.validation import wording

SCORES = {"score": [1.0, 2.0, 2.5, None], "word": ["a", "b", "b", None]}


def test_the_examples_of_the_docstrings_hold() -> None:
    assert doctest.testmod(wording).failed == 0


@pytest.mark.parametrize(
    ("rule", "sentence", "observed"),
    [
        (
            between("score", 0, 2.25, mostly=0.5),
            "score values must be greater than or equal to 0 and less than or equal to 2.25, at least 50 % of the time.",
            "1 of 3 fail (33.33 %)",
        ),
        (
            expect("expect_column_values_to_match_like_pattern", column="word", like_pattern="a%"),
            "Values must match like pattern a%",
            "2 of 3 fail (66.67 %)",
        ),
        (
            expect(
                "expect_column_pair_values_to_be_in_set", column_A="word", column_B="score", value_pairs_set=[["a", 1]]
            ),
            "column pair values to be in set: column_A word; column_B score; value_pairs_set (a, 1)",
            "2 of 3 fail (66.67 %)",
        ),
        (
            expect("expect_column_distinct_values_to_equal_set", column="word", value_set=["a", "c"]),
            "word distinct values must match this set: a, c.",
            "not expected: b; missing: c",
        ),
        (
            expect("expect_table_columns_to_match_set", column_set=["row", "score", "age"], exact_match=True),
            "Must have exactly these columns (in any order): row, score, age",
            "not expected: word; missing: age",
        ),
        (
            expect("expect_column_sum_to_be_between", column="row", max_value=9),
            "row sum must be less than or equal to 9.",
            "10",
        ),
        (expect("expect_column_to_exist", column="gone"), "gone is a required field.", "not there"),
    ],
)
def test_an_expectation_is_told_in_words(hold: Hold, rule: dict[str, Any], sentence: str, observed: str) -> None:
    (check,) = hold(SCORES, rule).checks

    assert str(check.sentence) == sentence
    assert check.observed == observed


def test_a_distribution_is_told_part_by_part(hold: Hold) -> None:
    partition = {"values": ["a", "b"], "weights": [0.5, 0.5]}
    rule = expect("expect_column_kl_divergence_to_be_less_than", column="word", partition_object=partition, threshold=1)
    (check,) = hold(SCORES, rule).checks

    assert [line["value"] for line in check.table] == ["a", "b"]
    assert [line["observed"] for line in check.table] == pytest.approx([1 / 3, 2 / 3])


def test_a_module_put_off_is_imported_when_needed_and_not_before() -> None:
    script = (
        "import sys\n"
        "from syllabus.validation.deferred import deferred\n"
        "with deferred('xml.dom.minidom'):\n"
        "    import xml.dom.minidom as early\n"
        "assert 'xml.dom.minidom' not in sys.modules\n"
        "assert early.parseString('<a/>').documentElement.tagName == 'a'\n"
        "import xml.dom.minidom as late\n"
        "assert late is sys.modules['xml.dom.minidom'] is not early\n"
        "assert late.parseString is early.parseString\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
