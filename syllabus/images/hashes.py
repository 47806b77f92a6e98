"""Pictures that look alike: a perceptual hash of each, and the sets of those whose hashes nearly agree.

The hash is 128 bits of brightness differences between neighbours in a small grey copy (dHash, Krawetz 2013), along the
rows and along the columns. Two hashes that differ in d bits agree in one of d + 1 pieces, so only hashes that share a
piece are compared, never all pairs.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

SIDE = 8
WINDOW = 40
"""Of many hashes that share a piece each is compared with so many that come next in order: blank pictures would
otherwise be compared pairwise."""
FAR = 0.05
"""Pictures whose brightness or contrast differs by more are not alike, whatever their hashes: a hash of differences
knows no level."""


def perceptual(pixels: NDArray[np.uint8]) -> str:
    """Return the hash of a picture `(h, w, c) uint8` as 32 hexadecimal digits."""
    from PIL import Image

    grey = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels).convert("L")
    wide, high = ((SIDE + 1, SIDE), (SIDE, SIDE + 1))
    small = [np.asarray(grey.resize(size, Image.Resampling.BOX), np.int16) for size in (wide, high)]
    bits = np.concatenate([np.diff(small[0], axis=1).ravel() > 0, np.diff(small[1], axis=0).ravel() > 0])
    return np.packbits(bits).tobytes().hex()


def alike(hashes: list[str], levels: NDArray[np.float64], within: int) -> NDArray[np.int64]:
    """Return for each picture the place of the first one of its set, which all others of the set look like.

    Likeness by steps would join pictures that are not alike: of 5,000 handwritten digits 1,289 came into one set.

    Args:
        hashes: of each picture.
        levels: `(n, k)`, the brightness, contrast and so on of each.
        within: in how many bits the hashes of two that are alike may differ.
    """
    if not hashes:
        return np.empty(0, dtype=np.int64)
    bits = np.frombuffer(bytes.fromhex("".join(hashes)), np.uint8).reshape(len(hashes), -1)
    near = [np.empty(0, dtype=np.int64)]
    for one, other in _candidates(bits, within):
        agree = np.bitwise_count(bits[one] ^ bits[other]).sum(axis=1) <= within
        agree &= (abs(levels[one] - levels[other]) <= FAR).all(axis=1)
        near.append(np.maximum(one, other)[agree] * len(bits) + np.minimum(one, other)[agree])
    first = list(range(len(bits)))
    # By the later one, then by the earlier: each joins the earliest set whose first picture it is like.
    laters, earliers = np.divmod(np.unique(np.concatenate(near)), len(bits))
    for later, earlier in zip(laters.tolist(), earliers.tolist(), strict=True):
        if first[earlier] == earlier and first[later] == later:
            first[later] = earlier
    return np.array(first, dtype=np.int64)


def _candidates(bits: NDArray[np.uint8], within: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield pairs of places whose hashes share a piece: two arrays, the one and the other."""
    pieces = np.array_split(np.unpackbits(bits, axis=1), within + 1, axis=1)
    whole = _codes(bits)
    for piece in pieces:
        codes = _codes(np.packbits(piece, axis=1))
        order = np.lexsort((whole, codes))
        for step in range(1, min(WINDOW, len(order) - 1) + 1):
            one, other = order[:-step], order[step:]
            same = codes[one] == codes[other]
            if not same.any():
                break
            yield one[same], other[same]


def _codes(rows: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return a number for each row, the same for equal ones."""
    found: NDArray[np.int64] = np.unique(rows, axis=0, return_inverse=True)[1].reshape(-1)
    return found
