"""Pictures changed by chance while a network learns, so that it learns what does not matter."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch.nn import functional


@dataclass(frozen=True)
class Augmentation:
    """How far pictures are changed.

    Args:
        shift: up to this share of height and width.
        rotate: up to so many degrees either way.
        zoom: up to this share larger or smaller.
        flip: horizontal swaps left and right in half of the pictures; both swaps top and bottom as well.
        cutout: the side of a square that is blanked, as a share of the shorter side (DeVries and Taylor 2017).
    """

    shift: float = 0.0
    rotate: float = 0.0
    zoom: float = 0.0
    flip: str = "none"
    cutout: float = 0.0

    def apply(self, pictures: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Return normalised pictures `(n, c, h, w)`, each changed by its own draw."""
        if self.shift or self.rotate or self.zoom or self.flip != "none":
            pictures = self._moved(pictures, generator)
        return self._cut(pictures, generator) if self.cutout else pictures

    def _moved(self, pictures: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        n, _, height, width = pictures.shape
        draw = torch.rand(6, n, generator=generator, device=pictures.device)
        angle, size, right, down = (draw[:4] * 2 - 1).unbind()
        angle, size = angle * math.radians(self.rotate), 1 + size * self.zoom
        across = size * torch.where(draw[4] < 0.5, -1.0, 1.0) if self.flip != "none" else size
        along = size * torch.where(draw[5] < 0.5, -1.0, 1.0) if self.flip == "both" else size
        # In units of half the picture's sides, which need not be equal: a turn must not shear.
        ratio = height / width
        rows = (
            torch.stack([angle.cos() * across, -angle.sin() * along * ratio, 2 * self.shift * right], dim=1),
            torch.stack([angle.sin() * across / ratio, angle.cos() * along, 2 * self.shift * down], dim=1),
        )
        grid = functional.affine_grid(torch.stack(rows, dim=1), list(pictures.shape), align_corners=False)
        return functional.grid_sample(pictures, grid, padding_mode="border", align_corners=False)

    def _cut(self, pictures: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        n, _, height, width = pictures.shape
        half = self.cutout * min(height, width) / 2
        middle = torch.rand(2, n, 1, generator=generator, device=pictures.device)
        high, wide = (torch.arange(side, device=pictures.device) for side in (height, width))
        down, right = abs(high - middle[0] * height) < half, abs(wide - middle[1] * width) < half
        return pictures.masked_fill((down[:, :, None] & right[:, None, :])[:, None], 0.0)
