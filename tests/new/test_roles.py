"""What a column is taken for, and why: by its values, and by its name only where they leave it open."""

from __future__ import annotations

import re

import numpy as np
import polars as pl
import pytest

from syllabus.errors import Unmet
from syllabus.projects import leaks
from syllabus.projects.roles import asking, leaking, roles
from syllabus.projects.spelling import Spelling
from syllabus.projects.tasks import task

PLAIN = Spelling(("",), {}, {}, {})
ROWS = 400
RANDOM = np.random.default_rng(5)


def role(name: str, values: object) -> str:
    frame = pl.DataFrame({name: values, "target": RANDOM.choice(["a", "b"], ROWS)})
    (found,) = roles(frame, "target", PLAIN)
    assert found.evidence
    assert found.action
    return found.role


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("Order", range(ROWS), "identifier"),
        ("customer_id", RANDOM.permutation(10**6)[:ROWS], "identifier"),
        ("code", [f"K{number:05}" for number in range(ROWS)], "identifier"),
        ("size", RANDOM.permutation(10**6)[:ROWS], "numeric"),
        ("height", RANDOM.normal(size=ROWS), "numeric"),
        ("patient", RANDOM.integers(0, 60, ROWS), "group"),
        ("user_id", [f"u{number}" for number in RANDOM.integers(0, 80, ROWS)], "group"),
        ("job_ad_id", RANDOM.integers(0, 100, ROWS), "group"),
        ("region_id", np.arange(ROWS) % 2 + 1, "numeric"),
        ("town", RANDOM.choice(["Ulm", "Bern"], ROWS), "categorical"),
        ("smoker", RANDOM.choice(["yes", "No"], ROWS), "boolean"),
        ("flag", RANDOM.choice([True, False], ROWS), "boolean"),
        ("version", ["1.0"] * ROWS, "constant"),
        ("left", pl.Series([None] * ROWS, dtype=pl.String), "empty"),
        ("since", pl.Series(RANDOM.integers(0, 9000, ROWS)).cast(pl.Int32).cast(pl.Date), "date"),
        ("words", [f"they said {n} times that it was {n * 7} or so" for n in range(ROWS)], "text"),
    ],
)
def test_a_role_by_values_and_name(name: str, values: object, expected: str) -> None:
    assert role(name, values) == expected


TAGS = ["frog", "animal", "green", "swamp", "road", "sign", "people", "flag", "river boat", "winter", "old tree", "sun"]
COLOURS = [f"{shade} {colour}" for shade in ("light", "dark", "pale") for colour in ("red", "blue", "green", "grey")]
FIRST, LAST = ([f"{a}{b}" for a in one for b in two] for one, two in (
    (("An", "Ber", "Car", "Do", "Em"), ("na", "ta", "la", "ra")),
    (("Wein", "Schu", "Mül", "Haber", "Kirch"), ("mann", "berg", "ler", "bach", "dorf", "ner")),
))  # fmt: skip


def some(of: list[str], many: int) -> list[str]:
    return [str(one) for one in RANDOM.choice(of, many)]


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("tags", [", ".join(some(TAGS, 1 + n % 5)) for n in range(ROWS)], "text"),
        ("tags", ["|".join(some(TAGS, 1 + n % 5)) for n in range(ROWS)], "text"),
        ("title", [" ".join(some(TAGS, 1 + n % 4)).title() for n in range(ROWS)], "text"),
        # Names of two words are names, though their words come again.
        ("town", some([f"{a} {b}" for a in ("New", "San", "Bad", "Los") for b in LAST], ROWS), "categorical"),
        ("town", some([*LAST, *(f"New {town}" for town in LAST)] * 3, ROWS), "categorical"),
        ("driver", [f"{a} {b}" for a, b in zip(some(FIRST, ROWS), some(LAST, ROWS), strict=True)], "categorical"),
        ("colour", some(COLOURS, ROWS), "categorical"),
        # One word, however seldom it comes twice, codes and addresses.
        ("word", [f"{a}{b}".lower() for a, b in zip(some(FIRST, ROWS), some(LAST, ROWS), strict=True)], "categorical"),
        (
            "mail",
            [f"{a}.{b}@post.example" for a, b in zip(some(FIRST, ROWS), some(LAST, ROWS), strict=True)],
            "categorical",
        ),
        ("page", [f"https://a.example/{n // 2}/{n % 7}" for n in range(ROWS)], "identifier"),
        ("part", [f"AB {n // 2} X{n % 3}" for n in range(ROWS)], "identifier"),
        # Products, whose words say what they have in common.
        ("product", [f"{' '.join(some(TAGS, 1 + n % 3))} {n % 90} cm" for n in range(ROWS)], "text"),
        ("employee", [" ".join(some(TAGS, 1 + n % 4)) for n in range(200)] * 2, "group"),
    ],
)
def test_words_that_come_again_in_texts_that_do_not_are_free_text(name: str, values: list[str], expected: str) -> None:
    assert role(name, values) == expected


def test_seldom_categories_of_several_words_are_asked_about() -> None:
    names = [f"{a} {b}" for a, b in zip(some(FIRST, ROWS), some(LAST, ROWS), strict=True)]
    (found,) = roles(pl.DataFrame({"driver": names, "target": ["a", "b"] * 200}), "target", PLAIN)
    assert re.match(r"1\.\d rows a value, 2\.0 words each: free text\? Then its role is text", found.hint)
    (found,) = roles(pl.DataFrame({"colour": some(COLOURS, ROWS), "target": ["a", "b"] * 200}), "target", PLAIN)
    assert "free text" not in found.hint


def test_of_two_groups_the_finer_one_keeps_rows_together() -> None:
    frame = pl.DataFrame(
        {
            "hospital": RANDOM.integers(0, 30, ROWS),
            "patient": RANDOM.integers(0, 100, ROWS),
            "target": RANDOM.choice(["a", "b"], ROWS),
        }
    )
    assert {one.column: one.role for one in roles(frame, "target", PLAIN)} == {
        "hospital": "identifier",
        "patient": "group",
    }


def test_categories_that_differ_in_case_and_spaces_are_proposed_not_merged() -> None:
    frame = pl.DataFrame({"town": ["New York", "new york", "NEW-YORK", "Ulm"] * 100, "target": ["a", "b"] * 200})
    (found,) = roles(frame, "target", PLAIN)
    assert found.hint == 'the same? relabel: {"town": {"NEW-YORK": "New York", "new york": "New York"}}'


def test_a_mark_for_missing_among_numbers_is_pointed_out() -> None:
    frame = pl.DataFrame({"income": [*range(395), *[99999] * 5], "target": ["a", "b"] * 200})
    (found,) = roles(frame, "target", PLAIN)
    assert found.hint == "5 rows hold 99999, far from the rest: a mark for missing?"


@pytest.mark.parametrize("kind", ["classification", "regression"])
def test_what_alone_tells_the_target_is_a_suspect(kind: str) -> None:
    number = RANDOM.normal(size=2000)
    target = pl.Series(number > 0.5).cast(pl.String) if kind == "classification" else pl.Series(number)
    frame = pl.DataFrame(
        {
            "twin": number * 9 + 4,
            "group of it": pl.Series(target.cast(pl.String).str.slice(0, 5)) if kind == "classification" else number**3,
            "known after": pl.Series([1.0] * 2000)
            if kind == "regression"
            else [1.0 if n > 0.5 else None for n in number],
            "helps": number + RANDOM.normal(size=2000),
            "noise": RANDOM.normal(size=2000),
            "key": [f"k{n}" for n in range(2000)],
            "target": target,
        }
    )
    found = leaks.suspects(frame, "target", kind)  # type: ignore[arg-type]
    assert set(found) == {"twin", "group of it"} | ({"known after"} if kind == "classification" else set())
    marked = {one.column: one for one in leaking(roles(frame, "target", PLAIN), found)}
    assert marked["twin"].role == "leak"
    assert marked["twin"].evidence.startswith("alone it explains ")
    assert marked["helps"].role == "numeric"


def test_a_suspect_is_seen_through_several_spellings_of_the_target() -> None:
    random = np.random.default_rng(2)
    called = random.random(2000) < 0.1
    target = [str(random.choice(["ja", "Ja"] if known else ["nein", "Nein"])) for known in called]
    date = pl.Series([f"2024-01-{1 + n % 28:02}" if known else None for n, known in enumerate(called)])
    frame = pl.DataFrame({"called_on": date, "age": random.integers(18, 90, 2000) + 5 * called, "target": target})
    assert leaks.suspects(frame, "target", "classification") == {}
    merged = {"ja": "Ja", "Nein": "nein"}
    found = leaks.suspects(frame, "target", "classification", merged)
    assert found == {"called_on": "alone it explains 99.99 % of target, in one spelling a class"}


def test_what_is_set_with_one_class_only_is_asked_about_and_kept() -> None:
    left = RANDOM.random(2000) < 0.2
    told = left & (RANDOM.random(2000) < 0.95)
    frame = pl.DataFrame(
        {
            "refund": np.where(told, RANDOM.integers(5, 50, 2000), 0),
            "letter": [str(RANDOM.choice(["post", "mail"])) if sent else None for sent in told],
            "complaint": np.where(RANDOM.random(2000) < 0.1 + 0.5 * left, "yes", "no"),
            "woman": np.where(left, 1, RANDOM.integers(0, 2, 2000)),
            "target": np.where(left, "yes", "no"),
        }
    )
    questions = leaks.marks(frame, "target")
    assert list(questions) == ["refund", "letter"]
    found = {one.column: one for one in asking(roles(frame, "target", PLAIN), questions)}
    assert found["refund"].role == "numeric"
    assert found["refund"].hint.startswith("other than nothing in 9")
    assert found["refund"].hint.endswith(
        "rows where target is yes, and hardly elsewhere: known only afterwards? Then ignore it"
    )
    assert found["letter"].hint.startswith("filled in in 9")


@pytest.mark.parametrize(
    ("values", "kind", "classes"),
    [
        (["a", "b"] * 50, "classification", 2),
        ([0, 1] * 50, "classification", 2),
        ([1, 2, 3, 4, 5] * 50, "classification", 5),
        ([True, False] * 50, "classification", 2),
        ([1, 2, 3, 4, 5], "regression", 0),
        (list(range(100)), "regression", 0),
        ([0.5, 1.5, 2.5] * 50, "regression", 0),
    ],
)
def test_the_task_by_the_targets_values(values: list[object], kind: str, classes: int) -> None:
    found = task(pl.Series("y", values))
    assert (found.kind, found.classes) == (kind, classes)


def test_a_long_tail_is_learned_on_a_logarithm() -> None:
    assert task(pl.Series("y", np.exp(RANDOM.normal(size=500)) * 1000)).log
    assert not task(pl.Series("y", RANDOM.normal(size=500))).log


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([None, None], "is empty"),
        (["x", "x"], "is always x"),
        (pl.Series([1, 2]).cast(pl.Int32).cast(pl.Date), "holds dates"),
    ],
)
def test_a_target_to_learn_nothing_from_is_told(values: object, said: str) -> None:
    with pytest.raises(Unmet, match=said):
        task(pl.Series("y", values))


def test_a_column_that_is_missing_with_the_target_is_asked_about() -> None:
    told = np.arange(ROWS) % 8 > 0
    frame = pl.DataFrame(
        {
            "landed": [int(RANDOM.integers(99)) if known else None for known in told],
            "plane": [None if number % 16 == 0 else "kite" if number % 3 else "glider" for number in range(ROWS)],
            "gate": [None if RANDOM.random() < 0.2 else int(RANDOM.integers(9)) for _ in told],
            "town": RANDOM.choice(["Ulm", "Bern"], ROWS),
            "target": [str(RANDOM.choice(["a", "b"])) if known else None for known in told],
        }
    )
    questions = leaks.afterwards(frame, "target")
    assert list(questions) == ["landed"]
    hints = {one.column: one.hint for one in asking(roles(frame, "target", PLAIN), questions)}
    assert hints["landed"] == "missing only where target is, 100 % of the time: known only afterwards? Then ignore it"
    assert not hints["town"]


def test_rows_that_are_cut_off_ask_nothing() -> None:
    told = np.arange(ROWS) % 8 > 0
    frame = pl.DataFrame({name: [1.5 if known else None for known in told] for name in ("a", "b", "c", "target")})
    assert leaks.afterwards(frame, "target") == {}
