"""What `data.options` says of documents."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from syllabus import modalities

Kind = Literal["email", "card", "iban", "phone"]
Treated = Literal["mask", "drop", "keep"]
TREATED: dict[Kind, Treated] = {"email": "mask", "card": "mask", "iban": "mask", "phone": "keep"}
"""What is personal and can hardly be anything else is masked; many numbers look like a telephone's."""


class Options(modalities.Options):
    """How documents are found, what becomes of them, and in which pieces they are read."""

    text: str = "text"
    """In a table, the column that holds the text."""
    separator: str | None = Field(default=None, min_length=1)
    """In one text file, what stands between two documents, such as `"\\n\\n\\n"` or `<|endoftext|>`; it is left out."""
    heading: Annotated[int, Field(ge=1, le=6)] | None = None
    """In one Markdown file, a document begins at each heading of this level or a higher one: 2 means `#` and `##`."""
    personal: dict[Kind, Treated] = Field(default_factory=dict)
    """What becomes of what is personal: mask writes [email], [card], [iban] or [phone] in its place, drop leaves the
    document out, keep only counts it. By default phone is kept and the others are masked."""
    alike: float = Field(default=0.7, gt=0, le=1)
    """Documents are near duplicates that share this part of their runs of five words, or more."""
    tokenizer: Literal["bpe", "bytes"] = "bpe"
    """Pieces that stand often in train, learned by byte-pair encoding (Sennrich et al. 2016), or single bytes."""
    vocabulary: int = Field(default=2048, ge=257, le=1_000_000)
    """How many pieces there are at the most, the 256 bytes and the end of a document among them."""

    @model_validator(mode="after")
    def _cut_once(self) -> Options:
        if self.separator is not None and self.heading is not None:
            raise ValueError("a text is cut either by a separator or by headings")
        return self

    def treated(self, kind: Kind) -> Treated:
        """Return what becomes of a kind of what is personal."""
        return self.personal.get(kind, TREATED[kind])
