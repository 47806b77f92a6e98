"""The decoder: what it computes is what Hugging Face's Llama computes, whole and step by step."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import easy
import numpy as np
import pytest
import torch

from syllabus import architectures
from syllabus.architectures import gpt
from syllabus.deep import llama, packed, writing
from syllabus.deep.decoder import Cache, Decoder, Shape
from syllabus.errors import Unmet

SHAPE = Shape(vocabulary=61, context=24, width=32, depth=3, heads=4, hidden=48)


@pytest.fixture
def network() -> Decoder:
    torch.manual_seed(3)
    return Decoder(SHAPE).eval()


def test_transformers_reads_the_same_network(network: Decoder, tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    llama.save(network, tmp_path)
    theirs = AutoModelForCausalLM.from_pretrained(tmp_path, dtype=torch.float32).eval()
    codes = torch.randint(1, 61, (5, 24), generator=torch.Generator().manual_seed(1))
    codes[:, 0] = packed.END
    with torch.inference_mode():
        torch.testing.assert_close(network(codes), theirs(codes).logits, rtol=1e-4, atol=1e-5)
    seen = torch.ones(1, 5, dtype=torch.int64)
    asked = {"max_new_tokens": 12, "do_sample": False, "eos_token_id": -1, "pad_token_id": 0}
    written = theirs.generate(codes[:1, :5], attention_mask=seen, **asked)
    ours = writing.continued(network, codes[0, 1:5].numpy(), lambda scores: int(scores.argmax()))
    found = [code for code, _ in zip(ours, range(12), strict=False)]
    assert found == written[0, 5:].tolist()


def test_a_llama_of_transformers_is_read_here(tmp_path: Path) -> None:
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(5)
    config = LlamaConfig(
        vocab_size=50, hidden_size=32, intermediate_size=40, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=2, max_position_embeddings=16, tie_word_embeddings=True, rms_norm_eps=1e-5,
    )  # fmt: skip
    theirs = LlamaForCausalLM(config).eval()
    theirs.save_pretrained(tmp_path)
    for name in ("config.json", "model.safetensors"):
        architectures.write((tmp_path / name).read_bytes(), tmp_path / name)
    codes = torch.arange(16)[None] % 50
    with torch.inference_mode():
        torch.testing.assert_close(llama.load(tmp_path)(codes), theirs(codes).logits, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("key", "other"), [("num_key_value_heads", 2), ("hidden_act", "gelu"), ("tie_word_embeddings", False)]
)
def test_another_kind_of_network_is_refused(network: Decoder, tmp_path: Path, key: str, other: Any) -> None:
    llama.save(network, tmp_path)
    told = json.loads((tmp_path / "config.json").read_text()) | {key: other}
    architectures.write(json.dumps(told).encode(), tmp_path / "config.json")
    with pytest.raises(Unmet, match=rf"config\.json: {key} is {other}"):
        llama.load(tmp_path)


def test_weights_of_another_size_are_refused(network: Decoder, tmp_path: Path) -> None:
    llama.save(network, tmp_path)
    told = json.loads((tmp_path / "config.json").read_text()) | {"vocab_size": 60}
    architectures.write(json.dumps(told).encode(), tmp_path / "config.json")
    with pytest.raises(Unmet, match=r"model\.safetensors: not the weights that config\.json tells of"):
        llama.load(tmp_path)


def test_what_is_cached_answers_as_what_is_read_whole(network: Decoder) -> None:
    codes = torch.randint(0, 61, (2, 24), generator=torch.Generator().manual_seed(2))
    cache = Cache(SHAPE, rows=2)
    with torch.inference_mode():
        whole = network(codes)
        steps = [network(codes[:, :7], cache), *(network(codes[:, at : at + 1], cache) for at in range(7, 24))]
    torch.testing.assert_close(torch.cat(steps, dim=1), whole, rtol=1e-4, atol=1e-5)


def test_it_looks_at_nothing_that_comes_later(network: Decoder) -> None:
    codes = torch.zeros(1, 24, dtype=torch.int64)
    other = codes.clone()
    other[0, 12:] = 7
    with torch.inference_mode():
        assert torch.equal(network(codes)[0, :12], network(other)[0, :12])


def test_it_writes_on_beyond_its_context(network: Decoder) -> None:
    def never_the_end(scores: Any) -> int:
        return int(scores[1:].argmax()) + 1

    codes = writing.continued(network, np.array([5, 9], np.int32), never_the_end)
    written = [code for code, _ in zip(codes, range(100), strict=False)]
    assert len(written) == 100
    again = writing.continued(network, np.array([5, 9], np.int32), never_the_end)
    assert [code for code, _ in zip(again, range(100), strict=False)] == written


def test_every_token_and_the_end_is_asked_for_once() -> None:
    train, _, test = easy.problem("documents")
    fitted = easy.fitted(gpt, train, test, epochs=1, context=8, width=16, depth=1)
    found = fitted.predict(test)
    assert found[:, 1].tolist() == [len(tokens) + 1 for tokens in test.arrays["tokens"]]


def test_an_uneven_width_is_refused_with_what_is_valid() -> None:
    with pytest.raises(ValueError, match=r"width must be a multiple of twice the heads \(6\), received 20"):
        gpt.Params(width=20, heads=3)
