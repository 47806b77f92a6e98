"""How the picture and the text of a row are read: the settings below `data.options` of modality `mixed`."""

from __future__ import annotations

from typing import Literal

from syllabus import modalities
from syllabus.documents.options import Options as OfTexts
from syllabus.images.options import Options as OfPictures

IMAGE, WORDS = "data.options.image", "data.options.text"
"""Where the settings of each part stand."""


class Pictures(OfPictures):
    """As of pictures alone, but that a row without one is an example, too."""

    missing: Literal["drop", "blank"] = "blank"
    """A row without any picture: it is dropped and counted, or gets a black one."""


class Texts(OfTexts):
    """As of texts alone, but that a row whose text is empty is an example, too."""

    columns: tuple[str, ...] = ("text",)
    """The columns whose texts are the row's, joined in this order; `[]` where rows are a picture and columns alone."""
    empty: Literal["drop", "keep"] = "keep"
    """What becomes of a row of whose text nothing is left."""


class Options(modalities.Options):
    """Where the picture and the text of a row stand; the other columns are those of a table."""

    image: Pictures = Pictures()
    """The picture, as `images` reads it."""
    text: Texts = Texts()
    """The text, as `text` reads it."""
    together: tuple[Literal["image", "text"], ...] = ("image", "text")
    """What is alike in any of these stays in one part; leave out the one of which many rows have the same, such as a
    title that says nothing."""
