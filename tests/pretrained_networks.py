"""Small networks as others would bring them, BERT's files and a ResNet's, with weights drawn by chance."""

from __future__ import annotations

import json
from pathlib import Path

import easy
import torch

from syllabus.deep import tokens

WIDTH, LAYERS = 32, 2


def of_texts(folder: Path) -> Path:
    """Write `config.json`, `model.safetensors` and `tokenizer.json`."""
    from transformers import BertConfig, BertModel

    folder.mkdir(parents=True)
    tokenizer = tokens.learn(easy.problem("texts, three classes")[0], 400, 64)
    torch.manual_seed(3)
    sizes = {"hidden_size": WIDTH, "intermediate_size": 2 * WIDTH, "num_hidden_layers": LAYERS}
    config = BertConfig(vocab_size=400, num_attention_heads=2, max_position_embeddings=128, **sizes)
    BertModel(config).save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def of_pictures(folder: Path) -> Path:
    """Write `config.json`, `model.safetensors` and `preprocessor_config.json`."""
    from transformers import ResNetConfig, ResNetModel

    torch.manual_seed(3)
    sizes = {"embedding_size": WIDTH, "hidden_sizes": [WIDTH, 2 * WIDTH], "depths": [1, 1]}
    ResNetModel(ResNetConfig(num_channels=3, layer_type="basic", **sizes)).save_pretrained(folder)
    how = {"image_mean": [0.5] * 3, "image_std": [0.25] * 3, "size": {"height": 32, "width": 32}}
    (folder / "preprocessor_config.json").write_text(json.dumps(how))
    return folder
