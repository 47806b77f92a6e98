"""For each kind of data a small source as people have them, and the words that `syllabus new` needs for it."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import numpy as np
import polars as pl
from PIL import Image

SUBJECTS = {
    "garden": ["soil", "seed", "bloom", "hedge", "prune", "compost", "rose", "bulb"],
    "kitchen": ["simmer", "butter", "oven", "whisk", "salt", "dough", "roast", "ladle"],
    "harbour": ["anchor", "quay", "tide", "crane", "hull", "pilot", "buoy", "cargo"],
}
COMMON = [
    "the",
    "of",
    "and",
    "a",
    "to",
    "in",
    "it",
    "is",
    "was",
    "on",
    "with",
    "as",
    "for",
    "by",
    "at",
    "from",
    "this",
    "that",
    "then",
]


def picture(random: np.random.Generator, kind: int) -> bytes:
    """Return a PNG of 24 × 20 pixels: bars that lie, or bars that stand, in noise."""
    place = random.integers(0, 3)
    pixels = random.integers(0, 120, (20, 24, 3))
    (pixels if kind else pixels.swapaxes(0, 1))[place::4] += 120
    held = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(held, "PNG")
    return held.getvalue()


def sentence(random: np.random.Generator, subject: str) -> str:
    """Return a text whose words tell its subject."""
    words = [*random.choice(COMMON, 12), *random.choice(SUBJECTS[subject], 4)]
    return " ".join(random.permutation(words)).capitalize() + "."


def tables(folder: Path) -> list[str]:
    random = np.random.default_rng(1)
    age = random.integers(18, 90, 200)
    bought = np.where(random.random(200) < age / 100, "yes", "no")
    pl.DataFrame({"age": age, "town": random.choice(["Ayr", "Bath"], 200), "bought": bought}).write_csv(
        folder / "t.csv"
    )
    return ["--data", str(folder / "t.csv"), "--target", "bought"]


def images(folder: Path, each: int = 40) -> list[str]:
    random = np.random.default_rng(2)
    for kind, name in enumerate(("lying", "standing")):
        (folder / "bars" / name).mkdir(parents=True)
        for number in range(each):
            (folder / "bars" / name / f"{number:03}.png").write_bytes(picture(random, kind))
    return ["--data", str(folder / "bars")]


def text(folder: Path, each: int = 60) -> list[str]:
    random = np.random.default_rng(3)
    for subject in SUBJECTS:
        (folder / "notes" / subject).mkdir(parents=True)
        for number in range(each):
            (folder / "notes" / subject / f"{number}.txt").write_text(sentence(random, subject))
    return ["--data", str(folder / "notes")]


def series(folder: Path) -> list[str]:
    random, first = np.random.default_rng(4), dt.date(2021, 1, 1)
    shops = {"north": ("harbour", 40.0), "south": ("town", 90.0)}
    rows = [
        {
            "day": first + dt.timedelta(days=day),
            "shop": shop,
            "place": place,
            "rain": float(random.gamma(2)),
            # The last week repeats its chance, of which several weeks know the mean: there is something to learn.
            "sold": level + 10 * np.sin(2 * np.pi * day / 7) + 4 * random.normal(),
        }
        for day in range(500)
        for shop, (place, level) in shops.items()
    ]
    pl.DataFrame(rows).write_csv(folder / "sales.csv")
    return ["--data", str(folder / "sales.csv"), "--modality", "series", "--target", "sold"]


def corpus(folder: Path, many: int = 60) -> list[str]:
    random = np.random.default_rng(5)
    (folder / "stories").mkdir()
    for number in range(many):
        subject = sorted(SUBJECTS)[number % 3]
        story = " ".join(sentence(random, subject) for _ in range(random.integers(6, 30)))
        (folder / "stories" / f"{number}.txt").write_text(story)
    return ["--data", str(folder / "stories")]


def ratings(folder: Path) -> list[str]:
    random = np.random.default_rng(6)
    taste, kind = random.normal(size=60), random.normal(size=25)
    pairs = [(user, item) for user in range(60) for item in range(25) if random.random() < 0.5]
    stars = [int(np.clip(round(3 + taste[user] * kind[item] + random.normal() / 2), 1, 5)) for user, item in pairs]
    frame = pl.DataFrame(pairs, schema=["user_id", "movie_id"], orient="row")
    frame = frame.with_columns(
        rating=pl.Series(stars), when=pl.Series(random.integers(10**9, 10**9 + 10**7, len(pairs)))
    )
    frame = frame.with_columns(pl.from_epoch("when").dt.to_string("%Y-%m-%d %H:%M:%S"))
    frame.write_csv(folder / "stars.csv")
    return ["--data", str(folder / "stars.csv"), "--modality", "ratings"]


def mixed(folder: Path) -> list[str]:
    random = np.random.default_rng(7)
    (folder / "photos").mkdir()
    rows = []
    for number in range(120):
        kind = number % 2
        (folder / "photos" / f"{number}.png").write_bytes(picture(random, kind))
        title = sentence(random, ("garden", "harbour")[kind])
        rows.append(
            {
                "photo": f"photos/{number}.png",
                "title": title,
                "price": 10 + 5 * kind + random.random(),
                "kind": "ab"[kind],
            }
        )
    pl.DataFrame(rows).write_csv(folder / "offers.csv")
    return ["--data", str(folder / "offers.csv"), "--target", "kind"]
