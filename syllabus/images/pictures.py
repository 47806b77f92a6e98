"""One picture: opened without trust, turned upright, converted and brought to the declared size."""

from __future__ import annotations

import hashlib
import io
import struct
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from syllabus.errors import Unmet
from syllabus.images.options import Options

if TYPE_CHECKING:
    from PIL import Image

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM")
"""What is opened; others, such as PostScript, run programs or are hardly ever tested."""
UPRIGHT = 1
_ORIENTATION = 0x0112
# What decoders raise of a damaged file.
_OF_DAMAGE = (
    OSError, SyntaxError, ValueError, EOFError, ArithmeticError, LookupError, TypeError, struct.error, zlib.error
)  # fmt: skip
_DEEP = ("I", "F")
_SEEN_THROUGH = ("RGBA", "LA", "PA", "La", "RGBa")
_PLAIN = ("L", "RGB")


class Dropped(Exception):
    """A picture that is not learned from.

    Args:
        rule: by which it is dropped.
        what: the picture, in words.
        why: what is wrong with it.
    """

    def __init__(self, rule: str, what: str, why: str) -> None:
        super().__init__(why)
        self.rule, self.what, self.why = rule, what, why


@dataclass
class Picture:
    """A picture as it is learned from.

    Args:
        pixels: `(h, w, c) uint8`, the same shape for all.
        told: what a suite can check of the file: its width, height, channels, mode, format and bytes.
        changes: for each rule by which it was changed, what it was and what it became.
    """

    pixels: NDArray[np.uint8]
    told: dict[str, Any]
    changes: dict[str, tuple[str, str]] = field(default_factory=dict)

    def facts(self) -> dict[str, Any]:
        """Return what stands in the table beside the pixels."""
        grey = self.pixels.mean(axis=2, dtype=np.float64) / 255
        return self.told | {
            "brightness": round(float(grey.mean()), 6),
            "contrast": round(float(grey.std()), 6),
            "sha256": hashlib.sha256(self.pixels.tobytes()).hexdigest(),
        }


def blank(options: Options) -> Picture:
    """Return what stands for a picture that is not there: black, and no file to tell of."""
    told = dict.fromkeys(("width", "height", "channels", "mode", "format", "bytes"))
    return Picture(np.zeros(options.shape, np.uint8), told, {"no_picture": ("(missing)", "black")})


@contextmanager
def pillow() -> Iterator[None]:
    """Let Pillow open pictures of any size in this block: ours is the check, before anything is decoded.

    Raises:
        Unmet: Pillow is not installed.
    """
    try:
        from PIL import Image
    except ImportError:
        raise Unmet('pictures are read by Pillow, which is not installed: pip install "syllabus[images]"') from None
    most, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        with warnings.catch_warnings():
            # Of damage that a picture can still be read past.
            warnings.simplefilter("ignore")
            yield
    finally:
        Image.MAX_IMAGE_PIXELS = most


def opened(content: bytes | Path, options: Options) -> Picture:
    """Return the picture that bytes or a file hold.

    Raises:
        Dropped: it is none, or one that the options drop.
    """
    if isinstance(content, Path) and not content.is_file():
        raise Dropped("unreadable", content.name, "no such file")
    size = content.stat().st_size if isinstance(content, Path) else len(content)
    what = content.name if isinstance(content, Path) else f"{size:,} bytes"
    if options.raw is not None:
        return _raw(content.read_bytes() if isinstance(content, Path) else content, options, what)
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(content if isinstance(content, Path) else io.BytesIO(content), formats=FORMATS) as image:
            return _decoded(image, size, options, what)
    except UnidentifiedImageError:
        raise Dropped("unreadable", what, "no picture of a known format") from None
    except _OF_DAMAGE as error:
        raise Dropped("unreadable", what, " ".join(str(error).split()) or type(error).__name__) from None


def _raw(content: bytes, options: Options, what: str) -> Picture:
    from PIL import Image

    assert options.raw is not None
    height, width, channels = options.raw
    if len(content) != height * width * channels:
        raise Dropped("unreadable", what, f"not {height} × {width} × {channels} bytes")
    pixels = np.frombuffer(content, np.uint8).reshape(options.raw)
    mode = "L" if channels == 1 else "RGB"
    told = {"width": width, "height": height, "channels": channels, "mode": mode, "format": "raw"}
    told["bytes"] = len(content)
    if options.raw == options.shape:
        return Picture(pixels, told)
    changes = _size_changes(width, height, options)
    image = Image.fromarray(pixels[:, :, 0] if channels == 1 else pixels)
    return Picture(_sized(_converted(image, options, what, changes), options), told, changes)


def _decoded(image: Image.Image, size: int, options: Options, what: str) -> Picture:
    from PIL import ImageOps

    width, height = image.size
    if width * height > options.most_pixels:
        raise Dropped("too_large", what, f"{width:,} × {height:,} pixels")
    told = {
        "width": width,
        "height": height,
        "channels": len(image.getbands()),
        "mode": image.mode,
        "format": str(image.format),
        "bytes": size,
    }
    changes = _size_changes(width, height, options)
    frames = getattr(image, "n_frames", 1)
    # A telephone's MPO is a JPEG with a second picture for depth, and nothing that moves.
    if frames > 1 and image.format != "MPO":
        if options.animated == "drop":
            raise Dropped("animated", what, f"{frames} frames")
        changes["animated"] = f"{frames} frames", "the first"
    turned = image.getexif().get(_ORIENTATION, UPRIGHT)
    # A large JPEG is decoded at a half, a quarter or an eighth of its size, which takes as much less time.
    image.draft(None, (2 * max(options.shape[:2]),) * 2)
    image.load()
    upright: Image.Image = image
    if turned in range(2, 9):
        upright = ImageOps.exif_transpose(image)
        changes["orientation"] = f"turned or mirrored ({turned})", "upright"
    return Picture(_sized(_converted(upright, options, what, changes), options), told, changes)


def _size_changes(width: int, height: int, options: Options) -> dict[str, tuple[str, str]]:
    high, wide, _ = options.shape
    return {} if (width, height) == (wide, high) else {"size": (f"{width} × {height}", f"{wide} × {high}")}


def _converted(image: Image.Image, options: Options, what: str, changes: dict[str, tuple[str, str]]) -> Image.Image:
    """Return the picture in the declared colours."""
    wanted = "L" if options.shape[2] == 1 else "RGB"
    before = image.mode
    dropped: dict[str, Callable[[], bool]] = {
        "cmyk": lambda: before == "CMYK" and options.cmyk == "drop",
        "deep": lambda: before.startswith(_DEEP) and options.deep == "drop",
        "transparent": lambda: _seen_through(image) and options.transparent == "drop",
    }
    for rule, holds in dropped.items():
        if holds():
            raise Dropped(rule, what, f"mode {before}")
    if before.startswith(_DEEP):
        image, rule = _shallow(image, what), "deep"
    elif _seen_through(image):
        image, rule = _on_white(image), "transparent"
    else:
        rule = "cmyk" if before == "CMYK" else "mode"
    if image.mode != wanted:
        image = image.convert(wanted)
    if before != wanted:
        changes[rule] = before, wanted
    return image


def _shallow(image: Image.Image, what: str) -> Image.Image:
    """Return the higher 8 of 16 bits."""
    from PIL import Image

    values = np.asarray(image)
    if not np.isfinite(values).all() or values.min() < 0 or values.max() > 65535:
        raise Dropped("unreadable", what, f"mode {image.mode}, and values beyond 16 bits")
    return Image.fromarray((values.astype(np.int64) >> 8).astype(np.uint8))


def _seen_through(image: Image.Image) -> bool:
    return image.mode in _SEEN_THROUGH or "transparency" in image.info


def _on_white(image: Image.Image) -> Image.Image:
    from PIL import Image

    shown = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", shown.size, "white"), shown).convert("RGB")


def _sized(image: Image.Image, options: Options) -> NDArray[np.uint8]:
    """Return the pixels `(h, w, c)` in the declared size."""
    from PIL import Image, ImageOps

    height, width, channels = options.shape
    if image.size != (width, height):
        how = Image.Resampling.BILINEAR
        match options.fit:
            case "pad":
                image = ImageOps.pad(image, (width, height), how)
            case "crop":
                image = ImageOps.fit(image, (width, height), how)
            case "stretch":
                image = image.resize((width, height), how)
    return np.ascontiguousarray(np.asarray(image, np.uint8).reshape(height, width, channels))
