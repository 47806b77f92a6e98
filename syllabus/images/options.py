"""What `data.options` says of pictures."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from syllabus import modalities

Side = Annotated[int, Field(ge=1, le=4096)]
Converted = Literal["convert", "drop"]


class Options(modalities.Options):
    """How pictures are found, and what each becomes."""

    picture: str = "image"
    """In a table, the column that holds the picture: its bytes, or its path under `folder`."""
    folder: str | None = None
    """The folder under which the paths of that column lie."""
    raw: tuple[Side, Side, Literal[1, 3]] | None = None
    """Height, width and channels, where the bytes are no file but bare pixels, row by row."""
    size: tuple[Side, Side] | None = None
    """The height and width to which all are brought; by default that of `raw`, or 64 by 64."""
    fit: Literal["pad", "crop", "stretch"] = "pad"
    """What becomes of another shape: filled up with black, cut at the middle, or stretched."""
    colours: Literal["rgb", "grey"] | None = None
    """What all are converted to; by default as `raw` says, or rgb."""
    broken: Literal["drop", "refuse"] = "drop"
    """What is no whole picture: its row is dropped and counted, or nothing is read."""
    missing: Literal["drop", "blank"] = "drop"
    """A row without any picture: it is dropped and counted, or gets a black one."""
    animated: Literal["first", "drop"] = "first"
    """Of a picture with several frames the first is taken, or its row is dropped."""
    cmyk: Converted = "convert"
    """The colours of print."""
    deep: Converted = "convert"
    """More than 8 bits a channel: the higher 8 are kept."""
    transparent: Converted = "convert"
    """What can be seen through is put on white."""
    most_pixels: int = Field(default=100_000_000, ge=1)
    """Larger pictures are dropped before they are decoded: a small file may expand to fill the memory."""
    features: str | None = None
    """A network for pictures that was trained elsewhere: a folder with `config.json` and `model.safetensors`, as timm
    and transformers write them, or an installed package that has such a one. What it sees in a picture becomes numbers,
    for architectures that read numbers."""
    alike: int = Field(default=2, ge=0, le=16)
    """Pictures are near duplicates whose perceptual hashes differ in so many of 128 bits at the most."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels of what is learned from."""
        height, width = self.size or (self.raw[:2] if self.raw else (64, 64))
        grey = self.colours == "grey" if self.colours else bool(self.raw and self.raw[2] == 1)
        return height, width, 1 if grey else 3
