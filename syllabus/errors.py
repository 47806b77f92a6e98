"""What a user can mend, said in one sentence."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

MOST = 40
"""The most names that an error lists."""


class Unmet(Exception):
    """A condition that a user can mend: the message is one clear sentence, shown without a traceback.

    It says what is wrong, where it stands, and what is valid.

    Args:
        message: the sentence.
        keep: whether what the stage has written so far stays on disk, because the message points at it.
    """

    def __init__(self, message: str, *, keep: bool = False) -> None:
        super().__init__(message)
        self.keep = keep


def nearest(name: str, valid: Iterable[str]) -> str:
    """Return the hint that ends an error about a name: the nearest valid one, and all of them.

    >>> nearest("lihgtgbm", ["linear", "lightgbm"])
    'did you mean lightgbm? Valid: lightgbm, linear'
    """
    known = [shown(one) for one in sorted(valid)]
    close = difflib.get_close_matches(name, known, n=1)
    further = f" and {len(known) - MOST} more" if len(known) > MOST else ""
    listed = f"Valid: {', '.join(known[:MOST])}{further}" if known else "Nothing is valid here"
    return f"did you mean {close[0]}? {listed}" if close else listed


def shown(text: str, *, lines: bool = False) -> str:
    r"""Return a text whose signs that break a line or steer a terminal are written as escapes.

    Args:
        text: what a file says, or a sentence with such words.
        lines: whether it may have several lines.

    >>> shown("a\x1b[2J\nb"), shown("a\nb", lines=True)
    ('a\\x1b[2J\\nb', 'a\nb')
    """
    return "".join(sign if sign.isprintable() or (lines and sign == "\n") else repr(sign)[1:-1] for sign in text)
