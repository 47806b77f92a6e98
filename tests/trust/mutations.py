"""Damage done to LightGBM's text, with all sizes made right again; as a program, opens what comes on standard input.

Each line in is a text as JSON; the line out is `refused: …`, or `answered`. Who waits for a line that does not come
knows which text ended the process, or made it hang.
"""

from __future__ import annotations

import json
import random
import re
import sys
from pathlib import Path

ODD = ["-1", "0", "1", "2", "7", "-2", "63", "2147483647", "-2147483648", "4294967296", "99999999999999999999", "1e308",
       "1e999", "nan", "inf", "-inf", "0x10", "1.5", "", " ", "1 1", "-", "a", "\n", "\t", "\x00", "="]  # fmt: skip


def damaged(text: str, seed: int) -> str:
    """Return the text with one to three things done to it that a seed chooses."""
    draw = random.Random(seed)
    for _ in range(draw.randint(1, 3)):
        text = draw.choice([_token, _token, _token, _swapped, _dropped, _doubled, _flipped, _cut, _line])(text, draw)
    return text if draw.random() < 0.15 else sized(text)


def sized(text: str) -> str:
    """Return the text with `tree_sizes` as long as its trees are."""
    head, found, rest = text.partition("\n\nTree=")
    if not found:
        return text
    trees = ("Tree=" + rest).partition("end of trees")[0]
    sizes = " ".join(str(len(tree)) for tree in re.split(r"(?=^Tree=)", trees, flags=re.MULTILINE) if tree)
    return re.sub(r"tree_sizes=.*", lambda _: f"tree_sizes={sizes}", head) + found + rest


def _token(text: str, draw: random.Random) -> str:
    at = draw.choice(list(re.finditer(r"(?<=[= ])[^ \n=]+", text)) or [re.match("", text)])
    other = draw.choice([*ODD, draw.choice(re.findall(r"-?\d+", text) or ["0"])])
    return text[: at.start()] + other + text[at.end() :]


def _lines(text: str) -> list[str]:
    return text.split("\n")


def _line(text: str, draw: random.Random) -> str:
    """Make the children of a node lead back, or give a line the values of another."""
    lines = _lines(text)
    held = [at for at, line in enumerate(lines) if re.match(r"(left|right)_child|split_feature|cat_|num_", line)]
    if len(held) < 2:
        return text
    one, other = draw.sample(held, 2)
    lines[one] = lines[one].partition("=")[0] + "=" + lines[other].partition("=")[2]
    return "\n".join(lines)


def _swapped(text: str, draw: random.Random) -> str:
    lines = _lines(text)
    one, other = draw.randrange(len(lines)), draw.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return "\n".join(lines)


def _dropped(text: str, draw: random.Random) -> str:
    lines = _lines(text)
    at = draw.randrange(len(lines))
    return "\n".join(lines[:at] + lines[at + draw.choice([1, 1, 5, 30]) :])


def _doubled(text: str, draw: random.Random) -> str:
    lines = _lines(text)
    at = draw.randrange(len(lines))
    return "\n".join(lines[:at] + lines[at : at + draw.choice([1, 20])] + lines[at:])


def _flipped(text: str, draw: random.Random) -> str:
    at = draw.randrange(max(1, len(text)))
    return text[:at] + chr(ord(text[at : at + 1] or "a") ^ (1 << draw.randrange(7))) + text[at + 1 :]


def _cut(text: str, draw: random.Random) -> str:
    return text[: draw.randrange(max(1, len(text)))]


def _answer(text: str, file: Path) -> str:
    """Return what became of a text that is opened as a package opens it."""
    import numpy as np

    from syllabus import architectures
    from syllabus.architectures import lightgbm
    from syllabus.errors import Unmet
    from syllabus.serving.packages import fitting
    from syllabus.trust import boosters
    from syllabus.trust.words import Wrong

    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        boosters.check(file)
        architectures.write(file.read_bytes(), file)
        with fitting(file.parent):
            booster = lightgbm.load(file.parent).booster
    except (Wrong, Unmet) as error:
        return f"refused: {error}"
    rows = np.random.default_rng(0).normal(scale=100, size=(50, booster.num_feature()))
    rows[:20] = np.abs(rows[:20].round())
    rows[::7] = np.nan
    rows[1::7] = 1e18
    return "answered" if np.isfinite(booster.predict(rows, num_threads=1)).all() else "no numbers"


if __name__ == "__main__":
    for given in sys.stdin:
        print(json.dumps(_answer(json.loads(given), Path(sys.argv[1]) / "model.txt")), flush=True)
