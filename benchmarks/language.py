"""A decoder trained by our loop beside a plain PyTorch loop, and writing beside Hugging Face's transformers.

python -m benchmarks.language [STRETCHES [TOKENS]]

Training: the same network, stretches of text and steps. The plain loop takes a batch as a whole and lets torch share an
operation out among its threads; ours takes pieces, one to a thread. Writing: the same weights, one text, greedy, each
side with its cache, one thread. Figures a CPU second stand beside those a second, since this machine may be busy.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from syllabus import architectures
from syllabus.architectures.gpt import PIECE, Params
from syllabus.deep import llama, loop, packed, writing
from syllabus.deep.decoder import Decoder, Shape

SHAPE = Shape(vocabulary=2048, context=128, width=128, depth=3, heads=4, hidden=344)
BATCH, ROUNDS = 8, 3
RATE = {"learning_rate": 0.003, "weight_decay": 0.1}


def network() -> Decoder:
    torch.manual_seed(1)
    return Decoder(SHAPE)


def ours(codes: np.ndarray, rows: int) -> None:
    net = network()

    def losses(places: loop.Places, generator: torch.Generator) -> torch.Tensor:
        some = packed.stretches(codes, places, SHAPE.context, generator)
        nats = functional.cross_entropy(net(some[:, :-1]).flatten(0, 1), some[:, 1:].flatten(), reduction="sum")
        return nats / SHAPE.context

    lesson = loop.Lesson("gpt", net, losses, rows, lambda _: (1.0, 1.0), "benchmark", PIECE)
    loop.fit(lesson, Params(epochs=1, batch=BATCH), seed=1, report=lambda *_: None)


def plain(codes: np.ndarray, rows: int) -> None:
    torch.set_num_threads(architectures.threads())
    net, generator = network(), torch.Generator().manual_seed(1)
    optimiser = torch.optim.AdamW(net.parameters(), lr=0.003, weight_decay=0.1, fused=True)
    net.train()
    for places in torch.randperm(rows, generator=generator).split(BATCH):
        some = packed.stretches(codes, places.numpy(), SHAPE.context, generator)
        loss = functional.cross_entropy(net(some[:, :-1]).flatten(0, 1), some[:, 1:].flatten())
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()


def timed(work: Callable[[], object], count: int) -> tuple[float, float]:
    """Return how many a second and a CPU second."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return count / (time.perf_counter() - wall), count / (time.process_time() - cpu)


def told(what: str, names: tuple[str, str], found: list[list[tuple[float, float]]]) -> None:
    """Print the best of the rounds, in turn, and the ratio."""
    best = np.array(found).max(axis=0)
    for name, (wall, cpu) in zip(names, best, strict=True):
        print(f"{name:<13}{wall:9,.0f} {what} a second {cpu:9,.0f} a CPU second")
    print(f"{'ratio':<13}{best[0, 0] / best[1, 0]:9.2f} {best[0, 1] / best[1, 1]:{len(what) + 19}.2f}")


def training(rows: int) -> None:
    codes = np.random.default_rng(0).integers(1, SHAPE.vocabulary, rows * SHAPE.context + 1).astype(np.int32)
    for fit in (ours, plain):
        fit(codes, 4 * BATCH)
    found = [
        [timed(lambda fit=fit: fit(codes, rows), rows * SHAPE.context) for fit in (ours, plain)] for _ in range(ROUNDS)
    ]
    told("tokens", ("ours", "plain"), found)


def writing_on(count: int) -> None:
    from transformers import AutoModelForCausalLM

    net = network().eval()
    with tempfile.TemporaryDirectory() as folder:
        llama.save(net, Path(folder))
        theirs = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    torch.set_num_threads(1)
    prompt = np.arange(1, 9, dtype=np.int32)
    begun = torch.tensor([[packed.END, *prompt.tolist()]])
    asked = {"do_sample": False, "eos_token_id": -1, "pad_token_id": 0, "attention_mask": torch.ones_like(begun)}

    def written() -> list[int]:
        codes = writing.continued(net, prompt, lambda scores: int(scores.argmax()))
        return [code for _, code in zip(range(count), codes, strict=False)]

    def generated() -> list[int]:
        with torch.inference_mode():
            found: list[int] = theirs.generate(begun, min_new_tokens=count, max_new_tokens=count, **asked)[0].tolist()
        return found[begun.shape[1] :]

    if written() != generated():
        raise SystemExit("the two write different codes")
    found = [[timed(work, count) for work in (written, generated)] for _ in range(ROUNDS)]
    told("tokens", ("ours", "transformers"), found)


def main() -> None:
    rows, count = (int(word) for word in [*sys.argv[1:], *["512", "100"][len(sys.argv) - 1 :]])
    os.environ.setdefault("SYLLABUS_DEVICE", "cpu")
    weights = sum(one.numel() for one in network().parameters())
    print(f"{weights:,} weights, {architectures.threads()} threads in training, best of {ROUNDS} rounds in turn")
    training(rows)
    print(f"peak memory of both loops {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")
    writing_on(count)


if __name__ == "__main__":
    main()
