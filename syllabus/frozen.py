"""Numbers that a network which was trained elsewhere finds in pictures and texts; it learns nothing here."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, fields, is_dataclass
from functools import lru_cache
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from syllabus import architectures
from syllabus.errors import Unmet
from syllabus.examples import Column, Examples, Task

if TYPE_CHECKING:
    import numpy as np

LENGTH = 128
"""The most tokens that are read of a text, from its beginning."""
NEEDS = {"torch": "deep", "transformers": "pretrained"}
_asking = RLock()
_kept: dict[str, Path] = {}
"""Where networks stand that a package brought along, by their digests."""


@dataclass(frozen=True)
class Frozen:
    """A pretrained network.

    Args:
        name: of its folder, or of the package that has one.
        digest: of its weights.
        width: how many numbers it finds.
    """

    name: str
    digest: str
    width: int

    def of_pictures(self, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Return `(n, width)` for pictures `(n, h, w, c)`.

        Raises:
            Unmet: the network is not there, or is another one.
        """
        from syllabus.deep import answers

        with _asking:
            return answers.answered(_eye(self.name, self.digest), _given(image=pixels), _pictures)

    def of_texts(self, texts: NDArray[Any]) -> NDArray[np.float64]:
        """Return `(n, width)` for `(n,)` of numpy's strings.

        Raises:
            Unmet: the network is not there, or is another one.
        """
        from syllabus.deep import listening, tokens

        with _asking:
            body, tokenizer = _ear(self.name, self.digest)
            codes = tokens.codes(tokenizer, _given(text=texts), LENGTH, first=1)
            return listening.said(body, _given(tokens=codes))

    def encoder(self) -> tuple[Any, Any]:
        """Return the network, for texts, and the tokenizer that cuts them.

        Raises:
            Unmet: the network is not there, or is another one.
        """
        found: tuple[Any, Any] = _ear(self.name, self.digest)
        return found


def keep(held: Any, folder: Path) -> None:
    """Copy the networks of an encoding, which no package has, under `folder`, so that what is there needs nothing else.

    Args:
        held: an encoding, or what is in one.
        folder: gets one folder for each, named by its digest.
    """
    if isinstance(held, Frozen):
        if files(held.name):
            from syllabus.deep import pretrained, upon

            source = upon.same(held.name, held.digest, "this model")
            (folder / held.digest).mkdir(parents=True, exist_ok=True)
            for name in filter(lambda name: (source / name).is_file(), pretrained.FILES):
                shutil.copyfile(source / name, folder / held.digest / name)
    elif is_dataclass(held):
        for field in fields(held):
            keep(getattr(held, field.name), folder)


def know(folder: Path) -> None:
    """Let networks that `keep` copied be found."""
    _kept.update({path.name: path for path in sorted(folder.glob("*")) if path.is_dir()})


def columns(network: Frozen | None, source: str) -> tuple[Column, ...]:
    """Return the columns of what a network finds in the column `source`."""
    return tuple(
        Column(f"{source}: found {place + 1}", source=source) for place in range(network.width if network else 0)
    )


def files(name: str | None) -> list[str]:
    """Return the folder of a network, where no package has it; none where none is named."""
    return [name] if name is not None and Path(name).is_dir() else []


def digests(name: str | None) -> dict[str, str]:
    """Return what a report of ingest says of a network: another one in the same folder makes all stages run anew.

    Raises:
        Unmet: the folder lacks a file.
    """
    if not files(name):
        return {}
    from syllabus.deep import pretrained

    return {"network": pretrained.digest(pretrained.place(str(name)))}


def of_pictures(name: str | None, key: str) -> Frozen | None:
    """Return a network for pictures, by its folder or its package; None where none is named.

    Raises:
        Unmet: there is none, or what it needs is not installed; `key` names the setting.
    """
    return _found(name, key) if name is not None else None


def of_texts(name: str | None, key: str) -> Frozen | None:
    """Return an encoder of texts, as `of_pictures` does."""
    return _found(name, key, "tokenizer.json") if name is not None else None


def _found(name: str, key: str, *more: str) -> Frozen:
    if said := architectures.missing(NEEDS, key):
        raise Unmet(said)
    from syllabus.deep import pretrained

    folder = pretrained.place(name, *more)
    digest = pretrained.digest(folder)
    network: Any = _ear(name, digest)[0] if more else _eye(name, digest)
    return Frozen(name, digest, network.width)


@lru_cache(maxsize=2)
def _eye(name: str, digest: str) -> Any:
    from syllabus.deep import sight, upon

    return sight.opened(upon.same(str(_kept.get(digest, name)), digest, "this model")).eval()


@lru_cache(maxsize=2)
def _ear(name: str, digest: str) -> Any:
    from syllabus.deep import listening, pretrained, tokens, upon

    folder = upon.same(str(_kept.get(digest, name)), digest, "this model", pretrained.TOKENS)
    body = listening.Body(pretrained.opened(folder), 0).eval()
    return body, tokens.opened(folder / pretrained.TOKENS, LENGTH)


def _given(**arrays: NDArray[Any]) -> Examples:
    return Examples(Task("regression"), arrays)


def _pictures(arrays: Any) -> Any:
    import numpy as np
    import torch

    return torch.from_numpy(np.array(arrays["image"]))
