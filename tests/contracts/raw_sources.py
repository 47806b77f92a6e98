"""A small raw source for each modality: `test_modalities.py` finds the function by the modality's name."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import polars as pl

from syllabus.settings import Cleaning, Data, Split


def images(folder: Path) -> Data:
    """A folder for each class: files of several formats, sizes and modes, one picture twice, one that is text."""
    from PIL import Image

    random, source = np.random.default_rng(3), folder / "images"
    for name, bright in (("dark", 60), ("light", 200)):
        (source / name).mkdir(parents=True)
        for number in range(60):
            side = 8 + number % 5
            pixels = random.normal(bright, 40, (side, 10, 3)).clip(0, 255).astype(np.uint8)
            image = Image.fromarray(pixels if number % 3 else pixels[:, :, 0])
            image.save(source / name / f"{number:03}.{('png', 'bmp', 'webp')[number % 3]}")
    (source / "dark" / "text.png").write_text("no picture")
    (source / "dark" / "twice.png").write_bytes((source / "dark" / "000.png").read_bytes())
    return Data(modality="images", source=str(source), target="sort", options={"size": [8, 8], "colours": "grey"})


def text(folder: Path) -> Data:
    """Two columns of mails: some in HTML, some that quote, one empty, one twice, one nearly twice, one without a class."""
    random = np.random.default_rng(3)
    said = [" ".join(random.choice(["good", "bad", "so", "naïve", "😀", "سلام"], 12)) for _ in range(120)]
    said[3], said[5], said[9] = f"<p>{said[3]}<br>", f"> {said[5]}\nno", ""
    said[20], said[21] = said[10] * 3, said[10] * 3 + " more"
    sort = ["ham" if number % 3 else "spam" for number in range(120)]
    frame = pl.DataFrame({"subject": [f"about {number}" for number in range(120)], "body": said, "sort": sort})
    frame = frame.with_columns(pl.when(pl.int_range(120) == 7).then(None).otherwise("sort").alias("sort"))
    frame = frame.with_columns(pl.when(pl.int_range(120) != 9).then("subject").alias("subject"))
    pl.concat([frame, frame.head(1)]).write_csv(folder / "mails.csv")
    options = {"columns": ["subject", "body"], "quotes": "drop", "themes": 3, "words": 4}
    return Data(modality="text", source=str(folder / "mails.csv"), target="sort", options=options)


def mixed(folder: Path) -> Data:
    """A picture as bytes, a title, a number and a date a row: one broken, one without a title, one twice."""
    from PIL import Image

    random, rows = np.random.default_rng(3), []
    for number in range(120):
        held = io.BytesIO()
        Image.fromarray(random.normal(60 + number, 40, (8, 10, 3)).clip(0, 255).astype(np.uint8)).save(held, "PNG")
        title = f"{random.choice(['good', 'bad'])} {number} {random.choice(['so', 'naïve'])} {number + 1}"
        told = {"title": None if number == 9 else title, "size": random.normal(), "kind": "ab"[number % 2]}
        rows.append({"picture": b"none" if number == 7 else held.getvalue(), **told, "sort": "yx"[number % 3 == 0]})
    pl.DataFrame([*rows, rows[0]]).write_parquet(folder / "mixed.parquet")
    options = {"image": {"picture": "picture", "size": [8, 8]}, "text": {"columns": ["title"], "themes": 2, "words": 3}}
    source = str(folder / "mixed.parquet")
    return Data(modality="mixed", source=source, target="sort", options=options, columns={"kind": "categorical"})


def corpus(folder: Path) -> Data:
    """A Markdown file with a document a heading: one stands twice, one is empty, one holds what is personal."""
    random, source = np.random.default_rng(3), folder / "corpus.md"
    words = ["sun", "moon", "häuser", "rain", "wind", "snow", "light", "stone"]
    parts = ["# Weather\n"]
    for number in range(120):
        text = " ".join(random.choice(words, random.integers(8, 60)))
        parts.append(f"## Day {number}\n\n{text}.\n" if number % 40 else f"## Day {number}\n\n")
    parts += [parts[3], "## Mail\n\nWrite to eve@example.org, card 4111 1111 1111 1111.\n"]
    source.write_text("\n".join(parts), encoding="utf-8")
    return Data(modality="corpus", source=str(source), task="language", options={"heading": 2, "vocabulary": 300})


def tables(folder: Path) -> Data:
    """Numbers, categories, dates, free text and gaps; one row twice, one without a target."""
    random = np.random.default_rng(3)
    rows = 300
    frame = pl.DataFrame(
        {
            "length": random.normal(size=rows).round(3),
            "town": random.choice(["Ulm", " Bern", "Graz ", "?"], rows),
            "since": pl.Series(random.integers(0, 9000, rows)).cast(pl.Int32).cast(pl.Date),
            "till": pl.Series(random.integers(9000, 9900, rows)).cast(pl.Int32).cast(pl.Date),
            "said": [" ".join(random.choice(["good", "bad", "so", "so!", "😀"], 4)) for _ in range(rows)],
            "sort": random.choice(["a", "b", "c"], rows, p=[0.6, 0.3, 0.1]),
        }
    ).with_columns(
        pl.when(pl.int_range(rows) == 7).then(None).otherwise("sort").alias("sort"),
        pl.when(pl.int_range(rows) % 9 > 0).then("said"),
        pl.when(pl.int_range(rows) % 7 > 0).then("till"),
    )
    pl.concat([frame, frame.head(1)]).write_csv(folder / "tables.csv")
    cleaning = Cleaning(missing=("", "?"), types={"since": "date", "till": "date"})
    columns = {"said": "text", "since": "date"}
    source = str(folder / "tables.csv")
    return Data(modality="tables", source=source, target="sort", columns=columns, cleaning=cleaning, most_categories=2)


def series(folder: Path) -> Data:
    """Several series of unlike length in the order of chance, one moment twice, a gap, numbers known ahead or not."""
    random = np.random.default_rng(3)
    rows = [
        {
            "day": f"2024-{1 + day // 28:02}-{1 + day % 28:02}",
            "shop": shop,
            "sold": round(float(100 * (1 + at) + 10 * np.sin(day * 2 * np.pi / 7) + random.normal()), 3),
            "open": int(random.integers(0, 2)),
            "wet": round(float(random.normal()), 3),
            "region": ["north", "south"][at % 2],
        }
        for at, shop in enumerate(("Ulm", " Bern", "Graz"))
        for day in range(30 * at, 12 * 28)
        if day % 50 != 7
    ]
    rows.append(rows[3])
    frame = pl.DataFrame(rows)[random.permutation(len(rows)).tolist()]
    frame.write_csv(folder / "series.csv")
    options = {
        "time": "day", "series": ["shop"], "horizon": 5, "frequency": "1d", "context": 14, "known": ["open"],
        "past": ["wet"], "static": ["region"], "duplicates": "mean",
    }  # fmt: skip
    source = str(folder / "series.csv")
    cleaning = Cleaning(types={"day": "date"})
    return Data(modality="series", source=source, target="sold", task="forecast", options=options, cleaning=cleaning)


def ratings(folder: Path) -> Data:
    """Users and items of unlike weight, one pair twice, one without a value, a user and an item with one rating."""
    random = np.random.default_rng(3)
    rows = [
        {
            "who": f"{who} ",
            "what": int(what),
            "day": f"2024-03-{1 + (who + what) % 28:02}",
            "stars": int(random.integers(1, 6)),
        }
        for who in range(40)
        for what in random.permutation(25)[: 5 + who % 9]
    ]
    rows += [rows[3] | {"stars": 1}, rows[4] | {"who": "once"}, rows[5] | {"what": 99}, rows[6] | {"who": "?"}]
    rows.append(rows[7] | {"stars": None, "what": 98})
    pl.DataFrame(rows).write_csv(folder / "ratings.csv")
    options = {"user": "who", "item": "what", "time": "day", "range": [1, 5], "liked": 3, "duplicates": "mean"}
    source, cleaning = str(folder / "ratings.csv"), Cleaning(missing=("", "?"), types={"day": "date"})
    return Data(modality="ratings", source=source, target="stars", task="rating", options=options, cleaning=cleaning)


SPLITS = {"series": Split(method="time", by="day")}
"""How a modality is split, where the default does not do."""
