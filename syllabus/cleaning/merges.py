"""Categories that may be one, written in several ways: proposed, never merged silently."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping

from syllabus.cleaning.normal import key

MOST = 2000
"""A column of more values names things rather than kinds of things, and is not looked at."""
RARE = 10
"""A value is taken for a slip of another one that is at least so many times as frequent."""
FEW, SHARE = 3, 0.001
"""What more rows have, and a larger share of them, is no slip of a hand: FuseP is not FuseA, in 8 of 2,930 houses."""
_LONG = 40


def proposed(counts: Mapping[str, int]) -> dict[str, str]:
    """Return which value each one may stand for, in the order of the values.

    Values that differ in case, spaces, accents or punctuation are one, written as most rows do; those with digits only
    where no sign among them differs. A rare value is taken
    for a frequent one where one sign differs, or two in a long name; or where it is its initials or its beginning.

    >>> proposed({"New York": 90, "new york ": 3, "NY": 2, "Nwe York": 1, "Boston": 50})
    {'NY': 'New York', 'Nwe York': 'New York', 'new york ': 'New York'}
    >>> proposed({"(0.03)": 5, "0.03": 7, "1 2": 3, "12": 5, "12 KG": 1, "12 kg": 9})
    {'12 KG': '12 kg'}
    >>> proposed({"grade 1": 90, "grade 2": 1, ">50K": 30, "<=50K": 70})
    {}
    """
    if not 1 < len(counts) <= MOST or sum(map(len, counts)) > _LONG * len(counts):
        return {}
    spellings: dict[str, list[str]] = defaultdict(list)
    # Of spellings in equally many rows, New York is nicer than NEW YORK and new york.
    for value in sorted(counts, key=lambda value: (-counts[value], value.isupper() or value.islower(), value)):
        spellings[_meant(value)].append(value)
    found = {other: first for first, *others in spellings.values() for other in others}
    rows = {first: sum(counts[value] for value in (first, *others)) for first, *others in spellings.values()}
    slips = _slips(rows)
    # A slip of a spelling that is itself merged leads to what that is merged into.
    return {value: slips.get(found.get(value, value), found.get(value, value)) for value in sorted({*found, *slips})}


def _meant(value: str) -> str:
    """Return what spellings of one value have in common; every sign beside digits means something: (3) is not 3."""
    if not any(sign.isdigit() for sign in value):
        return key(value)
    signs = re.sub(r"[^\W\d_]|\s", "", value)
    numbers = re.findall(r"\d+(?:\s+\d+)*", value)
    return f"{key(value)} {signs} {' '.join(' '.join(number.split()) for number in numbers)}"


def _slips(rows: Mapping[str, int]) -> dict[str, str]:
    """Return the rare values that look like a frequent one."""
    from rapidfuzz.distance import OSA

    found: dict[str, str] = {}
    common = sorted(rows, key=lambda value: (-rows[value], value))
    plain = {value: key(value) for value in rows}
    few = max(FEW, SHARE * sum(rows.values()))
    for value in rows:
        for other in common:
            if rows[other] < RARE * rows[value]:
                break
            a, b = plain[value], plain[other]
            most = 2 if min(len(a), len(b)) >= 9 else 1 if min(len(a), len(b)) >= 5 else 0
            typed = (
                most and rows[value] <= few and _apart(a) == _apart(b) and OSA.distance(a, b, score_cutoff=most) <= most
            )
            if typed or _short(value, other):
                found[value] = other
                break
    return found


def _apart(plain: str) -> tuple[str, str, str]:
    """Return what a slip does not change: the first letter, the numbers, Roman ones too, and the signs."""
    roman = re.search(r"(?:iv|vi{0,3}|i{1,3}|ix|x)$", plain)
    signs = "".join(sign for sign in plain if not sign.isalpha() and not sign.isdigit())
    return plain[:1], "".join(re.findall(r"\d", plain)) + (roman[0] if roman else ""), signs


def _short(value: str, other: str) -> bool:
    """Return whether a value is the other one's initials, NY, or its beginning with a full stop, Calif."""
    words = re.findall(r"\w+", other)
    letters = value.replace(".", "").strip()
    if len(words) > 1 and letters.isupper() and len(letters) > 1:
        return letters == "".join(word[0] for word in words if not word.islower()).upper()
    return len(value) > 2 and value.endswith(".") and other.casefold().startswith(value[:-1].casefold())
