"""What a pretrained network sees in a picture: numbers, the mean over the places of its last maps."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from syllabus.deep import pretrained
from syllabus.errors import Unmet

_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet's pictures, on which most networks were trained."""
_SIDE = 224


@dataclass(frozen=True)
class Seen:
    """How a network was shown pictures when it was trained.

    Args:
        side: their height and width.
        mean, deviation: of each channel, 1 being full brightness.
    """

    side: int
    mean: tuple[float, ...]
    deviation: tuple[float, ...]


def seen(folder: Path) -> Seen:
    """Return how the network of a folder was shown pictures, as its files say; what they leave out is as usual.

    Raises:
        Unmet: a file is damaged.
    """
    config = _json(folder / pretrained.CONFIG)
    how = _json(folder / pretrained.HOW) if (folder / pretrained.HOW).is_file() else {}
    theirs = config.get("pretrained_cfg") or {}
    mean = _channels(how.get("image_mean") or theirs.get("mean")) or _MEAN
    deviation = _channels(how.get("image_std") or theirs.get("std")) or _DEVIATION
    sizes = (how.get("crop_size"), how.get("size"), theirs.get("input_size"), config.get("image_size"))
    return Seen(next(filter(None, map(_side, sizes)), _SIDE), mean, deviation)


def _json(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_bytes())
    except ValueError as error:
        raise Unmet(f"{path} is no JSON: {error}") from None
    return told if isinstance(told, dict) else {}


def _channels(told: Any) -> tuple[float, ...] | None:
    several = told if isinstance(told, list) else [told] * 3
    there = len(several) == 3 and all(isinstance(one, int | float) for one in several)
    return tuple(map(float, several)) if there else None


def _side(told: Any) -> int | None:
    if isinstance(told, dict):
        told = told.get("height") or told.get("shortest_edge")
    if isinstance(told, list):
        told = told[-1]
    return told if isinstance(told, int) else None


class Eye(nn.Module):
    """Pictures in, what a pretrained network sees in them out.

    Args:
        network: one for pictures.
        how: it was shown pictures.
        side: the height and width to which they are brought.
        unfrozen: how many of its last layers learn: those with weights of their own, norms among them.
    """

    def __init__(self, network: nn.Module, how: Seen, side: int, unfrozen: int) -> None:
        super().__init__()
        self.network, self.side = network, side
        self.register_buffer("mean", 255 * torch.tensor(how.mean), persistent=False)
        self.register_buffer("deviation", 255 * torch.tensor(how.deviation), persistent=False)
        heard = self._heard() if unfrozen else []
        network.requires_grad_(False)
        for layer in heard[max(0, len(heard) - unfrozen) :]:
            for held in layer.parameters(recurse=False):
                held.requires_grad_(True)

    def _heard(self) -> list[nn.Module]:
        """Return the layers with weights of their own that have a say in what is seen, the last one last."""
        own = [layer for layer in self.network.modules() if list(layer.parameters(recurse=False))]
        weights = list(self.network.requires_grad_(True).parameters())
        said = self.eval()(torch.zeros(1, self.side, self.side, 3, dtype=torch.uint8)).sum()
        grown = torch.autograd.grad(said, weights, allow_unused=True)
        used = {id(held) for held, gradient in zip(weights, grown, strict=True) if gradient is not None}
        return [layer for layer in own if all(id(held) in used for held in layer.parameters(recurse=False))]

    def train(self, mode: bool = True) -> Eye:
        """Set the mode; norms over batches keep what they know, for a piece of a batch says too little."""
        super().train(mode)
        for layer in self.network.modules():
            if isinstance(layer, nn.modules.batchnorm._BatchNorm):
                layer.eval()
        return self

    def normal(self, pictures: torch.Tensor) -> torch.Tensor:
        """Return pictures `(n, h, w, c) uint8` as the network reads them: `(n, 3, side, side)`."""
        mean, deviation = self.get_buffer("mean")[:, None, None], self.get_buffer("deviation")[:, None, None]
        colours = pictures.permute(0, 3, 1, 2).float().expand(-1, 3, -1, -1)
        sides = (self.side, self.side)
        if colours.shape[2:] != sides:
            colours = functional.interpolate(colours, sides, mode="bilinear", antialias=True)
        return (colours - mean) / deviation

    def said(self, colours: torch.Tensor) -> torch.Tensor:
        """Return `(n, width)` for what `normal` returns."""
        given = self.network(pixel_values=colours)
        if hasattr(self.network, "timm_model"):  # it knows best where its numbers stand
            found: torch.Tensor = given.pooler_output
            return found
        maps: torch.Tensor = given.last_hidden_state
        return maps.flatten(2).mean(dim=2) if maps.ndim == 4 else maps.mean(dim=1)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Return `(n, width)` for pictures `(n, h, w, c) uint8`."""
        return self.said(self.normal(pictures))

    @property
    def width(self) -> int:
        """The numbers that it says of a picture."""
        with torch.inference_mode():
            return int(self(torch.zeros(1, self.side, self.side, 3, dtype=torch.uint8)).shape[1])


def opened(folder: Path, side: int | None = None, unfrozen: int = 0) -> Eye:
    """Return the eye of a folder's network.

    Args:
        folder: of a pretrained network.
        side: the height and width to which pictures are brought; None for those at which it was trained.
        unfrozen: how many of its last layers learn.

    Raises:
        Unmet: there is no network for pictures of that side.
    """
    how = seen(folder)
    network = pretrained.opened(folder)
    asked = side or how.side
    try:
        eye = Eye(network, how, asked, unfrozen)
        assert eye.eval().width
    except (AssertionError, AttributeError, KeyError, RuntimeError, TypeError, ValueError) as error:
        why = " ".join(str(error).split())[:200]
        raise Unmet(f"{folder} holds no network that reads pictures of {asked} by {asked}: {why}") from None
    return eye
