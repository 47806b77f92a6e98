"""What is personal in a text: addresses of e-mail, numbers of cards, bank accounts and telephones.

Patterns find what is written as such things are; a checksum then tells cards (Luhn, ISO/IEC 7812-1) and accounts (ISO
13616) from other numbers. Names and streets follow no pattern: nothing here finds them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from syllabus.corpora.options import Kind

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])")
_CARD = re.compile(r"(?<![\d.,-])(?:\d[ -]?){12,18}\d(?![\d-])")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
# A sign for the country or a code in brackets, then groups: a bare run of digits is no telephone.
_PHONE = re.compile(
    r"(?<![\w+.,/-])(?:(?:\+|00)\d{1,3}[ ./-]?(?:\(0?\d{1,5}\)[ ./-]?)?(?:\d{2,5}[ ./-]?){2,4}\d{2,4}"
    r"|\(0?\d{2,5}\)[ ./-]?\d{2,4}(?:[ ./-]?\d{2,5}){1,3})(?![\w-])"
)
_DIGITS = (8, 15)
"""How many a telephone number has (ITU-T E.164)."""


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def luhn(text: str) -> bool:
    """Return whether the last digit is the check digit of those before.

    >>> luhn("4111 1111 1111 1111"), luhn("4111 1111 1111 1112")
    (True, False)
    """
    total = 0
    for place, digit in enumerate(map(int, reversed(_digits(text)))):
        doubled = digit * 2 if place % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def iban(text: str) -> bool:
    """Return whether an account's two check digits fit the rest.

    >>> iban("GB82 WEST 1234 5698 7654 32"), iban("GB82 WEST 1234 5698 7654 33")
    (True, False)
    """
    account = text.replace(" ", "")
    turned = account[4:] + account[:4]
    return 15 <= len(account) <= 34 and int("".join(str(int(sign, 36)) for sign in turned)) % 97 == 1


def _card(text: str) -> bool:
    digits = _digits(text)
    # The first digit names the trade: 2 to 6 those of payment cards. Sixteen times 0 would pass the check.
    return digits[0] in "23456" and len(set(digits)) > 1 and luhn(digits)


def _phone(text: str) -> bool:
    return _DIGITS[0] <= len(_digits(text)) <= _DIGITS[1]


KINDS: Mapping[Kind, tuple[re.Pattern[str], Callable[[str], bool]]] = {
    "email": (_EMAIL, lambda _: True),
    "iban": (_IBAN, iban),
    "card": (_CARD, _card),
    "phone": (_PHONE, _phone),
}
"""In the order of the search: what one kind masks, the next does not see."""


def masked(text: str, kind: Kind, *, write: bool) -> tuple[str, int]:
    """Return the text with what is found of a kind masked, where that is to be written, and how many there are."""
    pattern, holds = KINDS[kind]
    if kind == "email" and "@" not in text:
        return text, 0
    found = 0

    def replaced(match: re.Match[str]) -> str:
        nonlocal found
        if not holds(match[0]):
            return match[0]
        found += 1
        return f"[{kind}]"

    written = pattern.sub(replaced, text)
    return (written if write else text), found
