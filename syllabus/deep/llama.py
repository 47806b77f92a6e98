"""A decoder on disk as Hugging Face's Llama: `config.json` and `model.safetensors`, which `transformers` reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load as parse
from safetensors.torch import save as content

from syllabus import architectures
from syllabus.deep.decoder import NORM_EPSILON, ROPE_BASE, Decoder, Shape
from syllabus.errors import Unmet

_CONFIG, _WEIGHTS = "config.json", "model.safetensors"
_ONE = {
    "embedding": "model.embed_tokens",
    "norm": "model.norm",
}
_LAYER = {
    "attention_norm": ("input_layernorm",),
    "read": ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
    "told": ("self_attn.o_proj",),
    "hidden_norm": ("post_attention_layernorm",),
    "hidden": ("mlp.gate_proj", "mlp.up_proj"),
    "out": ("mlp.down_proj",),
}
"""Our name of each part of a layer, and theirs: what we compute in one product stands there in several."""


def save(network: Decoder, directory: Path) -> None:
    """Write the network, and the checksums of both files."""
    shape, held = network.shape, network.state_dict()
    told = {f"{theirs}.weight": held[f"{ours}.weight"] for ours, theirs in _ONE.items()}
    for layer in range(shape.depth):
        for ours, theirs in _LAYER.items():
            parts = held[f"layers.{layer}.{ours}.weight"].chunk(len(theirs))
            told |= {f"model.layers.{layer}.{name}.weight": part for name, part in zip(theirs, parts, strict=True)}
    weights = {name: part.float().contiguous().clone() for name, part in told.items()}
    architectures.write(content(weights, {"format": "pt"}), directory / _WEIGHTS)
    architectures.write((json.dumps(_config(shape), indent=2, sort_keys=True) + "\n").encode(), directory / _CONFIG)


def load(directory: Path) -> Decoder:
    """Read a network, ours or any Llama of this kind: tied embeddings, as many keys as queries, no bias.

    Raises:
        Unmet: a file is missing or damaged, or it is another kind of network.
    """
    config = json.loads(architectures.read(directory / _CONFIG))
    network = Decoder(_shape(config, directory))
    weights = parse(architectures.read(directory / _WEIGHTS))
    try:
        held = {f"{ours}.weight": weights[f"{theirs}.weight"] for ours, theirs in _ONE.items()}
        for layer in range(network.shape.depth):
            for ours, theirs in _LAYER.items():
                parts = [weights[f"model.layers.{layer}.{name}.weight"] for name in theirs]
                held[f"layers.{layer}.{ours}.weight"] = torch.cat(parts)
        network.load_state_dict(held)
    except (KeyError, RuntimeError) as error:
        raise Unmet(
            f"{directory / _WEIGHTS}: not the weights that {_CONFIG} tells of: {str(error).splitlines()[0]}"
        ) from None
    return network.eval()


def _config(shape: Shape) -> dict[str, Any]:
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": shape.vocabulary,
        "hidden_size": shape.width,
        "intermediate_size": shape.hidden,
        "num_hidden_layers": shape.depth,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.heads,
        "head_dim": shape.width // shape.heads,
        "max_position_embeddings": shape.context,
        "hidden_act": "silu",
        "rms_norm_eps": NORM_EPSILON,
        "rope_theta": ROPE_BASE,
        "attention_bias": False,
        "mlp_bias": False,
        "tie_word_embeddings": True,
        "bos_token_id": 0,
        "eos_token_id": 0,
        "dtype": "float32",
    }


def _shape(config: dict[str, Any], directory: Path) -> Shape:
    shape = Shape(
        vocabulary=config["vocab_size"],
        context=config["max_position_embeddings"],
        width=config["hidden_size"],
        depth=config["num_hidden_layers"],
        heads=config["num_attention_heads"],
        hidden=config["intermediate_size"],
    )
    ours = _config(shape)
    fixed = ("model_type", "num_key_value_heads", "head_dim", "hidden_act", "rms_norm_eps", "rope_theta")
    for key in (*fixed, "attention_bias", "mlp_bias", "tie_word_embeddings"):
        if config.get(key, ours[key]) != ours[key]:
            raise Unmet(f"{directory / _CONFIG}: {key} is {config[key]}; what is read here has {ours[key]}")
    return shape
