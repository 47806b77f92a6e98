"""A small encoder of texts as others would bring it: BERT's files, with weights drawn by chance."""

from __future__ import annotations

from pathlib import Path

import easy
import torch

from syllabus.deep import tokens

WIDTH, LAYERS = 32, 2


def write(folder: Path) -> Path:
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
